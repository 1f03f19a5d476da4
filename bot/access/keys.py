"""Key patterns of the cache catalogue: filled exactly, turned into a glob, and told apart from each other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import ConfigurationError
from bot.model.inputs import places
from bot.model.system import Cache, CacheKind, System
from bot.model.values import Scalar

NO_KEY = -2  # what PTTL answers when there is no such key
_PARTS = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_GLOB = re.compile(r"([*?\[\]\\])")


@dataclass(frozen=True)
class KeyPattern:
    """One line of the catalogue with its known places filled; `exact` is the key when none is left open."""

    name: str
    cache: Cache
    exact: str | None
    glob: str
    regex: re.Pattern[str]

    def fits(self, key: str) -> bool:
        """Whether a key is one of this pattern; an open place holds one part of a key, never a colon."""
        return key == self.exact if self.exact is not None else self.regex.fullmatch(key) is not None


def pattern(name: str, cache: Cache, binds: Mapping[str, Scalar]) -> KeyPattern:
    """Fills what is known of a key. Raises ConfigurationError when an open place touches a filled one.

    Then keys of `tenant-a` could not be told from those of `tenant-abc`.
    """
    glob, regex, exact = "", "", ""
    is_open, before = False, ""
    for index, part in enumerate(_PARTS.split(cache.key)):
        if index % 2 == 0:
            exact, glob, regex = exact + part, glob + escape_glob(part), regex + re.escape(part)
            before = before if part == "" else "literal"
            continue
        value = binds.get(part)
        now = "open" if value is None else "filled"
        if before in {"open", "filled"} and before != now:
            raise ConfigurationError(f"caches.{name}: put something between the places of {cache.key}.")
        before = now
        if value is None:
            is_open, glob, regex = True, glob + "*", regex + "[^:]+"
        else:
            text = str(value)
            exact, glob, regex = exact + text, glob + escape_glob(text), regex + re.escape(text)
    return KeyPattern(name, cache, None if is_open else exact, glob, re.compile(regex, re.DOTALL))


def escape_glob(text: str) -> str:
    """A text as a glob that fits itself alone."""
    return _GLOB.sub(r"\\\1", text)


def is_of_tenant(cache: Cache) -> bool:
    """Whether the key names the tenant, by id or by another column of it."""
    return any(place == "tenant" or place.startswith("tenant_") for place in places(cache.key))


def is_kept(system: System, connection: str, key: str) -> bool:
    """Whether a key may be state, or cache that rightly never expires, whatever else it looks like: never cleared."""
    return any(
        re.fullmatch(_PARTS.sub(".+", _literal(cache.key)), key, re.DOTALL) is not None
        for cache in system.caches.values()
        if cache.connection == connection and cache.kind is not CacheKind.CACHE
    )


def _literal(key: str) -> str:
    parts = _PARTS.split(key)
    return "".join(re.escape(part) if index % 2 == 0 else f"{{{part}}}" for index, part in enumerate(parts))
