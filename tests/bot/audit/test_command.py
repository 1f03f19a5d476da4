"""`/audit` as people say it: who sees what, pages, files, figures, and who could have decided."""

from datetime import timedelta

import pytest

from bot.errors import BackstopError, InputError, Refused, UnknownName
from bot.model.facts import Listing, Trail
from bot.model.people import Person
from bot.model.talk import Call, Kind, Place, Tell
from bot.wiring import Built
from handlers.audit import audit, audit_page
from sandbox.aiops import AiOps
from tests.bot.audit.conftest import Office
from tests.bot.test_path import ADA, OLGA, OSCAR, SAM, TOM, asked, diagnosed


async def say(built: Built, person: Person, text: str) -> Trail | Listing:
    """What somebody is told."""
    call = Call(person=person, kind=Kind.COMMAND, place=Place(channel="C1"), delivery="d", text=text)
    return _fact(await audit(built.bot, call))


async def older(built: Built, person: Person, trail: Trail) -> Trail:
    """The next page, by its button."""
    call = Call(person=person, kind=Kind.PRESS, place=Place(channel="C1"), delivery="d", subject=trail.cursor)
    found = _fact(await audit_page(built.bot, call))
    assert isinstance(found, Trail)
    return found


def _fact(answer: object) -> Trail | Listing:
    assert isinstance(answer, Tell)
    assert isinstance(answer.fact, (Trail, Listing))
    return answer.fact


async def test_an_auditor_sees_all_in_pages(built: Built, office: Office) -> None:
    await office.write(*(f"t{number % 3}" for number in range(40)))
    first = await say(built, ADA, "since=1d")
    assert isinstance(first, Trail)
    second = await older(built, ADA, first)
    third = await older(built, ADA, second)
    numbers = [row.number for page in (first, second, third) for row in page.rows]
    assert numbers == list(range(40, 0, -1))
    assert (first.more, first.cursor.startswith("since=20"), third.more, third.cursor) == (26, True, None, "")
    begin = f"{office.watch() - timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    assert first.title == second.title == f"Audit trail, newest first · since {begin}"
    one = await say(built, ADA, "tenant=t1 person=sam@example.com outcome=ok")
    assert isinstance(one, Trail)
    assert {row.event.tenant for row in one.rows} == {"t1"}
    assert one.title == "Audit trail, newest first · tenant=t1 person=sam@example.com outcome=ok"


async def test_others_see_what_they_may_look_at(built: Built, office: Office) -> None:
    await office.write("tenant-abc", person=OLGA)
    await office.write(*["elsewhere"] * 1200, person=OLGA)
    await office.write("elsewhere", person=TOM)
    for person, expected in ((OSCAR, []), (TOM, [1202, 1])):
        found = await say(built, person, "")
        assert isinstance(found, Trail)
        assert [row.number for row in found.rows] == expected


async def test_somebody_who_left_is_found_by_the_address_of_that_time(built: Built, office: Office) -> None:
    gone = Person(id="U0GONE", name="Gone", email="gone@example.com")
    await office.write("a", "b", person=gone)
    for said in ("gone@example.com", "Gone@Example.com", "U0GONE"):
        found = await say(built, ADA, f"person={said}")
        assert isinstance(found, Trail)
        assert [row.number for row in found.rows] == [2, 1]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
async def test_the_whole_as_a_file(built: Built, office: Office, format: str) -> None:
    await office.write(*["a"] * 20, *["b"] * 3)
    found = await say(built, ADA, f"tenant=a format={format}")
    assert isinstance(found, Trail)
    assert found.file is not None
    name, text = found.file
    assert (name, len(text.splitlines()), len(found.rows)) == (f"audit.{format}", 21 if format == "csv" else 20, 15)
    (taken,) = await built.bot.audit.find(verb="audit.exported")
    assert (taken.event.person.id, taken.event.detail["events"]) == (ADA.id, 20)


async def test_a_request_from_diagnosis_to_decision_and_who_could_decide(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    await built.bot.voting.approve(OLGA, request.id)
    found = await say(built, SAM, f"request={request.id}")
    assert isinstance(found, Trail)
    assert [row.event.verb for row in found.rows] == [
        "request.approved", "request.asked", "diagnosis.finished", "diagnosis.started",
    ]  # fmt: skip
    could = await say(built, ADA, f"who request={request.id}")
    assert isinstance(could, Listing)
    assert "needed one approval by operator or tenant_admin or super_admin" in could.says
    people = {row[0]: row[1] for row in could.table.rows}
    assert people[f"{OLGA.name} (olga@example.com)"].startswith("approved as operator at ")
    assert people["tom@example.com"] == "could decide, and did not"
    with pytest.raises(Refused):
        await say(built, OSCAR, f"who request={request.id}")
    seen_by_nobody = await say(built, OSCAR, f"request={request.id}")
    assert isinstance(seen_by_nobody, Trail)
    assert seen_by_nobody.rows == ()
    figures = await say(built, ADA, "digest since=1h")
    assert isinstance(figures, Listing)
    assert "1 asked, 1 approved" in figures.says
    with pytest.raises(Refused, match="only auditors"):
        await say(built, OLGA, "digest")


NONSENSE: tuple[tuple[str, type[BackstopError], str], ...] = (
    ("tennant=x", UnknownName, "tenant=…"),
    ("everything", UnknownName, "tenant=…"),
    ("who", InputError, "Say which request"),
    ("who request=1 tenant=x", InputError, "Say which request"),
    ("request=nothing", UnknownName, "not a request"),
    ("since=sometime", InputError, "is not a time"),
    ("before=x", InputError, "number of an event"),
    ("before=99999999999999999999", InputError, "number of an event"),
    ("format=pdf", UnknownName, "csv or jsonl"),
    ("digest tenant=x", UnknownName, "since=… or until=…"),
    ("outcome=fine", UnknownName, "refused"),
)


async def test_nonsense_gets_one_sentence(built: Built) -> None:
    for text, error, says in NONSENSE:
        with pytest.raises(error, match=says):
            await say(built, ADA, text)
