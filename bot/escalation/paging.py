"""Tells pagers of escalations, again and again until they know; and hears what is done there."""

from datetime import timedelta

from bot.access.secrets import Secrets
from bot.approvals import Standing
from bot.errors import BackstopError, ConfigurationError, PagerFailed, UnknownName
from bot.escalation.pagers import make_pager
from bot.escalation.pagers.pagerduty import hear
from bot.escalation.record import card, event, itself
from bot.escalation.routing import scheduled
from bot.model.escalation import Escalation, EscalationState
from bot.model.paging import Page, Paged, Signal
from bot.model.people import Actor, Person, Via
from bot.model.policy import PagerEntry
from bot.model.values import Clock
from bot.store import Store, Work, escalations
from bot.store.memory import Deliveries

_PAUSES = tuple(timedelta(seconds=one) for one in (10, 30, 60, 300, 900, 3600))  # between tries; the last repeats
_HOPELESS = 3  # tries in vain, after which the next is called instead of waiting longer
_LONGER = timedelta(minutes=1)  # until a try that never ended (its process was killed) is made again


class Paging:
    """`listens` says whether an HTTP listener is configured by which pagers can tell what is done there."""

    def __init__(self, standing: Standing, secrets: Secrets, store: Store, clock: Clock, *, listens: bool) -> None:
        self._standing, self._secrets, self._store, self._clock = standing, secrets, store, clock
        self._listens = listens

    async def call(self, work: Work, escalation: Escalation, pager: str, entry: PagerEntry) -> Escalation:
        """Has a pager call somebody, within the transaction of the caller; one that was called is called again."""
        paged = Paged(
            pager=pager, title=entry.title, wanted=Signal.TRIGGER, due=self._clock(),
            listens=self._listens and entry.answers is not None,
        )  # fmt: skip
        others = tuple(one for one in escalation.pages if one.pager != pager)
        work.defer("escalation.page", id=escalation.id, pager=pager)
        return escalation.model_copy(update={"pages": (*others, paged)})

    async def want(self, work: Work, escalation: Escalation, signal: Signal) -> Escalation:
        """Has every pager that was called told that somebody took it, or that it is resolved."""
        pages = []
        for one in escalation.pages:
            if one.wanted is signal or one.wanted is Signal.RESOLVE:
                pages.append(one)
                continue
            update = {"wanted": signal, "tries": 0, "says": "", "due": self._clock()}
            pages.append(one.model_copy(update=update))
            work.defer("escalation.page", id=escalation.id, pager=one.pager)
        return escalation.model_copy(update={"pages": tuple(pages)})

    async def send(self, id: str, pager: str) -> None:
        """Tells a pager the newest, if that is due. A try in vain is made again later, and is on the card."""
        now = self._clock()
        async with self._store.work() as work:
            escalation = await escalations.get(work, id, lock=True)
            paged = _of(escalation, pager)
            if escalation is None or paged is None or paged.due is None or paged.due > now:
                return
            # Where this process ends on the way, another one tries again.
            begun = _with(escalation, paged.model_copy(update={"due": now + _LONGER}))
            await escalations.save(work, begun)
        problem = ""
        is_hopeless = False
        try:
            entry = self._entry(pager)
            await (await make_pager(entry, self._secrets)).send(self._page(escalation, paged))
        except ConfigurationError as error:
            problem, is_hopeless = error.sentence, True
        except BackstopError as error:
            problem = error.sentence
        await self._note(id, paged, problem, is_hopeless=is_hopeless)

    async def send_all(self) -> None:
        """Every try that is due."""
        async with self._store.work() as work:
            behind = await escalations.to_page(work)
        for escalation in behind:
            for paged in escalation.pages:
                if paged.due is not None and paged.due <= self._clock():
                    await self.send(escalation.id, paged.pager)

    async def hear(self, pager: str, body: bytes, signatures: str) -> None:
        """Takes what a pager says by itself. Raises UnknownName, or Refused when it is not signed with its secret."""
        entry = self._standing.policy().escalation.pagers.get(pager)
        if entry is None or entry.answers is None or entry.kind != "pagerduty":
            raise UnknownName("pager that answers", pager)
        heard = hear(await self._secrets.hidden(entry.answers), body, signatures)
        if heard is None or not await Deliveries(self._store, self._clock).is_new(heard.delivery):
            return
        async with self._store.work() as work:
            before = await escalations.get(work, heard.key.removeprefix("backstop-"), lock=True)
            paged = _of(before, pager)
            if before is None or paged is None or before.state is EscalationState.RESOLVED:
                return
            if heard.signal is Signal.ACKNOWLEDGE and not before.is_waiting:
                return
            somebody = Person(id=f"{pager}:{heard.who}", name=f"{heard.who} ({entry.title})", via=Via.BOT)
            is_end = heard.signal is Signal.RESOLVE
            state = EscalationState.RESOLVED if is_end else EscalationState.ACKNOWLEDGED
            update: dict[str, object] = {"state": state, "holder": somebody, "reminded": 0}
            if is_end:
                update |= {"resolved_by": somebody, "resolved_at": self._clock(), "ended": self._clock()}
            after = before.model_copy(update=update)
            after = _with(after, paged.model_copy(update={"wanted": heard.signal, "sent": heard.signal, "due": None}))
            after = await self.want(work, after, heard.signal)
            after = scheduled(self._standing.policy().escalation, after, self._clock())
            after = after.model_copy(update={"changed": self._clock()})
            await escalations.save(work, after)
            actor = Actor(person=somebody, system=after.system, tenant=after.tenant or None)
            says = f"{'resolved' if is_end else 'taken'} by {somebody.name}"
            verb = "escalation.resolved" if is_end else "escalation.acknowledged"
            work.record(event(verb, after, actor, self._clock, says, self._standing.digest, pager=pager))
            await work.redraw(card(after.id))

    async def _note(self, id: str, tried: Paged, problem: str, *, is_hopeless: bool) -> None:
        async with self._store.work() as work:
            escalation = await escalations.get(work, id, lock=True)
            paged = _of(escalation, tried.pager)
            if escalation is None or paged is None or paged.wanted is not tried.wanted:
                return  # there is something newer to be told, and a task for it
            now, tries = self._clock(), paged.tries + 1
            digest = self._standing.digest
            if is_hopeless and paged.wanted is not Signal.TRIGGER and paged.sent is None:
                # It can't be told anything, and never was: it need not hear that somebody took it, or that it is over.
                after = _with(escalation, paged.model_copy(update={"due": None}))
            elif not problem:
                update = {"sent": paged.wanted, "due": None, "tries": 0, "says": ""}
                after = _with(escalation, paged.model_copy(update=update))
                says = f"{paged.title} told: {paged.wanted.value}"
                work.record(event("escalation.paged", after, itself(after), self._clock, says, digest,
                                  pager=paged.pager, signal=paged.wanted.value))  # fmt: skip
            else:
                due = now + _PAUSES[min(tries, len(_PAUSES)) - 1]
                after = _with(escalation, paged.model_copy(update={"tries": tries, "says": problem, "due": due}))
                is_in_vain = tries == (1 if is_hopeless else _HOPELESS)
                if is_in_vain and after.is_waiting and paged.wanted is Signal.TRIGGER:
                    # Nobody was called: the next of the ladder, or the fallback, is called now.
                    after = after.model_copy(update={"due": now})
                    work.defer("escalation.climb", id=id)
                work.defer("escalation.page", at=due, id=id, pager=paged.pager)
                says = f"{paged.title} could not be told: {problem}"
                work.record(event("escalation.paged", after, itself(after), self._clock, says, digest,
                                  outcome="failed", reason=problem, pager=paged.pager, tries=tries))  # fmt: skip
            await escalations.save(work, after)
            await work.redraw(card(id))

    def _entry(self, pager: str) -> PagerEntry:
        entry = self._standing.policy().escalation.pagers.get(pager)
        if entry is None:
            raise PagerFailed(f"policies/escalation.yml knows no pager {pager} any more.")
        return entry

    def _page(self, escalation: Escalation, paged: Paged) -> Page:
        return Page(
            signal=paged.wanted, key=f"backstop-{escalation.id}", severity=escalation.severity, at=self._clock(),
            summary=f"{escalation.system_title} · {escalation.tenant}: {escalation.found}", source=escalation.system,
            group=escalation.route_title,
            detail={
                "tenant": escalation.tenant, "symptom": escalation.symptom, "tried": list(escalation.tried),
                "proposed": escalation.proposed, "escalation": escalation.id,
            },
        )  # fmt: skip


def _of(escalation: Escalation | None, pager: str) -> Paged | None:
    return next((one for one in escalation.pages if one.pager == pager), None) if escalation else None


def _with(escalation: Escalation, paged: Paged) -> Escalation:
    pages = tuple(paged if one.pager == paged.pager else one for one in escalation.pages)
    return escalation.model_copy(update={"pages": pages})
