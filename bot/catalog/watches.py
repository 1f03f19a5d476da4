"""`policies/watches.yml`, read again whenever it changes; without such a file nothing is watched."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.catalog.files import read
from bot.errors import CatalogError
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.model.watch import Watch, WatchesFile

_NAME = "watches.yml"


class WatchFile:
    """Gives the watches as the file says now. It gives nobody any right, so it is no part of the policy's digest."""

    def __init__(self, folder: Path, systems: Mapping[str, System], runbooks: Mapping[str, Runbook]) -> None:
        self._path, self._systems, self._runbooks = folder / _NAME, systems, runbooks
        self._held: tuple[tuple[int, int], tuple[Watch, ...]] | None = None

    def current(self) -> tuple[Watch, ...]:
        """The watches. Raises CatalogError when the file is broken or names what does not exist."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CatalogError([f"policies/{_NAME}: cannot be read ({error.strerror})"]) from error
        stamp = (found.st_mtime_ns, found.st_size)
        if self._held is None or self._held[0] != stamp:
            self._held = None
            self._held = (stamp, self._read())
        return self._held[1]

    def _read(self) -> tuple[Watch, ...]:
        problems: list[str] = []
        file = read(self._path, WatchesFile, problems, f"policies/{_NAME}")
        if file is not None:
            ids = [watch.id for watch in file.watches]
            problems += [
                f"policies/{_NAME}: {one} stands twice" for one in sorted({one for one in ids if ids.count(one) > 1})
            ]
            for watch in file.watches:
                problems += [f"policies/{_NAME}: {watch.id}: {problem}" for problem in self._problems(watch)]
        if file is None or problems:
            raise CatalogError(problems)
        return file.watches

    def _problems(self, watch: Watch) -> Iterable[str]:
        runbook, system = self._runbooks.get(watch.runbook), self._systems.get(watch.system)
        if system is None:
            yield f"{watch.system} is not a system"
        elif watch.channel and watch.channel not in system.channels:
            yield f"{system.name} is not supported in #{watch.channel}, so nothing about it is posted there"
        if runbook is None:
            yield f"{watch.runbook} is not a runbook"
            return
        if system is not None and system.family != runbook.family:
            yield f"{runbook.name} is a runbook of the family {runbook.family}, and {system.name} is of {system.family}"
        yield from (f"{name} is not an input of {runbook.name}" for name in watch.inputs if name not in runbook.inputs)
        yield from (f"{runbook.name} needs the input {name}" for name, spec in runbook.inputs.items()
                    if not spec.optional and name not in watch.inputs)  # fmt: skip
