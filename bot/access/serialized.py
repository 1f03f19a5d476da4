"""What a cached value holds, whether it was written as JSON or serialized by PHP; objects of PHP are not read."""

import json

from bot.model.values import Json

_DEEPEST = 50  # arrays within arrays
_NEITHER = "this is neither JSON nor a plain value of PHP"


def read_value(raw: bytes) -> Json:
    """The value. Raises ValueError for what is neither JSON nor a plain value that PHP serialized."""
    try:
        return json.loads(raw)
    except RecursionError as problem:
        raise ValueError(_NEITHER) from problem
    except ValueError:
        value, end = _value(raw, 0, 0)
        if end != len(raw):
            raise ValueError("there is more behind the value") from None
        return value


def _value(raw: bytes, at: int, depth: int) -> tuple[Json, int]:
    """The value that begins at a place, and where it ends."""
    kind = raw[at : at + 2]
    if kind == b"N;":
        return None, at + 2
    if kind in {b"b:", b"i:", b"d:"}:
        end = raw.find(b";", at)
        if end < 0:
            raise ValueError(_NEITHER)
        text = raw[at + 2 : end].decode("ascii")
        value: Json = text == "1" if kind == b"b:" else int(text) if kind == b"i:" else float(text)
        return value, end + 1
    if kind == b"s:":
        length, begin = _length(raw, at + 2)
        end = begin + 1 + length
        if raw[begin : begin + 1] != b'"' or raw[end : end + 2] != b'";':
            raise ValueError(_NEITHER)
        return raw[begin + 1 : end].decode("utf-8"), end + 2
    if kind == b"a:" and depth < _DEEPEST:
        return _array(raw, at, depth)
    raise ValueError(_NEITHER)


def _array(raw: bytes, at: int, depth: int) -> tuple[Json, int]:
    count, end = _length(raw, at + 2)
    if raw[end : end + 1] != b"{" or count > len(raw):
        raise ValueError(_NEITHER)
    end += 1
    pairs: list[tuple[Json, Json]] = []
    for _ in range(count):
        key, end = _value(raw, end, _DEEPEST)
        value, end = _value(raw, end, depth + 1)
        pairs.append((key, value))
    if raw[end : end + 1] != b"}":
        raise ValueError(_NEITHER)
    # What PHP calls an array is a list where its keys count up from nought.
    if [key for key, _ in pairs] == list(range(count)):
        return [value for _, value in pairs], end + 1
    return {str(key): value for key, value in pairs}, end + 1


def _length(raw: bytes, at: int) -> tuple[int, int]:
    """A length, and the place behind its colon."""
    end = raw.find(b":", at)
    digits = raw[at:end] if end > at else b""
    if not digits.isdigit():
        raise ValueError(_NEITHER)
    return int(digits), end + 1
