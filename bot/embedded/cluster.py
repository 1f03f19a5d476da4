"""A PostgreSQL cluster on disk: made once (or copied from a template), and told from one that is still in use."""

import asyncio
import shutil
import sys
from pathlib import Path

from bot.embedded.account import Account, own
from bot.embedded.errors import EmbeddedError
from bot.embedded.folder import keep_secret
from bot.embedded.process import run

SUPERUSER = "postgres"
_INITDB = (
    f"--username={SUPERUSER}", "--auth=scram-sha-256", "--encoding=UTF8",
    # The collation that is built in, so that data does not depend on the machine's C library.
    "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    # Segments of 1 MB, not 16: a young cluster is half as large, and sooner made and copied.
    "--wal-segsize=1",
)  # fmt: skip


class Cluster:
    """The files of one PostgreSQL under `folder`: `data/`, and the superuser's `password`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.password_file = folder / "password"

    @property
    def exists(self) -> bool:
        """Whether the cluster was made completely."""
        return (self.data / "PG_VERSION").exists()

    def password(self) -> str:
        """The superuser's password."""
        return keep_secret(self.password_file)

    async def make(self, programs: Path, account: Account, *, is_synced: bool) -> None:
        """Run initdb beside `data/` and move the result there: a cut-off attempt leaves nothing that looks whole."""
        draft = self.folder / "data.new"
        await asyncio.to_thread(self._prepare, draft)
        for path in (draft, self.password_file, self.folder):
            await own(path, account)
        options = [*_INITDB, "--pwfile=../password", "--pgdata=."]
        if account is Account.NOBODY:
            # Nobody may not walk the path to the folder, but may stand in it.
            options[-1] = "--pgdata=/proc/self/cwd"
        if not is_synced:
            options.append("--no-sync")
        ended = await run(account, [str(programs / "initdb"), *options], folder=draft)
        if ended.code != 0:
            raise EmbeddedError(f"A new PostgreSQL could not be set up in {self.folder}: {ended.said.strip()[-600:]}")
        await asyncio.to_thread(draft.rename, self.data)

    def _prepare(self, draft: Path) -> None:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.password()

    async def copy(self, template: "Cluster", account: Account) -> None:
        """Take over a cluster that was made before, with its password."""
        draft = self.folder / "data.new"
        await asyncio.to_thread(self._copy, template, draft)
        for path in (draft, self.password_file, self.folder):
            await own(path, account)
        await asyncio.to_thread(draft.rename, self.data)

    def _copy(self, template: "Cluster", draft: Path) -> None:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(template.data, draft, symlinks=True)
        shutil.copy2(template.password_file, self.password_file)

    async def wait_until_unused(self, seconds: float = 5) -> None:
        """Wait for a server whose Backstop was killed to end. Raises EmbeddedError if it does not.

        A `postmaster.pid` that is left over is removed: PostgreSQL would refuse to start if its number had meanwhile
        passed to another program.
        """
        if sys.platform != "linux":
            return  # PostgreSQL's own look at its postmaster.pid must do
        for _ in range(int(seconds * 20)):
            holder = await asyncio.to_thread(self._holder)
            if holder is None:
                await asyncio.to_thread((self.data / "postmaster.pid").unlink, missing_ok=True)
                return
            await asyncio.sleep(0.05)
        raise EmbeddedError(
            f"A PostgreSQL server (process {holder}) still uses {self.data}, and Backstop did not start it. "
            f"Stop it with `kill -INT {holder}`, or choose another folder."
        )

    def _holder(self) -> int | None:
        """The lowest process id of a server, or of one of its backends, that works in the data folder."""
        place = self.data.resolve()
        for process in sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
            try:
                if Path(f"/proc/{process}/cwd").readlink() == place and _is_postgres(process):
                    return process
            except OSError:  # ended meanwhile, or another user's: that user could not use this private folder
                continue
        return None


def _is_postgres(process: int) -> bool:
    return Path(f"/proc/{process}/comm").read_text().strip() == "postgres"
