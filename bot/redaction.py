"""Takes secrets out of text and JSON before they go anywhere, and masks personal data for drawing."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

REMOVED = "[removed]"
_SHORTEST = 8  # characters of a secret that is looked for as it is
MASKED = "•••"  # stands for the rest of what is personal

# A field whose folded name contains one of these holds a secret.
_SECRET_NAMES = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "cookie", "apikey", "accesskey",
    "privatekey", "signingkey", "encryptionkey", "credential", "sessionid", "csrf", "xsrf", "dsn",
)  # fmt: skip
_WORDS = (
    r"pass(?:word|wd|phrase)|\bpwd|secret|token|authorization|cookie|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|session[_-]?id"
)
_QUOTE = r"\\{0,4}[\"']"
# Patterns cost much, and most texts hold nothing: each is tried only where one of its words stands, in any case.
_ASSIGNING = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "cookie", "apikey", "api_key",
    "api-key", "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key", "credential",
    "sessionid", "session_id", "session-id",
)  # fmt: skip
# Each of these is removed whole.
_WHOLE = tuple(
    (words.split(), re.compile(pattern, re.DOTALL))
    for words, pattern in (
        ("-----begin", r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"),
        ("eyj", r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}"),
        ("$argon2", r"\$argon2(?:id|i|d)\$[^\s\"'<>;]{8,}"),
        ("$", r"\$(?:2[abxy]?|scrypt|pbkdf2[-\w]{0,20}|[156]|y|7)\$[^\s\"'<>,;]{8,}"),
        ("scram-", r"SCRAM-SHA-(?:1|256)\$[^\s\"'<>,;]+"),
        ("md5", r"\bmd5[0-9a-f]{32}\b"),
        ("akia asia aiza", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[0-9A-Za-z_-]{30,}"),
        ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat-",
         r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})"),
        ("xox xapp-", r"\b(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{6,}|xapp-[A-Za-z0-9-]{6,})"),
        ("sk- sk_", r"\bsk[-_](?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16,}"),
        ("base64:", r"\bbase64:[A-Za-z0-9+/=]{40,}"),
    )
)  # fmt: skip
# Of each of these the first group stays, so that the context can be read.
_AFTER = tuple(
    (words.split(), re.compile(pattern, re.IGNORECASE))
    for words, pattern in (
        # PHP serialization: s:8:"password";s:6:"hunter";
        ('";s:', rf"(s:\d+:\"[^\"]{{0,80}}?(?:{_WORDS})[^\"]{{0,80}};?\";s:\d+:\")[^\"]*"),
        # Data stores' addresses: the password may hold anything, so everything up to the last @ goes.
        ("://", r"\b((?:postgres(?:ql)?|mysql|mariadb|rediss?|valkey|amqps?|mongodb)(?:\+\w+)?://[^\s:/@\"'<>]*:)"
         r"[^\s\"'<>]+(?=@)"),
        ("://", r"([a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,200}:)[^\s/@\"'<>]+(?=@)"),
        ("hooks.slack", r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[^\s\"'<>]+"),
        # Header lines: the value is the rest of the line.
        ("authorization cookie",
         r"((?:^|[\s{,>])(?:(?:proxy-)?authorization|(?:set-)?cookie)\s*[:=]\s*)[^\s\"'][^\r\n\"']*"),
        ("bearer", r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}"),
        ("basic", r"\b(basic\s+)(?=[A-Za-z+/]*[0-9=])[A-Za-z0-9+/=]{8,}"),
    )
)  # fmt: skip
# name=value, "name": "value", and the same inside a quoted JSON text. A number beside "token" is a count of tokens.
_ASSIGNED = re.compile(
    rf"((?:{_WORDS})[\w-]{{0,40}}(?:{_QUOTE})?\s{{0,10}}(?:=>|[=:])\s{{0,10}})"
    rf"(?:({_QUOTE})(.*?)(?<!\\)(\2)|([^\s,;&\"'{{}}\\]+))",
    re.IGNORECASE,
)
_RULES = (
    *((frozenset(words), pattern, REMOVED) for words, pattern in _WHOLE),
    *((frozenset(words), pattern, rf"\g<1>{REMOVED}") for words, pattern in _AFTER),
)
_HINTS = tuple(frozenset(_ASSIGNING).union(*(words for words, _, _ in _RULES)))
_EMAIL = re.compile(r"(?<![\w.+%-])([\w+%-])[\w.+%-]{0,63}@((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})\b")
_PHONE = re.compile(r"(?<![\w+])\+\d(?:[ ()/.-]{0,2}\d){7,14}(?!\w)")


class _Hidden:
    """The secrets that this process was configured with."""

    values: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None


_HIDDEN = _Hidden()


def redact(value: Any) -> Any:
    """Returns the same text or JSON without its secrets: by the names of fields, and by what secrets look like."""
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, Mapping):
        return {_key(name): _field(str(name), inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(inner) for inner in value]
    return value


def redact_rows(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> list[dict[str, Any]]:
    """The rows of a table without their secrets, as `redact` does it, by column."""
    names = [_key(column) for column in columns]
    return [
        {name: _field(column, value) for name, column, value in zip(names, columns, row, strict=True)} for row in rows
    ]


def hide(secrets: Iterable[str]) -> None:
    """Has these values removed wherever they stand, whatever they look like; of addresses only the passwords.

    What is short stays: it would take words away.
    """
    parts = (part for secret in secrets for part in _hidden_parts(secret))
    known = {*_HIDDEN.values, *(part for part in parts if len(part) >= _SHORTEST)}
    if known != _HIDDEN.values:
        _HIDDEN.values = frozenset(known)
        _HIDDEN.pattern = re.compile("|".join(re.escape(one) for one in sorted(known, key=len, reverse=True)))


def redact_text(text: str) -> str:
    """Returns a text without what looks like a secret: tokens, hashes, keys, passwords in addresses and assignments.

    Nor does it hold any of the bot's own secrets (see `hide`).
    """
    if _HIDDEN.pattern is not None:
        text = _HIDDEN.pattern.sub(REMOVED, text)
    folded = _folded(text)
    present = {hint for hint in _HINTS if hint in folded}
    if not present:
        return text
    for words, pattern, instead in _RULES:
        if not words.isdisjoint(present):
            text = pattern.sub(instead, text)
    return _without_assigned(text, present)


def holds_secret(text: str) -> bool:
    """Whether a text that somebody typed contains something that looks like a secret."""
    return redact_text(text) != text


@lru_cache(maxsize=4096)  # the names of fields are few, and asked for with every line of the log
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret, in any spelling: `api_key`, `apiKey`, `API-Key`."""
    folded = re.sub(r"[^a-z0-9]", "", name.casefold())
    return any(word in folded for word in _SECRET_NAMES)


def mask_personal(text: str) -> str:
    """Returns a text in which e-mail addresses keep their first letter and domain, and telephone numbers nothing."""
    return _PHONE.sub(f"+{MASKED}", _EMAIL.sub(rf"\1{MASKED}@\2", text))


def mask(value: Any) -> str:
    """Returns a personal value as it may be drawn: e-mail addresses as usual, anything else by its first letter."""
    text = "" if value is None else str(value)
    masked = mask_personal(text)
    return masked if masked != text or MASKED in text else text[:1] + MASKED if text else ""


def _hidden_parts(secret: str) -> tuple[str, ...]:
    if "://" not in secret:
        return (secret,)
    try:
        password = urlsplit(secret).password or ""
    except ValueError:
        return ()
    return (password, unquote(password))


def _field(name: str, value: Any) -> Any:
    if not is_secret_name(name) or value is None or value == "" or isinstance(value, bool):
        return redact(value)
    is_count = "token" in name.casefold() and isinstance(value, (int, float))
    return value if is_count else REMOVED


def _key(name: Any) -> Any:
    return redact_text(name) if isinstance(name, str) else name


def _folded(text: str) -> str:
    """The text in lower case, as patterns that ignore case read it, and of the same length."""
    lower = text.lower()
    if text.isascii():
        return lower
    if len(lower) != len(text):
        lower = "".join(one.lower()[0] for one in text)
    return lower.replace("\u017f", "s")  # the long s


def _without_assigned(text: str, present: Collection[str]) -> str:
    """The text without the values that are assigned to secret names; it is looked at only where such words stand."""
    folded, words = _folded(text), [word for word in _ASSIGNING if word in present]
    pieces, end = [], 0
    for start in sorted({at for word in words for at in _places(word, folded)}):
        if start >= end and (match := _ASSIGNED.match(text, start)):
            pieces += [text[end:start], _unassigned(match)]
            end = match.end()
    return "".join([*pieces, text[end:]])


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _unassigned(match: re.Match[str]) -> str:
    lead, quote, quoted, end, bare = match.groups()
    value = quoted if quote else bare
    if not value or ("token" in lead.casefold() and value.isdigit()):
        return match[0]
    return f"{lead}{quote or ''}{REMOVED}{end or ''}"
