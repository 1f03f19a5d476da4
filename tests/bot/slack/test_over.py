"""When the card of a diagnosis says that its fault is over."""

from bot.model.diagnosis import Followed, Verdict
from bot.model.runbook import Remedy
from bot.slack.cards.diagnosis import draw_diagnosis
from tests.bot.slack.checking import buttons, check, words
from tests.bot.slack.samples import CAUSE, LABELS, diagnosis

GONE = Followed(label="Clear cache", says="not done, for the fault was gone", action="clear_cache", is_gone=True)
OTHER = CAUSE.model_copy(
    update={"id": "down", "title": "It is down", "remedies": (Remedy(action="restart", params={}),)}
)


def test_what_was_seen_to_be_gone_is_urged_no_more() -> None:
    card = check(draw_diagnosis(diagnosis(followed=(GONE,)), LABELS))
    assert card.text.startswith("✔ Fault gone: The cached dashboard never expires")
    assert "before this; *Look again* makes them anew" in words(card) and "Do next" not in words(card)
    assert buttons(card) == ["Look again", "Escalate…", "Clear cache…"]


def test_what_had_nothing_to_do_says_nothing_about_the_fault() -> None:
    needless = GONE.model_copy(update={"is_gone": False, "says": "not done, for there was nothing left to do"})
    card = check(draw_diagnosis(diagnosis(followed=(needless,)), LABELS))
    assert card.text.startswith("✖ Fault found") and "*Do next:*" in words(card)


def test_each_cause_has_to_be_over() -> None:
    both = diagnosis(followed=(GONE,), causes=(CAUSE, OTHER))
    assert draw_diagnosis(both, LABELS).text.startswith("✖ Fault found: The cached dashboard never expires")
    fixed = Followed(label="Restart", says="done, and it helped", action="restart", is_fix=True)
    over = both.model_copy(update={"followed": (GONE, fixed)})
    assert draw_diagnosis(over, LABELS).text.startswith("✔ Fault gone: The cached dashboard never expires")
    turned = over.model_copy(update={"causes": (OTHER, CAUSE)})
    assert draw_diagnosis(turned, LABELS).text.startswith("✔ Fixed: It is down")


def test_without_a_cause_nothing_is_over() -> None:
    unclear = diagnosis(followed=(GONE,), causes=(), verdict=Verdict.UNCLEAR)
    assert check(draw_diagnosis(unclear, LABELS)).text.startswith("? Could not tell")
