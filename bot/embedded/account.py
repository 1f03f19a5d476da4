"""As whom a server runs: PostgreSQL refuses to run as root, so root needs another face."""

import asyncio
import enum
import os
import shutil
from pathlib import Path

from bot.embedded.errors import EmbeddedError
from bot.embedded.launch import NOBODY
from bot.embedded.process import run


class Account(enum.StrEnum):
    """How the launcher changes the user before it becomes the server."""

    SAME = "same"
    """The user who runs Backstop."""
    NAMESPACE = "namespace"
    """Root in a user namespace of its own, where it is called nobody; files stay root's."""
    NOBODY = "nobody"
    """The user nobody, for whom folder and programs are made reachable."""

    @property
    def file_owner(self) -> int:
        """The user id that must own the server's folder."""
        return NOBODY if self is Account.NOBODY else os.geteuid()


async def choose_account() -> Account:
    """The first account that works here. Raises EmbeddedError if root can become nobody else."""
    if os.geteuid() != 0:
        return Account.SAME
    for account in (Account.NAMESPACE, Account.NOBODY):
        ended = await run(account, [])
        if ended.code == 0:
            return account
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine lets root become no other user. "
        "Start Backstop as an ordinary user, or give it a PostgreSQL by its address."
    )


async def own(folder: Path, account: Account) -> None:
    """Give a server's folder, with all that is in it, to the user who will run the server."""
    await asyncio.to_thread(_own, folder, account.file_owner)


def _own(folder: Path, owner: int) -> None:
    if folder.stat().st_uid == owner:
        return
    try:
        for path in (*folder.rglob("*"), folder):  # the folder last: it tells whether the rest is done
            shutil.chown(path, owner)
    except PermissionError as problem:
        raise EmbeddedError(
            f"{folder} belongs to another user, so the server cannot use it. Start Backstop as that user, "
            "or choose another folder."
        ) from problem
