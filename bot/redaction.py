"""Takes secrets out of text and JSON before they go anywhere, and masks personal data for drawing."""

import re
from collections.abc import Iterable, Mapping
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
# What a text must contain to be worth the patterns below: most of what is read holds none of it.
_HINT = re.compile(
    rf"{_WORDS}|-----BEGIN|://|bearer|basic|eyJ|\$[0-9a-z]|SCRAM-|md5|AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox"
    rf"|xapp-|hooks\.slack|sk[-_]|base64:",
    re.IGNORECASE,
)
# Each of these is removed whole.
_WHOLE = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
        r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}",
        r"\$argon2(?:id|i|d)\$[^\s\"'<>;]{8,}",
        r"\$(?:2[abxy]?|scrypt|pbkdf2[-\w]{0,20}|[156]|y|7)\$[^\s\"'<>,;]{8,}",
        r"SCRAM-SHA-(?:1|256)\$[^\s\"'<>,;]+",
        r"\bmd5[0-9a-f]{32}\b",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[0-9A-Za-z_-]{30,}",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
        r"\b(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{6,}|xapp-[A-Za-z0-9-]{6,})",
        r"\bsk[-_](?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16,}",
        r"\bbase64:[A-Za-z0-9+/=]{40,}",
    )
)
# Of each of these the first group stays, so that the context can be read.
_AFTER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # PHP serialization: s:8:"password";s:6:"hunter";
        rf"(s:\d+:\"[^\"]{{0,80}}?(?:{_WORDS})[^\"]{{0,80}};?\";s:\d+:\")[^\"]*",
        # Data stores' addresses: the password may hold anything, so everything up to the last @ goes.
        r"\b((?:postgres(?:ql)?|mysql|mariadb|rediss?|valkey|amqps?|mongodb)(?:\+\w+)?://[^\s:/@\"'<>]*:)"
        r"[^\s\"'<>]+(?=@)",
        r"([a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,200}:)[^\s/@\"'<>]+(?=@)",
        r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[^\s\"'<>]+",
        # Header lines: the value is the rest of the line.
        r"((?:^|[\s{,>])(?:(?:proxy-)?authorization|(?:set-)?cookie)\s*[:=]\s*)[^\s\"'][^\r\n\"']*",
        r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}",
        r"\b(basic\s+)(?=[A-Za-z+/]*[0-9=])[A-Za-z0-9+/=]{8,}",
    )
)
# name=value, "name": "value", and the same inside a quoted JSON text. A number beside "token" is a count of tokens.
_ASSIGNED = re.compile(
    rf"((?:{_WORDS})[\w-]{{0,40}}(?:{_QUOTE})?\s{{0,10}}(?:=>|[=:])\s{{0,10}})"
    rf"(?:({_QUOTE})(.*?)(?<!\\)(\2)|([^\s,;&\"'{{}}\\]+))",
    re.IGNORECASE,
)
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
    if isinstance(value, Mapping):
        return {_key(name): _field(str(name), inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(inner) for inner in value]
    return value


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
    if not _HINT.search(text):
        return text
    for pattern in _WHOLE:
        text = pattern.sub(REMOVED, text)
    for pattern in _AFTER:
        text = pattern.sub(rf"\g<1>{REMOVED}", text)
    return _ASSIGNED.sub(_unassigned, text)


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


def _unassigned(match: re.Match[str]) -> str:
    lead, quote, quoted, end, bare = match.groups()
    value = quoted if quote else bare
    if not value or ("token" in lead.casefold() and value.isdigit()):
        return match[0]
    return f"{lead}{quote or ''}{REMOVED}{end or ''}"
