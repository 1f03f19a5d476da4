"""What is written about requests: the events of the trail, and the refusals of those who tried."""

from bot.errors import Refused, Stale, Unrecordable
from bot.model.audit import Event
from bot.model.people import Actor, Person
from bot.model.request import Preview, Request
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json
from bot.store import Store


def card(id: str) -> Subject:
    """The subject that every drawing of a request shows."""
    return Subject(kind=SubjectKind.REQUEST, id=id)


def event(
    verb: str, request: Request, actor: Actor, clock: Clock, *, says: str, reason: str = "", outcome: str = "ok",
    policy: str = "", preview: Preview | None = None, **detail: Json,
) -> Event:  # fmt: skip
    """An audit event about a request, which names the state that it is in now."""
    shown = {"preview": preview.model_dump(mode="json", include={"says", "items"})} if preview else {}
    return Event(
        verb=verb, person=actor.person, at=clock(), outcome=outcome, roles=tuple(sorted(actor.roles)),
        system=request.system, tenant=request.tenant, subject=f"request {request.id}", says=says, reason=reason,
        policy=policy,
        detail={
            "state": request.state.value, "action": request.action, "params": dict(request.params),
            "inputs": {name: one.shown for name, one in request.inputs.given.items()}, "rule": request.rule,
            "diagnosis": request.diagnosis, **shown, **detail,
        },
    )  # fmt: skip


async def note_refusal(
    store: Store, request: Request, person: Person, tried: str, error: Refused | Stale, clock: Clock, policy: str
) -> None:
    """Puts on record, by the side of the request, that somebody was refused what they tried with it."""
    actor = Actor(person=person, system=request.system, tenant=request.tenant)
    says = f"{request.label}: {tried} was refused"
    refusal = event(
        "request.refused", request, actor, clock, says=says, reason=error.sentence, outcome="refused", policy=policy,
        tried=tried, refused_by=error.rule,
    )  # fmt: skip
    # The request was read without a lock, so this event says nothing about its state.
    refusal = refusal.model_copy(update={"detail": {k: v for k, v in refusal.detail.items() if k != "state"}})
    try:
        async with store.work() as work:
            work.record(refusal)
    except Unrecordable:
        return  # the refusal stands all the same, and the door tries to record it once more
    error.is_recorded = True
