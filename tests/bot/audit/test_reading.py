"""Searching the trail: what people may type, files to take along, figures, and who could have decided."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.tracing import find_links
from bot.audit.deciders import who_could
from bot.audit.figures import Figures, figures, percentile
from bot.audit.filters import moment, spoken, understand
from bot.audit.reporting import report, report_always
from bot.audit.sheet import sheet
from bot.catalog.policies import PolicyFiles
from bot.errors import InputError, NotThere, SlackFailed, UnknownName
from bot.model.audit import Event, Filters, Recorded
from bot.model.people import Person
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Json
from bot.settings import Settings
from bot.store.trail import Happened
from tests.bot.audit.conftest import ADA, OLGA, SAM, Office

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def event(verb: str, minute: float = 0, subject: str = "request R1", person: Person = SAM, **more: Json) -> Event:
    """An event so many minutes after twelve."""
    at = NOW + timedelta(minutes=minute)
    return Event.model_validate({"verb": verb, "person": person, "at": at, "subject": subject, **more})


def happened(verb: str, minute: float, subject: str = "request R1", outcome: str = "ok", state: str = "") -> Happened:
    """The same as it is counted."""
    return Happened(verb, NOW + timedelta(minutes=minute), subject, outcome, state)


@pytest.mark.parametrize(
    ("text", "is_end", "expected"),
    [
        ("7d", False, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
        ("90m", False, datetime(2026, 11, 30, 10, 30, tzinfo=UTC)),
        ("2026-11-01", False, datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", True, datetime(2026, 11, 2, tzinfo=UTC)),
        ("2026-11-01T14:05", False, datetime(2026, 11, 1, 14, 5, tzinfo=UTC)),
        ("2026-11-01T14:05+02:00", True, datetime(2026, 11, 1, 12, 5, tzinfo=UTC)),
        ("2026-11-01T14:05Z", False, datetime(2026, 11, 1, 14, 5, tzinfo=UTC)),
    ],
)
def test_moments(text: str, is_end: bool, expected: datetime) -> None:
    assert moment(text, NOW, is_end=is_end) == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "999999999999d", "7", "7y", "9999-12-31", "0001-01-01T00:00+14:00", ""]
)
def test_what_is_not_a_moment(text: str) -> None:
    with pytest.raises(InputError, match="is not a time; write 7d"):
        moment(text, NOW, is_end=True)


def test_filters_are_understood_and_spoken_again() -> None:
    named = {"tenant": "tenant abc", "person": "sam@example.com", "since": "7d", "outcome": "Refused"}
    filters = understand(named, NOW)
    assert (filters.tenant, filters.outcome) == ("tenant abc", "refused")
    assert spoken(named, filters) == (
        'tenant="tenant abc" person=sam@example.com since=2026-11-23T12:00:00+00:00 outcome=Refused'
    )


@pytest.mark.parametrize(
    ("named", "error", "says"),
    [
        ({"tennant": "x"}, UnknownName, "tenant=…"),
        ({"outcome": "good"}, UnknownName, "Did you mean ok, refused, failed or unknown"),
        ({"since": "1d", "until": "2d"}, InputError, "swap them"),
    ],
)
def test_nonsense_gets_one_sentence(named: dict[str, str], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        understand(named, NOW)


async def test_each_filter_finds_its_events(office: Office) -> None:
    await office.write("a", "b")
    await office.write("a", person=OLGA, subject="request R1", detail={"action": "clear_cache"}, outcome="refused")
    since = office.watch()
    await office.write("c", system="other")
    expected = {
        Filters(): [4, 3, 2, 1], Filters(tenant="a"): [3, 1], Filters(tenant="a", person="Usam"): [1],
        Filters(person="Uolga"): [3], Filters(person="OLGA@example.com"): [3], Filters(action="clear_cache"): [3],
        Filters(subjects=("request R1", "request R2")): [3], Filters(outcome="refused"): [3], Filters(since=since): [4],
        Filters(until=since): [3, 2, 1], Filters(system="other"): [4], Filters(verb="nothing"): [],
        Filters(tenant="a' OR true --"): [],
    }  # fmt: skip
    for filters, numbers in expected.items():
        assert [row.number for row in await office.trail.search(filters)] == numbers, filters
    assert [row.number for row in await office.trail.search(Filters(), before=3, limit=1)] == [2]


async def test_pages_of_a_period_are_whole_though_the_clock_went_back(office: Office) -> None:
    await office.write(*"abcdefgh")
    await office.tamper("UPDATE audit_events SET at = at - number % 3 * interval '1 hour'")
    filters, seen, before = Filters(until=office.watch()), [], None
    while rows := await office.trail.search(filters, before=before, limit=3):
        seen += [row.number for row in rows]
        before = seen[-1]
    assert seen == [6, 3, 7, 4, 1, 8, 5, 2]
    assert [row.number for row in await office.trail.search(filters, before=100, limit=1)] == [6]


async def test_a_file_to_take_along_is_on_record(office: Office) -> None:
    await office.write("a", says="=HYPERLINK(1)", reason='because, "so"')
    rows = await office.trail.find()
    text = await office.trail.sheet(ADA, rows, Filters(tenant="a"), "csv", office.watch)
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["says"], line["reason"], line["email"]) == ("'=HYPERLINK(1)", 'because, "so"', "sam@example.com")
    assert line["hash"] == rows[0].hash
    parsed = json.loads(sheet(rows, "jsonl"))
    assert (parsed["number"], parsed["hash"], parsed["person"]["name"]) == (1, rows[0].hash, "Sam")
    (taken,) = await office.trail.find(verb="audit.exported")
    assert (taken.event.person, taken.event.detail) == (ADA, {"filters": {"tenant": "a"}, "events": 1})


def test_figures() -> None:
    earlier = happened("request.asked", -90, "request R0", state="pending")
    events = [
        earlier, happened("request.approved", 10, "request R0"),
        happened("request.asked", 1, state="pending"), happened("request.voted", 2), happened("request.approved", 3),
        happened("request.asked", 1, "request R2", state="pending"), happened("request.denied", 5, "request R2"),
        happened("request.asked", 1, "request R3", state="approved"),
        happened("request.expired", 9, "request R4"), happened("request.cancelled", 9, "request R5"),
        happened("action.finished", 4), happened("action.finished", 4, "request R7")._replace(is_needless=True),
        happened("action.finished", 4, "request R3", outcome="failed"),
        happened("action.finished", 4, "request R6", outcome="unknown"),
        happened("request.verified", 5), happened("request.verified", 5, "request R3", outcome="failed"),
        happened("request.verified", 5, "request R6", outcome="unknown"),
        happened("diagnosis.finished", 1), happened("escalation.opened", 6), happened("person.refused", 2),
        happened("request.refused", 2), happened("request.asked", 61, "request R9", state="pending"),
    ]  # fmt: skip
    found = figures(events, NOW, NOW + timedelta(hours=1))
    assert {name: count for name, count in found.counts if count} == {
        "diagnoses": 1, "asked": 3, "allowed at once": 1, "approved": 2, "denied": 1, "expired": 1, "cancelled": 1,
        "done": 1, "not needed any more": 1, "failed": 1, "outcome unknown": 1, "helped": 1, "did not help": 1,
        "could not tell": 1, "escalated": 1, "refused": 2,
    }  # fmt: skip
    assert (found.decided, found.median, found.slowest) == (3, timedelta(minutes=4), timedelta(minutes=100))
    assert found.says == (
        "2026-11-30 to 2026-11-30: 3 asked, 2 approved, 1 denied, 1 expired, 1 helped, 1 did not help, "
        "1 not needed any more. "
        "Half of 3 decisions took up to 4 min, 95 % up to 1 h 40 min."
    )
    assert found.listing.table.rows[0] == ("diagnoses", "1")
    assert figures([], NOW, NOW).speed == "Nobody had to decide."


def test_percentiles() -> None:
    values = [timedelta(seconds=number) for number in range(1, 101)]
    assert percentile(values, 50) == timedelta(seconds=50)
    assert percentile(values, 95) == timedelta(seconds=95)
    assert percentile(values[:1], 95) == timedelta(seconds=1)


async def test_figures_of_the_trail(office: Office) -> None:
    await office.write("a", verb="request.asked", subject="request R1", detail={"state": "pending"})
    await office.write("a", verb="request.approved", subject="request R1", person=OLGA)
    await office.write("a", verb="request.previewed", subject="request R1")
    await office.write("a", "b", verb="action.finished", subject="request R1", detail={"result": {"needless": True}})
    await office.write("a", verb="action.finished", subject="request R1", detail={"result": {"says": "2 keys removed"}})
    found = await office.trail.count(office.watch() - timedelta(days=7), office.watch())
    counted = {name: count for name, count in found.counts if count}
    assert counted == {"asked": 1, "approved": 1, "done": 1, "not needed any more": 2}
    assert found.decided == 1


def _asked(**detail: Json) -> Recorded:
    whole = {"rule": "clear", "by": ["operator"], "approvals": 1, "deciders": ["olga@example.com", "tom@example.com"]}
    made = event("request.asked", detail={**whole, **detail}, policy="0123456789abcdef")
    return Recorded(number=7, hash="", event=made)


def test_who_could_have_decided() -> None:
    approved = event("request.approved", 2, person=OLGA, roles=("operator",))
    ada = event("request.denied", 3, person=ADA, roles=("super_admin",))
    rows = [_asked(), *(Recorded(number=8, hash="", event=one) for one in (approved, ada))]
    found = who_could(rows)
    assert found.says.startswith(
        "Sam asked at 2026-11-30 12:00:00 UTC, and needed one approval by operator (rule clear). "
        "Policy 0123456789ab. This rests on event 7: who was found to hold these roles when it was asked."
    )
    assert found.table.rows == (
        ("Olga (olga@example.com)", "approved as operator at 2026-11-30 12:02:00 UTC"),
        ("tom@example.com", "could decide, and did not"),
        ("Ada (ada@example.com)", "denied as super_admin at 2026-11-30 12:03:00 UTC"),
    )
    assert "needed nobody's approval" in who_could([_asked(approvals=0, by=[], deciders=[])]).says
    with pytest.raises(NotThere, match="no event of asking"):
        who_could(rows[1:])


async def test_policies_and_starts_are_on_record(office: Office) -> None:
    policy = PolicyFiles(Settings(_env_file=None).folder / "policies").current()
    settings = Settings(_env_file=None, slack_bot_token="xoxb-very-secret", database_url="postgresql://u:pw@h/d")
    for _ in range(2):
        await office.trail.note_start("r1", policy, settings, office.watch, "c4")
    await type(office.trail)(office.store).note_policy(policy, office.watch)
    rows = await office.trail.find()
    assert [row.event.verb for row in rows] == ["bot.started", "bot.started", "policy.in_force"]
    assert rows[2].event.detail["policy"]["approvals"]["look"] == list(policy.approvals.look)
    assert (rows[0].event.detail["catalog"], rows[0].event.policy) == ("c4", policy.digest)
    assert rows[0].event.detail["settings"]["http_host"] == "127.0.0.1"
    assert "very-secret" not in str(rows[0]) and "pw@" not in str(rows[0])


async def test_the_week_is_reported_once(office: Office) -> None:
    told: list[str] = []
    monday = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)

    async def post(found: Figures) -> None:
        await asyncio.sleep(0.05)
        told.append(f"{found.since:%d} {found.until:%d}")

    def clock() -> datetime:
        return monday + ahead

    ahead = timedelta(minutes=-1)
    assert await asyncio.gather(*(report(office.store, post, clock) for _ in range(3))) in (
        [True, False, False], [False, True, False], [False, False, True]
    )  # fmt: skip
    assert told == ["16 23"]
    ahead = timedelta(minutes=1)
    assert await report(office.store, post, clock)
    assert not await report(office.store, post, clock)
    assert told == ["16 23", "23 30"]
    found = await office.trail.find(verb="audit.reported")
    assert [row.event.subject for row in found] == ["week 2026-W48", "week 2026-W47"]


async def test_what_could_not_be_posted_is_posted_later(office: Office) -> None:
    told: list[str] = []
    done = asyncio.Event()

    async def post(found: Figures) -> None:
        if not told:
            told.append("failed")
            raise SlackFailed("Slack did not answer.")
        assert found.says.startswith("2026-11-23 to 2026-11-30")
        told.append("posted")

    async def sleep(_: float) -> None:
        if told[-1] == "posted":
            done.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(report_always(office.store, post, lambda: NOW, sleep=sleep))
    await asyncio.wait_for(done.wait(), 20)
    running.cancel()
    assert told == ["failed", "posted"]
    assert len(await office.trail.find(verb="audit.reported")) == 1


async def test_a_link_that_cannot_be_had_keeps_nothing_from_being_shown() -> None:
    async def link(subject: Subject) -> str:
        if subject.kind is SubjectKind.REQUEST:
            raise SlackFailed("Slack does not answer.")
        return f"https://slack/{subject.id}" if subject.id == "2" else ""

    subjects = ["request 1", "diagnosis 2", "diagnosis 3", "policy 4f", ""]
    assert await find_links(link, subjects) == {"diagnosis 2": "https://slack/2"}
