"""The notice of a watch: Slack takes it, the verdict comes first, and what typed text says is no markup."""

from datetime import timedelta
from typing import Any

from bot.model.diagnosis import Verdict
from bot.model.facts import HomePage, Watched
from bot.model.watch import Mark, Muted, Notice
from bot.slack.cards.home import draw_home
from bot.slack.cards.watch import draw_notice
from tests.bot.slack.checking import buttons, check, check_home, words
from tests.bot.slack.samples import AT, OLGA, SAM, TENANT
from tests.bot.slack.test_cards import NASTY


def notice(**fields: Any) -> Notice:
    """A notice of a fault."""
    given = {
        "id": "01JN", "watch": "dashboard-abc", "at": AT, "title": "Stale data", "system": "aiops",
        "system_title": "AI agents platform", "inputs": TENANT, "diagnosis": "01JD", "verdict": Verdict.FAULT,
        "headline": "fault found: The cached dashboard never expires", "before": "no fault found", "healthy_at": AT,
        "changes": ("Dashboard cache TTL: 30 s → no expiry",),
    }  # fmt: skip
    return Notice.model_validate({**given, **fields})


def test_a_fault_comes_first_with_what_changed() -> None:
    card = check(draw_notice(notice()))
    assert card.blocks[0]["text"]["text"] == "✖ Fault found: The cached dashboard never expires"
    assert "30 s → no expiry" in words(card)
    assert buttons(card) == ["I look after it", "Mute…"]
    many = check(draw_notice(notice(changes=tuple(f"Check {number}: a → b" for number in range(9)))))
    assert "5 more checks" in words(many)
    assert "Check 4" not in words(many)


def test_what_people_did_is_on_it() -> None:
    muted = Muted(person=OLGA, at=AT, until=AT + timedelta(hours=1), reason=NASTY[:300])
    card = check(draw_notice(notice(acknowledged=Mark(person=SAM, at=AT), muted=muted)))
    assert "Sam looks after it" in words(card)
    assert buttons(card) == ["Unmute"]
    assert buttons(check(draw_notice(notice(over=AT)))) == []


def test_healthy_again_asks_for_nothing() -> None:
    card = check(draw_notice(notice(verdict=Verdict.NO_FAULT, headline="no fault found", before="could not tell")))
    assert card.blocks[0]["text"]["text"] == "✔ Healthy again"
    assert buttons(card) == ["Mute…"]


def test_app_home_shows_what_is_not_well_first() -> None:
    page = HomePage(watches=(Watched(id="dashboard-abc", says="fault found: x", is_well=False, since=AT),), watched=3)
    assert "dashboard-abc" in str(check_home(draw_home(page)))
    assert "2 others are well" in str(draw_home(page))
