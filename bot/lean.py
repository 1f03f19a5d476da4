"""Starting without the parts of libraries that this program never uses.

Some libraries import all that they have, or find, as soon as they are named. What is left out here is named below, with
the reason; nothing behaves otherwise without it. Who asks for such a part after all is given it.
"""

import importlib
import os
import ssl
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

# Packages that are carried out when somebody asks for more of them than these modules.
_MORE_IS_NOT_NEEDED: dict[str, frozenset[str]] = {
    # Beside the engine, which is used here, it holds the mapping of classes to tables: thirty modules.
    "sqlalchemy.ext.asyncio": frozenset({"base", "engine", "exc", "result"}),
    # Procrastinate reads times such as `*/5 * * * *` with it, and no task here has one.
    "croniter": frozenset(),
    # Compares words that people say; nobody has said any yet.
    "rapidfuzz": frozenset({"fuzz", "process", "utils"}),
}
_NONE: Any = None  # what Python takes for "there is no such module"
# A command line of its own, which would paint what it fetches; httpx does without it where it cannot be imported.
_NEVER = "httpx._main"
# Pydantic else looks through everything that is installed for plugins that change what models do; there shall be none.
_NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")


@contextmanager
def imports() -> Iterator[None]:
    """What is imported for the first time in this block is imported without those parts."""
    os.environ.setdefault(*_NO_PLUGINS)
    sys.modules.setdefault(_NEVER, _NONE)
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        _import_logging()
        with ThreadPoolExecutor(1) as pool:
            reading = _import_aiohttp(pool)
            yield
            for one in reading:
                one.result()
    finally:
        sys.meta_path.remove(finder)


def _import_logging() -> None:
    # structlog takes rich where it finds it, to paint the values of variables; ours are never shown (see `bot/logs`).
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = _NONE
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]


def _import_aiohttp(pool: Executor) -> list["Future[None]"]:
    """Imports it; a thread reads whom TLS trusts, for a twentieth of a second, to be awaited before TLS is used."""
    if "aiohttp" in sys.modules:
        return []
    reading: list[Future[None]] = []

    def trust(context: ssl.SSLContext) -> None:
        # aiohttp makes two contexts as it is imported; one trusts everybody, so it need not know whom to trust.
        if context.verify_mode != ssl.CERT_NONE:
            reading.append(pool.submit(super(ssl.SSLContext, context).set_default_verify_paths))

    ssl.SSLContext.set_default_verify_paths = trust  # type: ignore[assignment,method-assign]  # for one import
    try:
        importlib.import_module("aiohttp")
    finally:
        del ssl.SSLContext.set_default_verify_paths
    return reading


class _Package(ModuleType):
    """A package whose modules can be imported; it is itself carried out when somebody asks for more than those."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # `from package import module` looks for an attribute before it looks for a module.
        if name in _MORE_IS_NOT_NEEDED[self.__name__]:
            return importlib.import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]  # from now on it is one like any other
        loader: Any = self.__loader__
        loader.real.exec_module(self)
        return getattr(self, name)


class _Later:
    """Makes a package and does not carry it out yet."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The empty package."""
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing yet."""


class _Finder:
    """Finds the packages of which more is not needed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As Python finds it, to be carried out later; None for all others."""
        found = PathFinder.find_spec(fullname, path, target) if fullname in _MORE_IS_NOT_NEEDED else None
        if found is not None:
            later: Any = _Later(found.loader)
            found.loader = later
        return found
