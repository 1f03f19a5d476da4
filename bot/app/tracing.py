"""From what is drawn to the trail and back: the number of its event, and the addresses of the messages that belong."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot.errors import BackstopError
from bot.escalation.record import tried
from bot.model.audit import Trace
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation
from bot.model.request import Request
from bot.model.talk import Subject, SubjectKind
from bot.store import Store, requests, trail

log = structlog.get_logger()

Link = Callable[[Subject], Awaitable[str]]


async def trace_diagnosis(store: Store, diagnosis: Diagnosis) -> Diagnosis:
    """A diagnosis with its place in the trail."""
    async with store.work() as work:
        number = await trail.newest(work, f"diagnosis {diagnosis.id}")
    return diagnosis.model_copy(update={"trace": Trace(event=number)})


async def trace_request(store: Store, link: Link, request: Request) -> Request:
    """A request with its place in the trail, and where the diagnosis is that it came from."""
    async with store.work() as work:
        number = await trail.newest(work, f"request {request.id}")
    wanted = [("its diagnosis", _diagnosis(request.diagnosis))] if request.diagnosis else []
    return request.model_copy(update={"trace": Trace(event=number, links=await _linked(link, wanted))})


async def trace_escalation(store: Store, link: Link, escalation: Escalation) -> Escalation:
    """An escalation with its place in the trail, and what was tried until now; where all of that is shown."""
    async with store.work() as work:
        number = await trail.newest(work, f"escalation {escalation.id}")
        asked = [
            one
            for diagnosis in (escalation.diagnosis, *escalation.joined)
            for one in await requests.of_diagnosis(work, diagnosis)
        ]
    wanted = [
        ("the thread", Subject(kind=SubjectKind.ESCALATION, id=escalation.id)),
        ("its diagnosis", _diagnosis(escalation.diagnosis)),
        *((f"{one.label}: {one.state.value}", Subject(kind=SubjectKind.REQUEST, id=one.id)) for one in asked),
    ]
    trace = Trace(event=number, links=await _linked(link, wanted))
    return escalation.model_copy(update={"trace": trace, "tried": tuple(tried(one) for one in asked)})


async def find_links(link: Link, subjects: Iterable[str]) -> dict[str, str]:
    """The addresses by subject, for those subjects of events that are shown somewhere."""
    kinds = {one.value for one in SubjectKind}
    parts = {one: one.partition(" ") for one in dict.fromkeys(subjects)}
    wanted = [
        (subject, Subject(kind=SubjectKind(kind), id=id)) for subject, (kind, _, id) in parts.items() if kind in kinds
    ]
    return dict(await _linked(link, wanted))


async def _linked(link: Link, wanted: Iterable[tuple[str, Subject]]) -> tuple[tuple[str, str], ...]:
    """Those that have an address, side by side. A link that cannot be had keeps nothing from being drawn."""

    async def find(subject: Subject) -> str:
        try:
            return await link(subject)
        except BackstopError as error:
            log.info("link.not_found", subject=subject.id, sentence=error.sentence)
            return ""

    pairs = list(wanted)
    found = await asyncio.gather(*(find(subject) for _, subject in pairs))
    return tuple((text, address) for (text, _), address in zip(pairs, found, strict=True) if address)


def _diagnosis(id: str) -> Subject:
    return Subject(kind=SubjectKind.DIAGNOSIS, id=id)
