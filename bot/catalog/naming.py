"""Which things of a system's file the params of a probe or an action name."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.model.system import System
from bot.registry import NameOf, Params


def named_things(model: type[Params], given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The params that name something, each with its section and the name: `("cache", "caches", "dashboard_metrics")`.

    Params that were not given count with their defaults.
    """
    for param, field in model.model_fields.items():
        value = given.get(param, None if field.is_required() else field.get_default(call_default_factory=True))
        marks = [one for one in field.metadata if isinstance(one, NameOf)]
        for mark in (*marks, *_inner_marks(field.annotation)):
            yield from ((param, mark.section, text) for text in texts(value) if text)


def lacking(model: type[Params], given: Mapping[str, Any], system: System) -> str:
    """Why a system does not have something that these params name; empty when it has everything."""
    wanted = (f"{section}.{text}" for _, section, text in named_things(model, given))
    return next((system.lacks[name] for name in wanted if name in system.lacks), "")


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of a YAML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts(one)


def _inner_marks(annotation: Any) -> Iterable[NameOf]:
    for inner in getattr(annotation, "__args__", ()):
        yield from (mark for mark in getattr(inner, "__metadata__", ()) if isinstance(mark, NameOf))
        yield from _inner_marks(inner)
