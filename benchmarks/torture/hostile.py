"""Text that somebody might type or forge: markup, globs, SQL, null bytes, right-to-left text, emoji, far too much."""

import random
import string

_PIECES = (
    "<!channel>", "<@U0SAM>", "<#C1|x>", "<https://example.com|click>", "&lt;!here&gt;", "*bold* _it_ ~no~ `code` ```",
    "*", "?", "[a-z]*", "{tenant}", "{0.__class__}", "%s%n%(x)s", "%", "$(reboot)", "`reboot`", "; rm -rf ~", "| cat",
    "' OR '1'='1", "'; DROP TABLE agents; --", '"', "'", "\\", "\x00", "\x1b[31m", "\r\n", "\n", "\t", "\u2028",
    "\u202eabc", "\u200b", "\ufeff", "אבג", "مرحبا", "日本語", "👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u0301\u0301\u0301", "Z̷͑a̴l̵g̶o̷",
    "\ud800", "\U0010ffff", "ﷺ",
    "../../etc/passwd", "file:///etc/passwd", "9" * 5_000, "-1", "1e999", "NaN", "0x41", "true", "null", "[]", "{}",
    "tenant=", "tenant=tenant-abc", "tenant=tenant-a", "user=", "user=vera@example.com", "system=aiops", "system=",
    "=", "==", "a=b=c", "tenant='tenant-abc", "xoxb-1234-abcd", "password=hunter2", "postgresql://u:p@h/d",
)  # fmt: skip
_LONGEST = 40_000


def text(dice: random.Random, words: tuple[str, ...] = ()) -> str:
    """Some hostile text, now and then with words that mean something here, seldom as long as Slack allows."""
    chosen = [dice.choice(words or _PIECES) if dice.random() < 0.4 else _piece(dice) for _ in range(dice.randint(0, 6))]
    joined = dice.choice((" ", "", " ", "\n")).join(chosen)
    return (joined * (_LONGEST // max(1, len(joined)) + 1))[:_LONGEST] if dice.random() < 0.01 else joined


def changed(dice: random.Random, written: str) -> str:
    """A text with some of its characters or lines lost, doubled, moved or replaced."""
    lines = written.split("\n")
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(lines))
        match dice.randrange(6):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, lines[dice.randrange(len(lines))])
            case 2:
                lines[at] = "  " * dice.randint(0, 3) + lines[at].strip()
            case 3:
                key, colon, _ = lines[at].partition(":")
                lines[at] = f"{key}{colon} {_piece(dice)}"
            case 4:
                middle = dice.randint(0, len(lines[at]))
                lines[at] = lines[at][:middle] + _piece(dice) + lines[at][middle:]
            case _:
                lines[at] = lines[at].replace("-", dice.choice(string.punctuation), 1)
    return "\n".join(lines)


def value(dice: random.Random, depth: int = 0) -> object:
    """Something that JSON can hold."""
    kinds = 8 if depth < 3 else 6  # deeper than that, only what is flat
    match dice.randrange(kinds):
        case 0:
            return None
        case 1:
            return dice.choice((True, False, 0, -1, 2**63, 1.5))
        case 2 | 3 | 4 | 5:
            return text(dice)
        case 6:
            return [value(dice, depth + 1) for _ in range(dice.randint(0, 3))]
        case _:
            return {_piece(dice): value(dice, depth + 1) for _ in range(dice.randint(0, 3))}


def _piece(dice: random.Random) -> str:
    return dice.choice(_PIECES)
