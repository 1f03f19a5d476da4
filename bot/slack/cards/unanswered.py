"""How many checks of a diagnosis were answered, which were not and why, and what was never looked at."""

from collections import Counter
from collections.abc import Mapping

from bot.model.diagnosis import Diagnosis
from bot.model.finding import Finding
from bot.slack.cards.words import both
from bot.slack.text import Markup, join, mark, plural

_HEADLINE = 80  # characters of what was seen, in the headline
_WHY: Mapping[str, str] = {  # by the code in which a check ended; each fits behind a number
    "too_slow": "timed out",
    "unreachable": "could not be reached",
    "refused": "refused by the system",
    "not_there": "about something that is not there",
    "broken": "broken",
}
_ORDINARY = {"A", "An", "No", "Nobody", "The", "There", "This"}  # words that are written small inside a sentence
_UNTOLD = "without anything to judge by"  # the system answered, and the check could not tell from it


def headline(diagnosis: Diagnosis) -> str:
    """What a person wants to know first where checks were not answered: what is away, and how much was seen."""
    unknowns = diagnosis.unknowns
    # Where one thing is away, several checks say the same.
    said, count = Counter(one.seen for one in unknowns).most_common(1)[0]
    answered = _answered(diagnosis)
    if count > 1 and len(said) <= _HEADLINE:
        return f"{_inside(said)}; {answered}"
    why = both(f"{len(some)} {reason}" for reason, some in _by_reason(unknowns).items())
    return f"{answered}, {why}"


def unanswered(diagnosis: Diagnosis) -> list[Markup]:
    """The lines below the table: which checks were not answered and why; what was left out, for it lacked something."""
    lines = []
    if diagnosis.unknowns:
        reasons = [
            mark("{count} {reason} ({labels})", count=len(some), reason=reason, labels="; ".join(some))
            for reason, some in _by_reason(diagnosis.unknowns).items()
        ]
        lines.append(mark("*{answered}:* {reasons}", answered=_answered(diagnosis), reasons=join(" · ", reasons)))
    if diagnosis.left_out:
        lines.append(mark("*Not looked at:* {what}", what="; ".join(diagnosis.left_out)))
    return lines


def _answered(diagnosis: Diagnosis) -> str:
    done = len(diagnosis.findings)
    return f"{done - len(diagnosis.unknowns) or 'none'} of {plural(done, 'check')} answered"


def _by_reason(unknowns: tuple[Finding, ...]) -> dict[str, list[str]]:
    """The labels of the checks by the reason why they were not answered, the most frequent reason first."""
    found: dict[str, list[str]] = {}
    for one in unknowns:
        found.setdefault(_WHY.get(one.code, _UNTOLD), []).append(one.label)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def _inside(sentence: str) -> str:
    """A sentence as it stands behind a colon: its first word loses its capital, unless it may be a name."""
    return sentence[:1].lower() + sentence[1:] if sentence.partition(" ")[0] in _ORDINARY else sentence
