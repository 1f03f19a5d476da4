"""Conditions, limits, reminders, the ladder, deputies, changed votes, break-glass and undo, on the engine."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.approvals.record import card as subject_of
from bot.errors import ActionFailed, InputError, Refused, Stale
from bot.model.policy import Hours
from bot.model.request import Choice, State
from bot.slack.cards.request import draw_notice, draw_request
from bot.store.drawings import Drawings
from tests.bot.approvals.engine import ADA, OLGA, OSCAR, RULE, SAM, STAFF, TOM, Engine, Shared, person, staff


async def drawn_for(engine: Engine, part: str) -> set[str]:
    """Whom this part of a request's card is drawn for."""
    async with engine.store.work() as work:
        found = await work.execute(text("SELECT person FROM drawings WHERE part = :part AND person <> ''"),
                                   {"part": part})  # fmt: skip
        return set(found.scalars())


async def deferred(engine: Engine, task: str) -> dict[str, str] | None:
    """What a task that waits is called with, which is thereby taken; none where none waits."""
    async with engine.store.work() as work:
        found = await work.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = :task AND status = 'todo' "
                 "AND scheduled_at > now() RETURNING args"), {"task": task},
        )  # fmt: skip
        return found.scalar_one_or_none()


@pytest.mark.parametrize(
    ("when", "holds"),
    [("2026-11-24 07:59", False), ("2026-11-24 08:00", True), ("2026-11-24 17:00", False), ("2026-11-28 12:00", False)],
)
def test_hours(when: str, holds: bool) -> None:
    weekdays = ["mon", "tue", "wed", "thu", "fri"]
    work = {"begin": "09:00", "end": "18:00", "days": weekdays, "zone": "Europe/Berlin"}
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert Hours.model_validate(work).hold(now) is holds
    assert Hours.model_validate({**work, "outside": True}).hold(now) is not holds


def test_a_night_belongs_to_the_day_before() -> None:
    night = Hours.model_validate({"begin": "22:00", "end": "06:00", "days": ["fri"]})
    assert night.hold(datetime(2026, 11, 28, 5, tzinfo=UTC))  # Saturday morning
    assert not night.hold(datetime(2026, 11, 27, 5, tzinfo=UTC))


async def test_what_is_repeated_needs_somebody_else(engine: Engine, shared: Shared) -> None:
    again = {"id": "again", "action": "touch", "repeated": {"times": 2, "within": "1h"},
             "ask": {"super_admin": {"approvals": 1, "by": ["operator"]}}}  # fmt: skip
    shared.files.change(RULE, again)
    for _ in range(2):
        request = await engine.ask(ADA)
        assert request.state is State.APPROVED
        await engine.executing.execute(request.id)
    third = await engine.ask(ADA)
    assert (third.state, third.rule, third.by) == (State.PENDING, "again", ("operator",))
    shared.ahead = timedelta(hours=2)
    await engine.voting.cancel(ADA, third.id)
    assert (await engine.ask(ADA)).state is State.APPROVED


async def test_rules_that_no_role_can_keep_together_forbid(engine: Engine, shared: Shared) -> None:
    other = {"id": "other", "action": "touch", "ask": {"viewer": {"approvals": 1, "by": ["viewer"]}}}
    shared.files.change(RULE, other)
    with pytest.raises(Refused, match="no role may decide by all of the rules"):
        await engine.ask(SAM)


async def test_it_stops_after_failures_until_it_succeeds(engine: Engine, shared: Shared) -> None:
    shared.files.change(RULE, limits=[{"failures": 2, "within": "1h"}])
    shared.world.fails = ActionFailed("It failed.")
    for _ in range(2):
        request = await engine.ask(ADA)
        await engine.executing.execute(request.id)
        assert (await engine.voting.get(request.id)).state is State.FAILED
    with pytest.raises(Refused, match="it failed 2 times"):
        await engine.ask(ADA)
    assert (await engine.ask(ADA, "t2")).state is State.APPROVED
    shared.ahead = timedelta(hours=2)
    assert (await engine.ask(ADA)).state is State.APPROVED


async def test_somebody_without_a_role_looks_only_where_the_policy_says_so(engine: Engine, shared: Shared) -> None:
    assert not await engine.standing.may_see(OSCAR, "s", "t1")
    shared.files.change(RULE, look_without_role=["s"])
    assert await engine.standing.may_see(OSCAR, "s", "t1")
    with pytest.raises(Refused, match="may not ask for this"):
        await engine.ask(OSCAR)


async def test_told_at_once_reminded_with_longer_pauses_then_the_ladder(engine: Engine, shared: Shared) -> None:
    shared.files.change({**RULE, "remind": ["5m", "15m"], "ladder": ["super_admin"], "expires": "2h"})
    request = await engine.ask(SAM)
    assert await drawn_for(engine, "card") == {OLGA.id, TOM.id}
    for minutes, parts in ((4, 0), (6, 1), (14, 1), (16, 2), (24, 2), (26, 3), (90, 3)):
        shared.ahead = timedelta(minutes=minutes)
        await engine.sweeping.sweep()
        await engine.reminding.remind_all()
        assert (await engine.verbs(request)).count("request.reminded") == parts, minutes
    assert await drawn_for(engine, "reminder 1") == {OLGA.id, TOM.id}
    assert await drawn_for(engine, "reminder 3") == {ADA.id}
    shared.ahead = timedelta(minutes=121)
    await engine.sweeping.sweep()
    assert (await engine.voting.get(request.id)).state is State.EXPIRED
    assert SAM.id in await drawn_for(engine, "card")  # the asker learns of it directly


async def test_a_deputy_decides_until_a_date(engine: Engine, shared: Shared) -> None:
    request = await engine.ask(SAM)
    today = shared.clock().date()
    for until, may in ((today - timedelta(days=1), False), (today, True)):
        entry = {"deputy": "oscar@example.com", "stands_for": "olga@example.com", "until": until.isoformat()}
        shared.files.change(people={"people": STAFF, "deputies": [entry]})
        _, decision = await engine.standing.voting(OSCAR, request)
        assert (decision.verdict.value == "allow") is may
    assert OSCAR.email in (await engine.standing.people(request, request.by)).emails
    assert engine.desk.deputies(OLGA) == [f"oscar@example.com decides in your place until {today}."]
    assert [one.id for one in await engine.desk.waiting(OSCAR)] == [request.id]
    await engine.voting.approve(OSCAR, request.id)


async def test_a_vote_can_be_changed_while_it_is_pending(engine: Engine) -> None:
    request = await engine.ask(TOM)
    await engine.voting.approve(OLGA, request.id)
    await engine.voting.withdraw(OLGA, request.id)
    with pytest.raises(Stale, match="no approval of yours"):
        await engine.voting.withdraw(OLGA, request.id)
    await engine.voting.approve(ADA, request.id)
    pending = await engine.voting.get(request.id)
    assert pending.state is State.PENDING and [vote.person.id for vote in pending.approved_by] == [ADA.id]
    denied = await engine.voting.deny(ADA, request.id, "on second thoughts")
    assert denied.state is State.DENIED
    assert [vote.choice for vote in denied.votes] == [Choice.WITHDRAWN, Choice.DENY]


async def test_a_comment_is_asked_for(engine: Engine, shared: Shared) -> None:
    shared.files.change({**RULE, "ask": {"viewer": {"approvals": 1, "by": ["operator"], "comment": True}}})
    request = await engine.ask(SAM)
    with pytest.raises(InputError, match="Say why you approve"):
        await engine.voting.approve(OLGA, request.id)
    approved = await engine.voting.approve(OLGA, request.id, "seen on the graph")
    assert approved.votes[0].reason == "seen on the graph"


async def test_break_glass_runs_at_once_and_is_reviewed_by_somebody_else(engine: Engine, shared: Shared) -> None:
    request = await engine.ask(OLGA, break_glass=True)
    assert request.state is State.APPROVED and request.is_break_glass
    assert await drawn_for(engine, "card") == {TOM.id, ADA.id}  # everybody who could have approved
    await engine.executing.execute(request.id)
    assert shared.world.applied == [request.id]
    assert [one.id for one in await engine.desk.reviews(TOM)] == [request.id]
    with pytest.raises(Refused, match="your own request"):
        await engine.voting.sign_off(OLGA, request.id, "all fine")
    with pytest.raises(Refused, match="it takes"):
        await engine.voting.sign_off(SAM, request.id, "all fine")
    for hours, told in ((23, 0), (25, 1), (25.5, 1), (26.5, 2)):
        shared.ahead = timedelta(hours=hours)
        await engine.reminding.remind_all()
        assert (await engine.verbs(request)).count("request.reminded") == told
    signed = await engine.voting.sign_off(TOM, request.id, "it was needed")
    assert signed.review is not None and signed.review.signed_by == TOM
    shared.ahead = timedelta(days=30)
    await engine.reminding.remind_all()
    assert (await engine.verbs(request)).count("request.reminded") == 2
    assert await engine.desk.reviews(TOM) == []
    with pytest.raises(Stale, match="no review due"):
        await engine.voting.sign_off(ADA, request.id, "me too")


async def test_everybody_who_could_have_approved_is_told_page_by_page(engine: Engine, shared: Shared) -> None:
    many = [person(f"operator{number:02}") for number in range(45)]
    shared.workspace.known |= {one.id: one for one in many}
    people = [*STAFF, *staff(**dict.fromkeys((one.name.lower() for one in many), "operator"))]
    shared.files.change(people={"people": people})
    request = await engine.ask(OLGA, break_glass=True)
    told: list[str] = []
    for sizes in ([20], [20, 20], [20, 20, 7]):  # with Tom and Ada
        request = await engine.voting.get(request.id)
        assert [len(ids) for ids in request.mentions.values()] == sizes
        told = [id for ids in request.mentions.values() for id in ids]
        if (waiting := await deferred(engine, "requests.tell")) is not None:
            await engine.reminding.tell_more(**waiting)
    assert sorted(told) == sorted({TOM.id, ADA.id, *(one.id for one in many)})
    assert await deferred(engine, "requests.tell") is None
    assert (await engine.verbs(request)).count("request.told") == 2
    last = draw_notice(request, "notice more 2").text
    assert "ran by break-glass; see above" in last and f"<@{TOM.id}>" in last


async def test_break_glass_takes_a_role_for_the_whole_system(engine: Engine, shared: Shared) -> None:
    shared.files.change(people={"people": staff(olga="operator@t1", tom="operator")})
    with pytest.raises(Refused, match="may not break the glass"):
        await engine.ask(OLGA, break_glass=True)


async def test_until_an_unknown_outcome_is_settled_only_looking_is_allowed(engine: Engine, shared: Shared) -> None:
    shared.world.fails = RuntimeError("odd")
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    await engine.executing.execute(request.id)
    assert (await engine.voting.get(request.id)).state is State.UNKNOWN
    with pytest.raises(Refused, match="until somebody has settled it on its card only looking is allowed"):
        await engine.ask(ADA)
    with pytest.raises(Refused, match="your own request"):
        await engine.voting.settle(SAM, request.id, State.DONE, "I saw it")
    assert [one.id for one in await engine.desk.to_settle(OLGA)] == [request.id]
    settled = await engine.voting.settle(OLGA, request.id, State.FAILED, "nothing is gone")
    assert settled.state_reason == "Olga: nothing is gone"
    shared.world.fails = None
    assert (await engine.ask(ADA)).state is State.APPROVED


async def test_what_was_allowed_at_once_is_settled_by_another(engine: Engine, shared: Shared) -> None:
    shared.world.fails = RuntimeError("odd")
    request = await engine.ask(ADA)
    await engine.executing.execute(request.id)
    with pytest.raises(Refused, match="your own request"):
        await engine.voting.settle(ADA, request.id, State.DONE, "I saw it")
    with pytest.raises(Refused, match="it takes super_admin"):
        await engine.voting.settle(OLGA, request.id, State.DONE, "I saw it")


async def test_undo_is_offered_for_a_time(engine: Engine, shared: Shared) -> None:
    shared.files.change({**RULE, "undo_for": "1h"})
    request = await engine.ask(ADA)
    await engine.executing.execute(request.id)
    done = await engine.voting.get(request.id)
    assert engine.asking.want_undone(done).undo_of == request.id
    shared.ahead = timedelta(minutes=61)
    with pytest.raises(Stale, match="The time in which this could be undone is over"):
        engine.asking.want_undone(done)


async def test_the_card_is_drawn_again_when_the_time_to_undo_is_over(engine: Engine, shared: Shared) -> None:
    shared.files.change({**RULE, "undo_for": "1h"})
    request = await engine.ask(SAM)
    await engine.voting.approve(TOM, request.id)
    await engine.executing.execute(request.id)
    drawings, card = Drawings(engine.store, shared.clock, engine.presence), subject_of(request.id)
    before = [one.wanted for one in await drawings.of(card)]
    done = await engine.standing.as_drawn(await engine.voting.get(request.id))
    assert "Undo…" in str(draw_request(done).blocks)
    shared.ahead = timedelta(minutes=61)
    await engine.voting.end_undo(**(await deferred(engine, "requests.end_undo") or {}))
    assert [one.wanted for one in await drawings.of(card)] == [wanted + 1 for wanted in before]
    over = await engine.standing.as_drawn(await engine.voting.get(request.id))
    assert "ndo" not in str(draw_request(over).blocks)


async def test_what_was_approved_and_not_begun_in_time_expires(engine: Engine, shared: Shared) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    shared.ahead = timedelta(minutes=31)
    await engine.sweeping.sweep()
    ended = await engine.voting.get(request.id)
    assert ended.state is State.EXPIRED and "could not be begun in time" in ended.state_reason
    assert shared.world.applied == []
