"""Reads one YAML file into a strict model, and says in words what is wrong with it and where."""

import re
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from bot.model.values import Value

M = TypeVar("M", bound=Value)
_LARGEST = 512_000  # bytes; a file of a person's writing is far below
_HELD = 128  # texts whose values are remembered

_DEEPEST = 40  # mappings and lists in one another
# The one in C reads all files in a tenth of the time; what is read is the same.
_Safe: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_TEXT = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
_LIST = yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG
_MAPPING = yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG


class _Loader(_Safe):  # type: ignore[misc]  # it is one of two
    """The safe loader, which also refuses a key that is written twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """As the safe loader does it, without looking for values that are shared, for there are no aliases."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT:
            return node.value
        if isinstance(node, yaml.SequenceNode) and node.tag == _LIST:
            return [self.construct_object(one, deep=True) for one in node.value]
        if isinstance(node, yaml.MappingNode) and node.tag == _MAPPING:
            return _mapping(self, node)
        return super().construct_object(node, deep)


def _check_events(text: str) -> None:
    """Refuses aliases, which can be made to explode, and what is nested so deeply that it breaks a reader."""
    depth = 0
    for event in yaml.parse(text, Loader=_Safe):
        mark: Any = event.start_mark  # of the reader in C or of the other one
        if isinstance(event, yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "aliases are not used here", mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise yaml.constructor.ConstructorError(None, None, "nested too deeply", mark)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a name must be one word", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key} is written twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor(_MAPPING, _mapping)
# Words such as `no`, `on` and `off` stay words: a policy says `viewer: no`, and means the word.
_WORDS = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _WORDS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}  # fmt: skip
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def as_written(path: Path) -> Any:
    """What stands in a YAML file, as it is read here. Raises OSError, ValueError, YAMLError, RecursionError."""
    return _loaded(path.read_text(encoding="utf-8"))


def _loaded(text: str) -> Any:
    _check_events(text)
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def read(path: Path, model: type[M], problems: list[str], shown: str = "") -> M | None:
    """Reads `path` as `model`; what is wrong is added to `problems`, and None is returned then."""
    name = shown or path.name
    try:
        if path.stat().st_size > _LARGEST:
            problems.append(f"{name}: larger than {_LARGEST // 1000} kB")
            return None
        return cast(M, _value(path.read_text(encoding="utf-8"), model))
    except OSError as error:
        problems.append(f"{name}: cannot be read ({error.strerror})")
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            problems.append(f"{name}: {where or 'file'}: {one['msg'].removeprefix('Value error, ')}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or a number without end
        problems.append(f"{name}: {_one_line(error)}")
    return None


# Most files are read again only because another one changed. A value is frozen, so whoever reads its text may share it.
@lru_cache(_HELD)
def _value(text: str, model: type[Value]) -> Value:
    written = _loaded(text)
    if not isinstance(written, dict):
        raise ValueError("must be a mapping of names to values")  # noqa: TRY004  # of the text, as YAML's own errors are
    return model.model_validate(written)


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(error).split())
