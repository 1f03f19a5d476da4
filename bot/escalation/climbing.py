"""The ladder: while nobody has taken an escalation, the next is called; and whoever took it is reminded."""

from dataclasses import dataclass

import structlog

from bot.approvals import Standing
from bot.errors import BackstopError
from bot.escalation.paging import Paging
from bot.escalation.record import card, event, itself
from bot.escalation.routing import Turn, Upcoming, scheduled, upcoming
from bot.model.escalation import Escalation, EscalationState, Told, Trouble
from bot.model.people import Directory
from bot.model.policy import EscalationFile
from bot.model.values import Clock
from bot.store import Store, Work, drawings, escalations

log = structlog.get_logger()


@dataclass(frozen=True)
class _Found:
    """Somebody who is to be told, as Slack knows them; `trouble` says why they are not."""

    whom: str
    group: str = ""
    person: str = ""
    channel: str = ""
    trouble: str = ""


class Climbing:
    """Every call is a task at its time; the sweep does what a task that was lost should have done."""

    def __init__(self, standing: Standing, directory: Directory, paging: Paging, store: Store, clock: Clock) -> None:
        self._standing, self._directory, self._paging = standing, directory, paging
        self._store, self._clock = store, clock

    async def climb(self, id: str) -> None:
        """Calls who is next, if their time has come and nobody has taken it meanwhile."""
        async with self._store.work() as work:
            seen = await escalations.get(work, id)
        if seen is None or not self._is_due(seen):
            return
        file = self._standing.policy().escalation
        coming = upcoming(file, seen)
        found = await self._find(file, seen, coming)
        async with self._store.work() as work:
            before = await escalations.get(work, id, lock=True)
            if before is None or before.due != seen.due or before.state is not seen.state:
                return  # somebody took it, or another worker was first
            after = await self._call(work, file, before, coming, found)
            await escalations.save(work, after)
            await work.redraw(card(id))

    async def climb_all(self) -> None:
        """Everything that is due, also what a stopped process left behind."""
        async with self._store.work() as work:
            due = await escalations.overdue(work, self._clock())
        for id in due:
            try:
                await self.climb(id)
            except BackstopError as error:
                log.warning("escalation.not_climbed", escalation=id, sentence=error.sentence)

    def _is_due(self, escalation: Escalation) -> bool:
        is_over = escalation.state is EscalationState.RESOLVED
        return not is_over and escalation.due is not None and escalation.due <= self._clock()

    async def _call(
        self, work: Work, file: EscalationFile, before: Escalation, coming: Upcoming, found: _Found
    ) -> Escalation:  # fmt: skip
        now, after = self._clock(), before
        step = coming.step
        if step is not None and step.page in file.pagers:
            after = await self._paging.call(work, after, step.page, file.pagers[step.page])
        told = Told(
            at=now, whom=found.whom, says=_says(before, coming, found), group=found.group, person=found.person,
            channel=found.channel if found.channel != before.channel else "",
        )  # fmt: skip
        is_rung = coming.turn in {Turn.RUNG, Turn.FALLBACK}
        moved = {"rung": before.rung + 1} if is_rung else {"reminded": before.reminded + 1}
        after = scheduled(file, after.model_copy(update={**moved, "told": (*before.told, told)}), now)
        if found.trouble:
            trouble = Trouble(key=f"told {len(after.told)}", says=found.trouble)
            after = after.model_copy(update={"troubles": (*after.troubles, trouble)})
            if is_rung:
                after = after.model_copy(update={"due": now})  # nobody was called: the next is, at once
        if after.due is not None:
            work.defer("escalation.climb", at=after.due, id=after.id)
        root = None if told.channel else card(after.id)
        await drawings.add(work, card(after.id), self._clock, part=f"told {len(after.told)}", channel=told.channel,
                           thread_of=root)  # fmt: skip
        verb = "escalation.climbed" if is_rung else "escalation.reminded"
        says = f"not taken yet: {told.whom} called" if before.is_waiting else f"not resolved yet: {told.whom} reminded"
        outcome = "failed" if found.trouble else "ok"
        work.record(
            event(verb, after, itself(after), self._clock, says, self._standing.digest, outcome=outcome, told=told.whom)
        )
        return after

    async def _find(self, file: EscalationFile, escalation: Escalation, coming: Upcoming) -> _Found:
        """Who is called, looked up before the row is locked."""
        if coming.turn is Turn.HOLDER:
            holder = escalation.holder
            is_in_slack = holder is not None and ":" not in holder.id
            return _Found(coming.whom, person=holder.id if holder is not None and is_in_slack else "")
        if coming.turn is Turn.REMINDER:
            last = next((one for one in reversed(escalation.told) if one.group or one.person), None)
            return _Found(last.whom, last.group, last.person) if last else _Found(escalation.route_title)
        if coming.step is not None and coming.step.page:
            title = coming.whom
            is_known = coming.step.page in file.pagers
            return _Found(title, trouble="" if is_known else f"There is no pager {title} any more.")
        channel = ""
        if coming.turn is Turn.FALLBACK:
            channel = await self._directory.channel(file.fallback.channel) or ""
        tell = coming.step.tell if coming.step is not None else file.fallback.tell
        return await self._somebody(tell, channel) if tell else _Found(coming.whom, channel=channel)

    async def _somebody(self, tell: str, channel: str) -> _Found:
        if "@" in tell:
            person = await self._directory.find(tell)
            if person is None:
                return _Found(tell, channel=channel, trouble=f"{tell} is nobody in this workspace, so nobody was told.")
            return _Found(person.name, person=person.id, channel=channel)
        group = await self._directory.group(tell)
        if group is None:
            return _Found(tell, channel=channel, trouble=f"There is no user group {tell} here, so nobody was told.")
        return _Found(f"@{tell}", group=group, channel=channel)


def _says(escalation: Escalation, coming: Upcoming, found: _Found) -> str:
    about = f"{escalation.system_title} · {escalation.tenant}" if escalation.tenant else escalation.system_title
    match coming.turn:
        case Turn.HOLDER:
            return f"{about}: this is with you and not resolved yet."
        case Turn.FALLBACK:
            return f"{about}: nobody of the {escalation.route_title} has taken this escalation; please look after it."
        case Turn.REMINDER:
            return f"{about}: nobody has taken this escalation yet."
        case _ if coming.step is not None and coming.step.page:
            return f"{about}: {found.whom} is called."
        case _:
            return f"{about}: nobody of the {escalation.route_title} has taken this escalation yet. Can you?"
