"""One value out of JSON by its dotted path, such as `data.agents.0.name`."""

from collections.abc import Mapping

from bot.model.values import Json


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def field_of(value: Json, path: str) -> Json:
    """The value at a path; ABSENT when there is none, which is not the same as null. An empty path is the whole."""
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value
