"""Watches: runbooks that are carried out on a schedule; what people know already is not posted again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.app.intake import Intake, Resolved
from bot.approvals import Standing
from bot.catalog import Catalog
from bot.diagnosis import Diagnoses
from bot.errors import BackstopError, ConfigurationError, InputError
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.people import BACKSTOP, Actor, Directory, Person
from bot.model.runbook import Severity
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, NewId, write_duration
from bot.model.watch import Mark, Muted, Notice, Watch, WatchState, headline
from bot.redaction import redact
from bot.store import Store, Work, drawings
from bot.store import watches as table

log = structlog.get_logger()

_LONGEST = timedelta(days=28)  # of being muted: what nobody wants to hear of for longer is taken out of the file


@dataclass(frozen=True)
class Watches:
    """Every replica looks what is due; the one that moves the row takes the turn."""

    catalog: Catalog
    intake: Intake
    standing: Standing
    diagnoses: Diagnoses
    directory: Directory
    store: Store
    clock: Clock
    new_id: NewId

    async def take_turns(self) -> None:
        """Has every watch that is due carried out, once among all replicas. Raises CatalogError for a broken file."""
        wanted = self.catalog.watches.current()
        async with self.store.work() as work:
            known = await table.states(work)
            if set(known) - {watch.id for watch in wanted}:
                await table.forget_others(work, [watch.id for watch in wanted])
            now = self.clock()
            for watch in wanted:
                if watch.id not in known:
                    await table.begin(work, watch.id, now)
                elif known[watch.id].due > now:
                    continue
                is_time = watch.hours is None or watch.hours.hold(now)
                if is_time and await table.claim(work, watch.id, now, now + watch.every):
                    work.defer("watches.look", id=watch.id)

    async def look(self, id: str) -> None:
        """One turn: carries the runbook out, and posts when the outcome is not what people know."""
        begun_at = self.clock()
        watch = next((one for one in self.catalog.watches.current() if one.id == id), None)
        if watch is None:
            return
        try:
            found = await self._resolve(watch)
            actor = Actor(
                person=BACKSTOP, system=watch.system, tenant=str(found.inputs.binds.get("tenant", "")) or None
            )
            policy = self.standing.digest
            begun = await self.diagnoses.begin(actor, found.runbook, found.system, found.inputs, policy, watch=id)
            done = await self.diagnoses.carry_out(begun.id, actor, policy, lambda _: None)
            channel = await self._channel(watch)
        except (InputError, ConfigurationError) as error:
            await self._note_problem(id, begun_at, error)
            return
        if done.recorded:
            await self._note(watch, begun_at, done, channel)

    async def notice(self, id: str) -> Notice:
        """What was posted, as it stands now. Raises UnknownName when there is none of this id."""
        async with self.store.work() as work:
            found = await table.notice(work, id)
            state = (await table.states(work)).get(found.watch)
        muted = state.muted if state and state.is_muted(self.clock()) else None
        return found.model_copy(update={"muted": muted})

    async def acknowledge(self, person: Person, id: str) -> None:
        """Says that somebody has seen it and looks after it. Raises Refused for who may not look at the system."""
        found = await self.notice(id)
        actor = await self.standing.actor(person, found.system, found.inputs)
        async with self.store.work() as work:
            now = await table.notice(work, id)
            if now.acknowledged is None:
                await table.keep(work, now.model_copy(update={"acknowledged": Mark(person=person, at=self.clock())}))
                work.record(self._event("watch.acknowledged", now, actor, f"{now.watch}: somebody looks after it"))
                await work.redraw(card(id))

    async def mute(self, person: Person, id: str, length: timedelta, reason: str) -> None:
        """Posts nothing about the watch for a time; it goes on being looked at.

        Raises Refused for who may not look at the system, InputError for a time that is too long or no reason.
        """
        if not timedelta() < length <= _LONGEST:
            raise InputError(f"A watch is muted for at most {write_duration(_LONGEST)}.")
        if not reason.strip():
            raise InputError("Say why nobody needs to hear of it; the reason goes on record.")
        muted = Muted(person=person, at=self.clock(), until=self.clock() + length, reason=str(redact(reason.strip())))
        says = f"muted until {muted.until:%Y-%m-%d %H:%M} UTC"
        await self._set_muted(person, id, muted, "watch.muted", says, muted.reason)

    async def unmute(self, person: Person, id: str) -> None:
        """Has changes posted again. Raises Refused for who may not look at the system."""
        await self._set_muted(person, id, None, "watch.unmuted", "not muted any more", "")

    async def listed(self, person: Person) -> list[tuple[Watch, WatchState | None]]:
        """The watches of what a person may look at, each with how it stands."""
        async with self.store.work() as work:
            known = await table.states(work)
        return [
            (watch, known.get(watch.id))
            for watch in self.catalog.watches.current()
            if await self.standing.may_see(person, watch.system, self._tenant(watch, known.get(watch.id)))
        ]

    async def _resolve(self, watch: Watch) -> Resolved:
        runbook = self.catalog.runbook(watch.runbook)
        found = await self.intake.complete(BACKSTOP, "", runbook, {**watch.inputs, "system": watch.system})
        if not isinstance(found, Resolved):
            raise InputError(f"{watch.id} lacks {', '.join(found.missing)}.")
        return found

    async def _channel(self, watch: Watch) -> str:
        name = watch.channel or self.catalog.system(watch.system).channels[0]
        channel = await self.directory.channel(name)
        if channel is None:
            raise ConfigurationError(f"The bot can't see #{name}, where {watch.id} is posted; invite it there.")
        return channel

    async def _note(self, watch: Watch, begun_at: datetime, done: Diagnosis, channel: str) -> None:
        says, now = headline(done), self.clock()
        async with self.store.work() as work:
            state = await table.get(work, watch.id)
            if state is None or state.is_newer(begun_at):
                return
            is_same = says == state.headline
            tenant = str(done.inputs.binds.get("tenant", ""))
            state = state.model_copy(
                update={"looked": begun_at, "diagnosis": done.id, "headline": says, "tenant": tenant, "problem": "",
                        "since": state.since if is_same else now}
            )  # fmt: skip
            # That all is well is no news to people who were never told otherwise.
            known = state.told or Verdict.NO_FAULT.value
            if says == known:
                state = state.model_copy(update={"told": known})
            elif not state.is_muted(now):
                state = await self._post(work, state, done, channel)
            await table.save(work, state)

    async def _post(self, work: Work, state: WatchState, done: Diagnosis, channel: str) -> WatchState:
        made = Notice(
            id=self.new_id(), watch=state.id, at=self.clock(), title=done.title, system=done.system,
            system_title=done.system_title, inputs=done.inputs, diagnosis=done.id, verdict=done.verdict,
            headline=state.headline, before=state.told, healthy_at=done.healthy_at, changes=done.changes,
        )  # fmt: skip
        await table.keep(work, made)
        actor = Actor(person=BACKSTOP, system=done.system, tenant=state.tenant or None)
        work.record(self._event("watch.changed", made, actor, f"{state.id}: {made.headline}"))
        if state.notice:
            before = await table.notice(work, state.notice)
            await table.keep(work, before.model_copy(update={"over": made.at}))
            await work.redraw(card(before.id))
        diagnosis = Subject(kind=SubjectKind.DIAGNOSIS, id=done.id)
        await drawings.add(work, card(made.id), self.clock, channel=channel)
        await drawings.add(work, diagnosis, self.clock, thread_of=card(made.id))
        await work.redraw(card(made.id))
        await work.redraw(diagnosis)
        if done.verdict is Verdict.FAULT and self.catalog.runbook(done.runbook).hurry is Severity.CRITICAL:
            work.defer("escalation.consider", id=done.id)
        return state.model_copy(update={"told": state.headline, "notice": made.id})

    async def _set_muted(self, person: Person, id: str, muted: Muted | None, verb: str, says: str, reason: str) -> None:
        found = await self.notice(id)
        actor = await self.standing.actor(person, found.system, found.inputs)
        async with self.store.work() as work:
            state = await table.get(work, found.watch)
            if state is None:
                raise InputError(f"{found.watch} is not watched any more.")
            await table.save(work, state.model_copy(update={"muted": muted}))
            work.record(self._event(verb, found, actor, f"{found.watch}: {says}", reason))
            for one in {id, state.notice} - {""}:
                await work.redraw(card(one))

    async def _note_problem(self, id: str, begun_at: datetime, error: BackstopError) -> None:
        log.warning("watch.failed", watch=id, sentence=error.sentence)
        async with self.store.work() as work:
            state = await table.get(work, id)
            if state is not None and not state.is_newer(begun_at):
                await table.save(work, state.model_copy(update={"problem": error.sentence, "looked": begun_at}))

    def _tenant(self, watch: Watch, state: WatchState | None) -> str:
        return state.tenant if state and state.tenant else watch.inputs.get("tenant", "")

    def _event(self, verb: str, notice: Notice, actor: Actor, says: str, reason: str = "") -> Event:
        return Event(
            verb=verb, person=actor.person, at=self.clock(), roles=tuple(sorted(actor.roles)), system=notice.system,
            tenant=str(notice.inputs.binds.get("tenant", "")), subject=f"watch {notice.watch}", says=f"Watch {says}",
            reason=reason, policy=self.standing.digest,
            detail={"notice": notice.id, "diagnosis": notice.diagnosis, "headline": notice.headline,
                    "before": notice.before},
        )  # fmt: skip


def card(id: str) -> Subject:
    """The subject that shows a notice."""
    return Subject(kind=SubjectKind.WATCH, id=id)
