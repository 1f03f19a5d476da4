"""A table of attacks: each is refused, changes nothing, and is on record."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.errors import BackstopError, Refused, Stale
from bot.model.people import Person, Via
from bot.model.policy import Scope, Verdict
from bot.model.request import Item, Request, State
from tests.bot.approvals.engine import ADA, OLGA, OSCAR, RULE, SAM, STAFF, TOM, Engine, action, inputs_of, staff

SAM_AGAIN = SAM.model_copy(update={"id": "USAM2"})
SAM_PRIVATE = Person(id="USAM3", name="Sam", email="sam.private@example.com")
WITH_ALIAS = {
    "email": "sam@example.com", "aliases": ["Sam.Private@example.com"], "roles": [{"system": "s", "role": "operator"}],
}  # fmt: skip
DEPUTY = {"deputy": "oscar@example.com", "stands_for": "sam@example.com", "until": "2999-01-01"}
Step = Callable[[Engine, Request], Awaitable[object]]


def approving(who: Person) -> Step:
    """Somebody presses Approve."""

    async def attack(engine: Engine, request: Request) -> object:
        return await engine.voting.approve(who, request.id)

    return attack


def after(change: Callable[[Engine], object], then: Step) -> Step:
    """The same after something changed that the request does not know of."""

    async def attack(engine: Engine, request: Request) -> object:
        change(engine)
        return await then(engine, request)

    return attack


def people(*entries: dict[str, Any], **more: Any) -> Callable[[Engine], object]:
    """people.yml says something else now."""
    return lambda engine: engine.shared.files.change(people={"people": list(entries), **more})


def known(*some: Person) -> Callable[[Engine], object]:
    """These have accounts now."""
    return lambda engine: engine.shared.workspace.known.update({one.id: one for one in some})


def both(*changes: Callable[[Engine], object]) -> Callable[[Engine], object]:
    """One change after the other."""
    return lambda engine: [change(engine) for change in changes]


def rules(**ask: Any) -> Callable[[Engine], object]:
    """approvals.yml says something else now."""
    return lambda engine: engine.shared.files.change({**RULE, "ask": ask})


async def deny_by_nobody(engine: Engine, request: Request) -> object:
    return await engine.voting.deny(OSCAR, request.id, "I want it gone")


async def deny_with_too_much(engine: Engine, request: Request) -> object:
    return await engine.voting.deny(OLGA, request.id, "x" * 501)


async def approve_with_too_much(engine: Engine, request: Request) -> object:
    return await engine.voting.approve(OLGA, request.id, "x" * 501)


async def cancel_of_another(engine: Engine, request: Request) -> object:
    return await engine.voting.cancel(OLGA, request.id)


async def settle_what_is_not_unknown(engine: Engine, request: Request) -> object:
    return await engine.voting.settle(OLGA, request.id, State.PENDING, "as I say")


async def from_a_terminal(engine: Engine, request: Request) -> object:
    return await engine.voting.approve(OLGA.model_copy(update={"via": Via.TERMINAL}), request.id)


async def tampered_id(engine: Engine, request: Request) -> object:
    return await engine.voting.approve(OLGA, request.id + "' OR 1=1 --")


def gone(who: Person) -> Callable[[Engine], object]:
    """Their account was deactivated."""
    return lambda engine: engine.shared.workspace.gone.add(who.id)


def broken(engine: Engine) -> None:
    """Somebody saved half a file."""
    engine.shared.files.is_broken = True


NEW_ADDRESS = OLGA.model_copy(update={"email": ""})  # as the directory gives it until it is confirmed
ATTACKS: dict[str, tuple[Step, str]] = {
    "own request, with the role": (
        after(people(*staff(sam="super_admin", olga="operator")), approving(SAM)), "your own request"),
    "second account with the same address": (after(known(SAM_AGAIN), approving(SAM_AGAIN)), "your own request"),
    "second account with a listed alias": (
        after(both(known(SAM_PRIVATE), people(WITH_ALIAS, *STAFF)), approving(SAM_PRIVATE)), "your own request"),
    "deputy of the asker": (
        after(people({**STAFF[0], "roles": [{"system": "s", "role": "operator"}]}, *STAFF[1:], deputies=[DEPUTY]),
              approving(OSCAR)), "you hold operator"),
    "tampered id": (tampered_id, "belongs to no request"),
    "stranger": (approving(OSCAR), "you hold no role"),
    "approver of another tenant": (
        after(people(STAFF[0], *staff(olga="operator@t2")), approving(OLGA)), "you hold no role"),
    "deactivated approver": (after(gone(OLGA), approving(OLGA)), "deactivated"),
    "address that changed": (after(known(NEW_ADDRESS), approving(OLGA)), "you hold no role"),
    "role removed after asking": (after(people(*STAFF[1:]), approving(OLGA)), "Sam may not ask for this any more"),
    "asker deactivated": (after(gone(SAM), approving(OLGA)), "Sam may not ask for this any more"),
    "role removed before voting": (
        after(people(STAFF[0], *staff(olga="viewer")), approving(OLGA)), "you hold viewer"),
    "policy broken": (after(broken, approving(OLGA)), "policy files are broken"),
    "policy stricter meanwhile": (
        after(rules(viewer={"approvals": 1, "by": ["super_admin"]}), approving(OLGA)), "it takes super_admin"),
    "policy forbids it meanwhile": (after(rules(viewer="no"), approving(OLGA)), "may not ask for this any more"),
    "same team": (
        after(both(rules(viewer={"approvals": 1, "by": ["operator"], "another_team": True}),
                   people(*({**one, "team": "support"} for one in STAFF))), approving(OLGA)), "another team"),
    "team that nobody wrote down": (
        after(rules(viewer={"approvals": 1, "by": ["operator"], "another_team": True}), approving(OLGA)),
        "another team"),
    "from a terminal": (from_a_terminal, "use Slack"),
    "deny by nobody": (deny_by_nobody, "you hold no role"),
    "over-long reason": (deny_with_too_much, "at most 500"),
    "over-long comment": (approve_with_too_much, "at most 500"),
    "cancel of another's": (cancel_of_another, "Only Sam can cancel"),
    "settle as something else": (settle_what_is_not_unknown, "settled as done or as failed"),
}  # fmt: skip


async def refused(engine: Engine, request: Request, attempt: Awaitable[object], says: str) -> None:
    """It is refused with these words, changes nothing, and is on record by the side of its request."""
    before, applied = await engine.voting.get(request.id), list(engine.shared.world.applied)
    with pytest.raises((Refused, Stale), match=says) as caught:
        await attempt
    assert isinstance(caught.value, Refused | Stale) and caught.value.is_recorded
    last = (await engine.audit.of_request(request))[-1].event
    assert (last.verb, last.outcome, last.reason) == ("request.refused", "refused", caught.value.sentence)
    assert await engine.voting.get(request.id) == before
    assert engine.shared.world.applied == applied


@pytest.mark.parametrize("name", ATTACKS)
async def test_refused_and_recorded(engine: Engine, name: str) -> None:
    attack, says = ATTACKS[name]
    request = await engine.ask(SAM)
    with pytest.raises(Refused, match=says) as caught:
        await attack(engine, request)
    engine.shared.files.is_broken = False
    left = await engine.voting.get(request.id)
    assert left.state is State.PENDING and not left.votes
    # What is about a request stands by its side; what belongs to none is recorded by the door, which is told so.
    recorded = [row for row in await engine.audit.of_request(request) if row.event.verb == "request.refused"]
    assert caught.value.is_recorded is bool(recorded)
    assert recorded or caught.value.rule == "payload"
    for row in recorded:
        assert row.event.outcome == "refused"
        assert says in row.event.reason
    assert engine.shared.world.applied == []


async def test_role_removed_after_voting(engine: Engine) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    engine.shared.files.change(people={"people": [STAFF[0], *staff(olga="viewer", tom="operator")]})
    await engine.executing.execute(request.id)
    back = await engine.voting.get(request.id)
    assert back.state is State.PENDING
    assert back.state_reason == "0 of 1 approvals count with today's roles"
    assert back.approved_by == () and len(back.votes) == 1
    await engine.voting.approve(TOM, request.id)
    await engine.executing.execute(request.id)
    assert (await engine.voting.get(request.id)).state is State.DONE
    assert engine.shared.world.applied == [request.id]


async def test_approver_deactivated_after_voting(engine: Engine) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    engine.shared.workspace.gone.add(OLGA.id)
    await engine.executing.execute(request.id)
    assert (await engine.voting.get(request.id)).state is State.PENDING
    assert engine.shared.world.applied == []


async def test_asker_lost_the_right_after_the_vote(engine: Engine) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    engine.shared.workspace.gone.add(SAM.id)
    await engine.executing.execute(request.id)
    ended = await engine.voting.get(request.id)
    assert ended.state is State.DENIED and "Sam may not ask for this any more" in ended.state_reason
    assert engine.shared.world.applied == []


async def test_policy_broken_after_the_vote_waits_and_then_runs(engine: Engine) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    engine.shared.files.is_broken = True
    await engine.executing.execute(request.id)
    waiting = await engine.voting.get(request.id)
    assert waiting.state is State.APPROVED and "policy files are broken" in waiting.state_reason
    engine.shared.files.is_broken = False
    await engine.executing.execute(request.id)
    assert (await engine.voting.get(request.id)).state is State.DONE


async def test_one_human_with_two_accounts_is_one_approval(engine: Engine) -> None:
    twin = Person(id="UOLGA2", name="Olga", email="olga.private@example.com")
    known(twin)(engine)
    aliased = {**STAFF[1], "aliases": ["olga.private@example.com"]}
    people(STAFF[0], aliased, *STAFF[2:])(engine)
    request = await engine.ask(TOM)
    assert request.approvals == 2
    await engine.voting.approve(OLGA, request.id)
    await refused(engine, request, engine.voting.approve(twin, request.id), "approved it already")
    assert (await engine.voting.get(request.id)).state is State.PENDING


STANDS_IN = {"deputy": "oscar@example.com", "stands_for": "olga@example.com", "until": "2999-01-01"}


@pytest.mark.parametrize("order", [(OLGA, OSCAR), (OSCAR, OLGA)])
async def test_a_person_and_their_deputy_are_one_approval(engine: Engine, order: tuple[Person, Person]) -> None:
    request = await engine.ask(TOM)
    assert request.approvals == 2
    people(*STAFF, deputies=[STANDS_IN])(engine)
    first, second = order
    await engine.voting.approve(first, request.id)
    assert await engine.desk.waiting(second) == []
    await refused(engine, request, engine.voting.approve(second, request.id), r"in (whose|your) place")
    left = await engine.voting.get(request.id)
    assert left.state is State.PENDING and [vote.person.id for vote in left.approved_by] == [first.id]
    await engine.voting.approve(ADA, request.id)
    assert (await engine.voting.get(request.id)).state is State.APPROVED


async def test_a_person_and_their_deputy_at_once_are_one_approval(engine: Engine, second: Engine) -> None:
    people(*STAFF, deputies=[STANDS_IN])(engine)
    for number in range(5):
        request = await engine.ask(TOM, f"t{number}")
        both = await asyncio.gather(
            engine.voting.approve(OLGA, request.id), second.voting.approve(OSCAR, request.id), return_exceptions=True
        )
        assert sum(isinstance(one, Refused) for one in both) == 1
        assert len((await engine.voting.get(request.id)).approved_by) == 1


async def test_two_deputies_of_one_person_are_one_and_a_right_of_ones_own_is_another(engine: Engine) -> None:
    people(*STAFF, deputies=[STANDS_IN, {**STANDS_IN, "deputy": "ada@example.com"},
                             {**STANDS_IN, "deputy": "sam@example.com"}])(engine)  # fmt: skip
    request = await engine.ask(TOM)
    voted = await engine.voting.approve(OSCAR, request.id)
    assert voted.approved_by[0].stands_for == OLGA.email
    await refused(
        engine,
        request,
        engine.voting.approve(SAM, request.id),
        r"olga@example\.com, in whose place you would decide, has approved it already",
    )
    await refused(engine, request, engine.voting.approve(OLGA, request.id), "in your place has")
    approved = await engine.voting.approve(ADA, request.id)  # holds a role of her own
    assert approved.state is State.APPROVED and approved.approved_by[1].stands_for == ""


async def test_a_deputy_who_was_named_after_the_votes_makes_one_of_two(engine: Engine) -> None:
    people(*STAFF[:3], *staff(oscar="operator"))(engine)
    request = await engine.ask(TOM)
    await engine.voting.approve(OLGA, request.id)
    await engine.voting.approve(OSCAR, request.id)
    people(*STAFF, deputies=[STANDS_IN])(engine)
    await engine.executing.execute(request.id)
    back = await engine.voting.get(request.id)
    assert back.state is State.PENDING and back.state_reason == "1 of 2 approvals count with today's roles"
    assert engine.shared.world.applied == []


async def test_a_deputy_can_still_deny_what_was_approved_in_the_same_place(engine: Engine) -> None:
    people(*STAFF, deputies=[STANDS_IN])(engine)
    request = await engine.ask(TOM)
    await engine.voting.approve(OLGA, request.id)
    assert (await engine.voting.deny(OSCAR, request.id, "she did not know")).state is State.DENIED


async def test_a_replayed_press_counts_once(engine: Engine) -> None:
    request = await engine.ask(TOM)
    await engine.voting.approve(OLGA, request.id)
    await refused(engine, request, engine.voting.approve(OLGA, request.id), "already")
    assert len((await engine.voting.get(request.id)).approved_by) == 1


async def test_a_stale_card_is_harmless(engine: Engine) -> None:
    request = await engine.ask(SAM)
    await engine.voting.deny(OLGA, request.id, "not today")
    for attempt in (engine.voting.approve(TOM, request.id), engine.voting.deny(TOM, request.id, "me too")):
        await refused(engine, request, attempt, "denied by Olga")
    await engine.executing.execute(request.id)
    assert engine.shared.world.applied == []


async def test_a_tenants_super_admin_does_not_decide_for_everybody(engine: Engine) -> None:
    wide = action("everywhere", Scope.SYSTEM)
    engine.standing.registry.actions["everywhere"] = wide
    rule = {"id": "everywhere", "action": "everywhere", "scope": "system", "ask": {"operator": {
        "approvals": 1, "by": ["super_admin"]}}}  # fmt: skip
    engine.shared.files.change(RULE, rule, people={"people": staff(olga="operator", ada="super_admin@t1")})
    request = await engine.ask(OLGA, "", name="everywhere")
    await refused(engine, request, engine.voting.approve(ADA, request.id), "for the whole system")
    engine.shared.files.change(people={"people": staff(olga="operator", ada="super_admin")})
    await engine.voting.approve(ADA, request.id)


async def test_what_is_refused_before_there_is_a_request(engine: Engine) -> None:
    async def says(attempt: Awaitable[Request]) -> str:
        with pytest.raises(BackstopError) as caught:
            await attempt
        return caught.value.sentence

    assert "you hold no role" in await says(engine.ask(OSCAR))
    assert "use Slack" in await says(engine.ask(SAM.model_copy(update={"via": Via.TERMINAL})))
    assert "may not break the glass" in await says(engine.ask(SAM, break_glass=True))
    engine.shared.files.change({**RULE, "confirm_above": 1})
    assert "type t1 to confirm" in await says(engine.ask(SAM))
    assert "type t1 to confirm" in await says(engine.ask(SAM, confirm="t2"))
    assert (await engine.ask(SAM, confirm=" T1 ")).state is State.PENDING
    assert engine.shared.world.applied == []


async def test_markup_in_a_reason_is_kept_as_it_was_typed_and_secrets_are_not(engine: Engine) -> None:
    request = await engine.ask(SAM)
    reason = "no <!channel> <@UADA> <https://evil.example|click> \x00 AKIAIOSFODNN7EXAMPLE"
    denied = await engine.voting.deny(OLGA, request.id, reason)
    stored = (await engine.voting.get(denied.id)).state_reason
    assert stored.startswith("no <!channel> <@UADA>")  # the card escapes it; the trail says what was typed
    assert "AKIAIOSFODNN7EXAMPLE" not in stored and "\x00" not in stored


async def test_nobody_decides_in_their_own_favour_or_gives_more_than_they_may(engine: Engine) -> None:
    engine.standing.registry.actions["touch"] = action(benefits="user", grants="grants")

    async def ask(favoured: Person, role: str) -> Request:
        inputs = inputs_of("t1", user=favoured.email)
        wanted = engine.asking.want("touch", {"grants": role}, "s", inputs)
        return (await engine.asking.file(await engine.asking.prepare(SAM, wanted), "because"))[0]

    request = await ask(OLGA, "viewer")
    await refused(engine, request, engine.voting.approve(OLGA, request.id), "about your own rights")
    engine.shared.files.change(people={"people": STAFF, "deputies": [
        {"deputy": "oscar@example.com", "stands_for": "olga@example.com", "until": "2999-01-01"}]})  # fmt: skip
    await refused(engine, request, engine.voting.approve(OSCAR, request.id), "you hold operator")
    await engine.voting.deny(TOM, request.id, "no")
    request = await ask(OSCAR, "super_admin")
    await refused(engine, request, engine.voting.approve(TOM, request.id), "may not give or take the role super_admin")
    await engine.voting.approve(ADA, request.id)


async def test_nobody_takes_a_role_away_that_they_could_not_give(engine: Engine) -> None:
    engine.standing.registry.actions["touch"] = action(benefits="user", grants="grants")
    engine.shared.world.items = (Item(name="oscar", before="super_admin", after="viewer"),)
    wanted = engine.asking.want("touch", {"grants": "viewer"}, "s", inputs_of("t1", user=OSCAR.email))
    request, _ = await engine.asking.file(await engine.asking.prepare(SAM, wanted), "because")
    await refused(
        engine, request, engine.voting.approve(TOM, request.id), "may not give or take the role super_admin and viewer"
    )
    await engine.voting.approve(ADA, request.id)
    # Who runs it at once elsewhere has to ask here as well.
    rules(operator="allow", super_admin="allow")(engine)
    engine.shared.world.items = (Item(name="sam", before="super_admin", after="none"),)
    wanted = engine.asking.want("touch", {"grants": "viewer"}, "s", inputs_of("t2", user=SAM.email))
    asked = await engine.asking.prepare(TOM, wanted)
    assert asked.decision.verdict is Verdict.APPROVALS
    assert "may not give or take the role super_admin alone" in asked.decision.reason


async def test_who_may_run_it_at_once_asks_when_it_is_about_themselves(engine: Engine) -> None:
    engine.standing.registry.actions["touch"] = action(benefits="user", grants="grants")
    wanted = engine.asking.want("touch", {"grants": "viewer"}, "s", inputs_of("t1", user=ADA.email))
    request, _ = await engine.asking.file(await engine.asking.prepare(ADA, wanted), "because")
    assert request.state is State.PENDING
    await refused(engine, request, engine.voting.approve(ADA, request.id), "your own request")
