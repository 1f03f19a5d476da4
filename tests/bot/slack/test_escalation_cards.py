"""Escalations at their limits: what people wrote is shown as far as it fits, and whole in a file."""

from datetime import timedelta
from typing import Any, cast

from bot.app.following import follow_escalation
from bot.audit import Figures
from bot.model.escalation import Bundle, BundleFile, EscalationState, Helped, Helpfulness, Note, Offer, Trigger
from bot.model.facts import HomePage, Listing, RunbookLine, RunbookList
from bot.model.finding import Table
from bot.model.paging import Paged, Signal
from bot.model.people import BACKSTOP, Directory, Person
from bot.model.runbook import Severity
from bot.slack.announcing import Announcer
from bot.slack.cards.bundle import draw_bundle
from bot.slack.cards.escalation import draw_escalation
from bot.slack.cards.escalation_thread import draw_in_thread
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.home import draw_home
from bot.slack.paper import Message
from bot.slack.post import Poster
from bot.slack.text import moment, time_of_day
from tests.bot.slack.checking import buttons, check, check_home, words
from tests.bot.slack.samples import AT, OLGA, escalation

ADA = Person(id="U0ADA", name="Ada Moreau", email="ada@example.com")
LONG = "&<>" * 800  # of 2,400 characters, and many times as long in Slack's markup


def files(message: Message) -> dict[str, str]:
    """The attached texts by name."""
    return {one.name: str(one.content) for one in message.attachments}


def test_a_long_note_is_attached_whole() -> None:
    note = Note(at=AT, person=OLGA, text=LONG)
    drawn = draw_in_thread("note 1", escalation(notes=(note,)))
    assert drawn is not None and files(check(drawn)) == {"note-1.txt": f"{LONG}\n"}
    assert "All of it is in note-1.txt." in words(drawn)
    short = draw_in_thread("note 1", escalation(notes=(note.model_copy(update={"text": "seen"}),)))
    assert short is not None and short.attachments == ()


def test_who_resolved_it_and_when_is_said() -> None:
    said = {"resolved_by": ADA, "resolved_at": AT, "changed": AT + timedelta(hours=3)}  # such as by a later note
    over = escalation(EscalationState.RESOLVED, **said)
    card = check(draw_escalation(over))
    assert card.text.startswith("✔ Resolved by Ada · high · database team")
    assert f"raised by Sam {moment(AT)} · resolved {moment(AT)}" in words(card)
    pointer = draw_in_thread("pointer", over)
    assert pointer is not None and f"resolved by Ada at {time_of_day(AT)}" in words(check(pointer))
    assert follow_escalation(over).says == "to the database team, resolved by Ada"
    handed = escalation(EscalationState.HANDED_OVER, holder=OLGA)
    assert follow_escalation(handed).says == "to the database team, handed over to Olga"
    # What was resolved before that was written down does not claim that its holder did it.
    older = escalation(EscalationState.RESOLVED)
    assert draw_escalation(older).text.startswith("✔ Resolved · high")
    assert follow_escalation(older).says == "to the database team, resolved"


def test_why_it_was_raised_is_said_where_nobody_raised_it_by_hand() -> None:
    assert "because" not in words(check(draw_escalation(escalation())))
    by_itself = escalation(raised_by=BACKSTOP, why=Trigger.NOT_HELPED)
    assert f"raised by Backstop {moment(AT)}, because the remedy did not help" in words(draw_escalation(by_itself))


def test_a_long_resolution_is_attached_whole() -> None:
    said = {"cause": LONG, "resolution": "TTL set", "helped": Helped.PARTLY}
    card = check(draw_escalation(escalation(EscalationState.RESOLVED, **said)))
    assert files(card) == {"resolution.txt": f"Cause\n{LONG}\n\nResolution\nTTL set\n"}
    assert "*Resolution:* TTL set" in words(card) and "partly" in words(card)
    said["cause"] = "A deploy"
    assert draw_escalation(escalation(EscalationState.RESOLVED, **said)).attachments == ()


def test_many_files_and_much_that_could_not_be_read_are_all_named() -> None:
    some = tuple(BundleFile(name=f"check-{n}.csv", title="T" * 100, content=b"x", digest="0") for n in range(60))
    missing = tuple(f"endpoint {n}: {'it did not answer ' * 5}" for n in range(20))
    bundle = Bundle(id="B", escalation="E", occasion="D", at=AT, digest="d" * 64, files=some, missing=missing)
    shown = words(check(draw_bundle(bundle)))
    assert all(f"check-{n}.csv" in shown for n in range(60)) and "endpoint 19" in shown


def test_pagers_are_told_of_with_what_went_wrong_and_whether_they_answer() -> None:
    page = Paged(pager="p", title="PagerDuty", wanted=Signal.TRIGGER, sent=Signal.TRIGGER, listens=False)
    failed = page.model_copy(update={"sent": None, "tries": 3, "says": "PagerDuty answered 500.", "due": AT})
    over = failed.model_copy(update={"wanted": Signal.RESOLVE})
    both = page.model_copy(update={"listens": True, "wanted": Signal.ACKNOWLEDGE, "sent": Signal.ACKNOWLEDGE})
    for one, said in (
        (page, "PagerDuty was called. What is done there does not come back here."),
        (failed, "▲ PagerDuty: PagerDuty answered 500. It is tried again (tried 3 times)."),
        (both, "PagerDuty was told that it was taken."),
        (over, "▲ PagerDuty: PagerDuty answered 500. That it is over is told there as soon as that is possible"),
        (over.model_copy(update={"says": ""}), "PagerDuty is being told that it is over."),
        (over.model_copy(update={"says": "", "due": None}), "PagerDuty was never called, and is not needed any more."),
        (over.model_copy(update={"says": "", "sent": Signal.RESOLVE}), "PagerDuty was told that it is over."),
    ):
        shown = words(check(draw_escalation(escalation(pages=(one,)))))
        assert said in shown and ("does not come back" in shown) is (one is page)


def test_what_was_tried_often_is_counted() -> None:
    tried = tuple(f"Clear cache number {n}: {'did not help; ' * 40}" for n in range(20))
    shown = words(check(draw_escalation(escalation(tried=tried))))
    assert "12 before, in the report" in shown and "Clear cache number 19" in shown and "Clear cache number 12" in shown


def test_ways_around_have_buttons_until_it_is_solved() -> None:
    offers = (
        Offer(title="The older UI", says="It works.", link="https://app.example.com/admin-legacy"),
        Offer(title="Query results", says="What is stored.", queries=("agent_count",)),
        Offer(title="CSV export", says="All rows.", action="export_rows"),
    )
    drawn = draw_in_thread("offers", escalation(offers=offers))
    assert drawn is not None and buttons(check(drawn)) == ["Query results…", "CSV export…"]
    assert "<https://app.example.com/admin-legacy|The older UI>" in words(drawn)
    values = [one["value"] for one in drawn.blocks[-1]["elements"]]
    assert values == [f"{escalation().id}.1", f"{escalation().id}.2"]
    over = draw_in_thread("offers", escalation(EscalationState.RESOLVED, offers=offers))
    assert over is not None and buttons(over) == []


def test_what_is_open_and_what_helped_is_listed() -> None:
    record = Helpfulness(runbook="stale-data", diagnoses=12, faults=8, helped=5, did_not_help=2, escalated=3,
                         resolved=2, of_use=1)  # fmt: skip
    line = RunbookLine(name="stale-data", title="Old numbers", system="AI agents platform", inputs=(), symptoms=())
    opened = tuple(escalation(id=f"E{number}", severity=Severity.HIGH) for number in range(12))
    said = "12 diagnoses, 8 with a fault; remedies helped 5 of 7 times; escalated 3 times, of use in 1 of 2 resolved"
    lines = (line.model_copy(update={"record": record, "escalated": 12}), line)
    listed = words(check(draw_fact(RunbookList(lines=lines, opened=opened, days=30))))
    assert f"_Lately:_ {said}; 12 escalations open" in listed and "2 more" in listed and "last 30 days" in listed
    home = check_home(draw_home(HomePage(opened=opened, records=(("Old numbers", record),), days=30)))
    shown = str(home)
    assert said in shown and "7 more: /backstop runbooks" in shown and "I take it" in shown


async def test_the_week_is_posted_with_what_was_behind_its_escalations() -> None:
    posted: list[str] = []

    class Channels:
        """A workspace in which the channel is there."""

        async def channel(self, name: str) -> str:
            return f"C-{name}"

    class Posts:
        """Takes what is posted."""

        def __init__(self) -> None:
            self.sender: Any = self

        async def post(self, channel: str, message: Message) -> None:
            posted.append(f"{channel}: {message.text}\n{words(message)}")

    async def resolved(*_: object) -> Listing:
        table = Table(title="Escalations", columns=("What", "Cause"), rows=(("Old numbers", "A deploy"),))
        return Listing(says="1 was resolved.", table=table)

    counts = (
        ("asked", 1),
        ("approved", 1),
        ("denied", 0),
        ("expired", 0),
        ("helped", 1),
        ("did not help", 0),
        ("not needed any more", 0),
    )
    figures = Figures(since=AT - timedelta(days=7), until=AT, counts=counts, decided=0, median=None, slowest=None)
    announcer = Announcer(cast("Poster", Posts()), cast("Directory", Channels()), "audit", resolved)
    await announcer.figures(figures)
    assert len(posted) == 2 and all(one.startswith("C-audit: ") for one in posted)
    assert "1 asked" in posted[0] and "A deploy" in posted[1]
