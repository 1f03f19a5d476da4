"""Deciding on a request, and what else can be done to one."""

from bot.app import Bot
from bot.errors import Refused
from bot.model.facts import Sentence, Trail, Why
from bot.model.policy import Verdict
from bot.model.request import Request, State
from bot.model.talk import Answers, Ask, Call, Form, Subject, SubjectKind, Tell, TextField
from bot.registry import button, form


@button("approve")
async def approve(bot: Bot, call: Call) -> Answers:
    """Approves a request; the last approval that was needed runs it."""
    await _belongs(bot, call)
    request = await bot.voting.get(call.subject)
    if request.comment:
        comment = TextField(name="comment", label="Why do you approve?", multiline=True, hint="The policy asks for it.")
        return Ask(form=Form(name="approve", title="Approve", submit="Approve", memo=call.subject, fields=(comment,)))
    await bot.voting.approve(call.person, call.subject)
    return None


@form("approve")
async def approved(bot: Bot, call: Call) -> Answers:
    """Approves a request, with a comment."""
    request = await bot.voting.approve(call.person, call.subject, call.values.get("comment", ""))
    return Tell(fact=Sentence(text=f"Approved: {request.label} is {request.state.value}.", tone="good"))


@button("withdraw")
async def withdraw(bot: Bot, call: Call) -> Answers:
    """Takes your approval back while others are still to decide."""
    await _belongs(bot, call)
    await bot.voting.withdraw(call.person, call.subject)
    return Tell(fact=Sentence(text="Your approval does not count any more. You can approve again, or deny."))


@button("deny", opens_form="Deny")
async def deny(bot: Bot, call: Call) -> Answers:
    """Asks why, then denies the request for good."""
    await _belongs(bot, call)
    request = await bot.voting.get(call.subject)
    await _may_decide(bot, call, request)
    reason = TextField(name="reason", label=f"Why not? {request.asker.name} is told", multiline=True)
    return Ask(form=Form(name="deny", title="Deny", submit="Deny", memo=call.subject, fields=(reason,)))


@form("deny")
async def denied(bot: Bot, call: Call) -> Answers:
    """Denies the request."""
    request = await bot.voting.deny(call.person, call.subject, call.values.get("reason", ""))
    return Tell(fact=Sentence(text=f"Denied. {request.asker.name} sees your reason on the card.", tone="good"))


@button("refresh")
async def refresh(bot: Bot, call: Call) -> Answers:
    """Computes the preview again, so that the card says what would change now."""
    await _belongs(bot, call)
    request = await bot.voting.refresh(call.person, call.subject)
    return Tell(fact=Sentence(text=f"Looked again: {request.preview.says}.", tone="good"))


@button("cancel")
async def cancel(bot: Bot, call: Call) -> Answers:
    """Takes a request back; only the person who asked can."""
    await _belongs(bot, call)
    await bot.voting.cancel(call.person, call.subject)
    return None


@button("why")
async def why(bot: Bot, call: Call) -> Answers:
    """Says whether you may decide on a request, and which rule says so."""
    request = await bot.voting.get(call.subject)
    actor, decision = await bot.standing.voting(call.person, request)
    others = await bot.standing.people(request, request.by)
    sources = tuple(f"{held.role} from {held.source}" for held in actor.held)
    return Tell(
        fact=Why(
            title=f"{request.label} asked by {request.asker.name}",
            decision=decision,
            roles=tuple(sorted(actor.roles)),
            sources=sources,
            doubts=tuple(dict.fromkeys((*actor.doubts, *([others.doubt] if others.doubt else [])))),
            deciders=await bot.standing.names(others.emails),
        )
    )


@button("trail")
async def trail(bot: Bot, call: Call) -> Answers:
    """Shows the audit trail of a request, from asking to verification."""
    request = await bot.voting.get(call.subject)
    await bot.standing.actor(call.person, request.system, request.inputs)
    rows = await bot.audit.of_request(request)
    title = f"{request.label} · {request.system_title} · {request.tenant}"
    links = await bot.links(row.event.subject for row in rows)
    return Tell(fact=Trail(title=title, rows=tuple(reversed(rows)), links=links))


@button("settle_done", opens_form="It was done")
async def settle_done(bot: Bot, call: Call) -> Answers:
    """Asks how you know that a request with unknown outcome was done."""
    return await _settle(bot, call, State.DONE, "It was done")


@button("settle_failed", opens_form="It was not done")
async def settle_failed(bot: Bot, call: Call) -> Answers:
    """Asks how you know that a request with unknown outcome failed."""
    return await _settle(bot, call, State.FAILED, "It was not done")


@form("settle")
async def settled(bot: Bot, call: Call) -> Answers:
    """Settles a request whose outcome was unknown."""
    id, _, state = call.subject.rpartition(".")
    if state not in {State.DONE.value, State.FAILED.value}:
        raise Refused("This form was changed on its way; nothing was done.", "payload")
    request = await bot.voting.settle(call.person, id, State(state), call.values.get("reason", ""))
    return Tell(fact=Sentence(text=f"Settled: {request.label} is {request.state.value}.", tone="good"))


@button("sign_off", opens_form="Sign off")
async def sign_off(bot: Bot, call: Call) -> Answers:
    """Asks what you saw, then ends the review of what ran by break-glass."""
    await _belongs(bot, call)
    reason = TextField(name="reason", label="What did you see?", multiline=True, hint="Stands in the audit trail.")
    return Ask(form=Form(name="sign_off", title="Sign off", submit="Sign off", memo=call.subject, fields=(reason,)))


@form("sign_off")
async def signed_off(bot: Bot, call: Call) -> Answers:
    """Signs off what ran by break-glass."""
    request = await bot.voting.sign_off(call.person, call.subject, call.values.get("reason", ""))
    return Tell(fact=Sentence(text=f"Signed off. {request.asker.name} sees it on the card.", tone="good"))


async def _belongs(bot: Bot, call: Call) -> None:
    """Refuses a button whose value is not the request that the pressed message shows."""
    if not call.message:
        return
    drawing = await bot.drawings.at(call.place.channel, call.message)
    card = Subject(kind=SubjectKind.REQUEST, id=call.subject)
    if drawing is not None and drawing.subject != card:
        raise Refused("This button belongs to another request than its message shows; nothing was done.", "payload")


async def _may_decide(bot: Bot, call: Call, request: Request) -> None:
    """Whoever may not decide is told before they fill in a form. Raises Refused."""
    _, decision = await bot.standing.voting(call.person, request, approves=False)
    if decision.verdict is Verdict.NO:
        raise await bot.standing.refusal(call.person, request, decision)


async def _settle(bot: Bot, call: Call, state: State, title: str) -> Ask:
    await _belongs(bot, call)
    await bot.voting.check_settling(call.person, call.subject)
    reason = TextField(name="reason", label="How do you know?", multiline=True, hint="Stands in the audit trail.")
    memo = f"{call.subject}.{state.value}"
    return Ask(form=Form(name="settle", title=title, submit="Settle", memo=memo, fields=(reason,)))
