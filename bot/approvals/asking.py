"""Asking for an action: exactly what would change now, what the policy says, and the request that comes of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.access.access import Access
from bot.approvals.record import event
from bot.approvals.standing import Standing, roles_concerned
from bot.approvals.telling import NOTICE, Telling, Told
from bot.errors import BackstopError, InputError, Refused, Stale, TookTooLong
from bot.model.audit import Event
from bot.model.inputs import Inputs, fill
from bot.model.people import Actor, Person
from bot.model.policy import Decision, Verdict
from bot.model.request import Preview, Request, Review, State
from bot.model.values import Clock, Json, NewId
from bot.policy import Case
from bot.redaction import redact
from bot.registry import Action, Params
from bot.store import Store, Work, requests

__all__ = ["LONGEST_REASON", "Asked", "Asking", "Wanted", "beneficiary", "event", "subject"]

_PREVIEW_LIMIT = 8.0  # seconds
LONGEST_REASON = 500  # characters; the forms of Slack do not let more through, so more was not typed there


@dataclass(frozen=True)
class Wanted:
    """An action with everything that it needs, before anybody is asked."""

    action: Action
    params: Params
    system: str
    inputs: Inputs
    diagnosis: str = ""
    undo_of: str = ""


@dataclass(frozen=True)
class Asked:
    """What stands between a press and a request: the effect, and what the policy says to it."""

    wanted: Wanted
    actor: Actor
    preview: Preview
    decision: Decision
    deciders: tuple[str, ...]  # e-mail addresses of those who hold a role that may decide
    case: Case
    doubt: str = ""  # why more may hold one, in words
    limits: str = ""  # how much of them is used, in words
    confirm: str = ""  # what the asker has to type, which is the tenant's name; empty where nothing is

    @property
    def concerned(self) -> frozenset[str]:
        """The roles that it would give or take."""
        return roles_concerned(self.wanted.action, self.preview)


class Asking:
    """Prepares and files requests."""

    def __init__(
        self, standing: Standing, telling: Telling, access: Access, store: Store, clock: Clock, new_id: NewId
    ) -> None:
        self._standing, self._telling, self._access = standing, telling, access
        self._store, self._clock, self._new_id = store, clock, new_id

    def want(self, action: str, given: Mapping[str, Json], system: str, inputs: Inputs, **more: str) -> Wanted:
        """An action with its params checked. Raises InputError when one of them cannot be used."""
        declared = self._standing.registry.actions[action]
        for name in declared.needs:
            if name not in inputs:
                raise InputError(f"{declared.label} needs {name}=…; run the diagnosis again with it.")
        try:
            params = declared.params.model_validate(_filled(given, inputs))
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        return Wanted(declared, params, system, inputs, **more)

    def want_undone(self, request: Request) -> Wanted:
        """What reverts a request. Raises Stale when it has no undo, was undone already, or its time is over."""
        if request.outcome is None or request.outcome.undo is None or request.state is not State.DONE:
            raise Stale("This can't be undone.")
        if request.undone_by:
            raise Stale("This was undone already.")
        if request.undo_until is not None and request.undo_until <= self._clock():
            raise Stale("The time in which this could be undone is over; look again, and ask for what is needed now.")
        return self.want(
            request.action, {**request.params, **request.outcome.undo}, request.system, request.inputs,
            diagnosis=request.diagnosis, undo_of=request.id,
        )  # fmt: skip

    async def prepare(self, person: Person, wanted: Wanted) -> Asked:
        """Computes the effect and asks the policy; what was seen or refused is put on record.

        Raises Refused when the answer is no, or a limit is used up, and Unrecordable.
        """
        actor = Actor(person=person, system=wanted.system, tenant=_tenant(wanted) or None)
        try:
            actor = await self._standing.actor(await self._standing.fresh(person), wanted.system, wanted.inputs)
            asked = await self._weigh(actor, wanted)
        except Refused as error:
            await self._note(wanted, actor, "refused", error.sentence, refused_by=error.rule)
            error.is_recorded = True
            raise
        seen = asked.preview.model_dump(mode="json", include={"says", "items"})
        await self._note(wanted, actor, "previewed", asked.decision.reason, preview=seen, rule=asked.decision.rule)
        return asked

    async def _note(self, wanted: Wanted, actor: Actor, how: str, reason: str, **detail: Json) -> None:
        """Puts on record that somebody was shown what an action would change, or was refused that."""
        action = wanted.action
        async with self._store.work() as work:
            work.record(
                Event(
                    verb=f"action.{how}", person=actor.person, at=self._clock(), roles=tuple(sorted(actor.roles)),
                    outcome="refused" if how == "refused" else "ok", system=wanted.system, tenant=_tenant(wanted),
                    says=f"{action.label}: {how}", reason=reason, policy=self._standing.digest,
                    detail={
                        "action": action.name, "params": wanted.params.model_dump(mode="json"),
                        "inputs": {name: one.shown for name, one in wanted.inputs.given.items()},
                        "diagnosis": wanted.diagnosis, **detail,
                    },
                )
            )  # fmt: skip

    async def _weigh(self, actor: Actor, wanted: Wanted) -> Asked:
        person = actor.person
        preview = await self.preview(wanted)
        case = await self._standing.case(wanted.action, wanted.system, preview.size, subject(wanted))
        decision = self._standing.asking(
            actor, case, beneficiary=beneficiary(wanted), granted=roles_concerned(wanted.action, preview)
        )
        if decision.verdict is Verdict.NO:
            raise Refused(f"You can't ask for this: {decision.reason}.", decision.rule)
        async with self._store.work() as work:
            limits = await self._standing.usage(work, person, case, _tenant(wanted))
        if limits.verdict is Verdict.NO:
            raise Refused(f"You can't ask for this now: {limits.reason}.", limits.rule)
        system = self._standing.catalog.system(wanted.system)
        found = await self._standing.roles.holders(system, wanted.inputs, decision.by)
        others = [email for email in found.emails if email not in {*actor.addresses, beneficiary(wanted)}]
        confirm = (wanted.inputs.shown("tenant") or system.name) if decision.must_confirm else ""
        return Asked(wanted, actor, preview, decision, tuple(others), case, found.doubt, limits.reason, confirm)

    async def preview(self, wanted: Wanted) -> Preview:
        """What the action would change now, seen with read-only access. Raises what the systems say."""
        look = self._access.look(wanted.system, wanted.inputs)
        try:
            async with asyncio.timeout(_PREVIEW_LIMIT):
                found = await wanted.params.preview(look)  # type: ignore[attr-defined]  # every action has it, see registry
        except TimeoutError as error:
            raise TookTooLong(
                f"What {wanted.action.label} would change could not be seen in time; try again."
            ) from error
        return Preview.model_validate(found)

    async def file(
        self, asked: Asked, reason: str, ticket: str = "", *, confirm: str = "", break_glass: bool = False
    ) -> tuple[Request, bool]:
        """Files the request: approved at once where the policy allows it, else pending. Joins an open one.

        `confirm` is what the asker typed where `asked.confirm` is asked for; with `break_glass` it runs at once in an
        emergency, where the policy lets this person. Returns the request and whether it is new.
        Raises Unrecordable when it cannot be put on record, Refused when its subject's last outcome is unknown.
        """
        if not asked.preview.items:
            raise InputError(f"There is nothing to do: {asked.preview.says[:1].lower()}{asked.preview.says[1:]}.")
        if not reason.strip():
            raise InputError("Say why this should be done; the reason stands in the audit trail.")
        check_length(reason, ticket)
        if asked.confirm and confirm.strip().casefold() != asked.confirm.casefold():
            raise InputError(f"This changes much: type {asked.confirm} to confirm that it is meant. Nothing was done.")
        if break_glass and asked.decision.break_glass is None:
            raise Refused("You may not break the glass for this; ask for approval, or escalate.", asked.decision.rule)
        at_once = asked.decision.verdict is Verdict.ALLOW
        request = self._request(asked, reason, ticket, is_glass=break_glass and not at_once)
        return await self._write(request, asked)

    def _request(self, asked: Asked, reason: str, ticket: str, *, is_glass: bool) -> Request:
        wanted, decision, now = asked.wanted, asked.decision, self._clock()
        at_once = is_glass or decision.verdict is Verdict.ALLOW
        review = Review(due=now + decision.break_glass.review) if is_glass and decision.break_glass else None
        return Request(
            id=self._new_id(), action=wanted.action.name, label=_label(wanted), system=wanted.system,
            system_title=self._standing.catalog.system(wanted.system).title, scope=wanted.action.scope,
            inputs=wanted.inputs, params=wanted.params.model_dump(mode="json"), subject=subject(wanted),
            asker=asked.actor.person, asker_roles=tuple(sorted(asked.actor.roles)), beneficiary=beneficiary(wanted),
            reason=str(redact(reason.strip())), ticket=str(redact(ticket.strip())), preview=asked.preview,
            rule=decision.rule, why=decision.reason, approvals=decision.approvals, by=decision.by,
            another_team=decision.another_team, comment=decision.comment, remind=decision.remind,
            ladder=decision.ladder, undo_for=decision.undo_for, review=review,
            state=State.APPROVED if at_once else State.PENDING, created=now, changed=now,
            expires=now + decision.expires, diagnosis=wanted.diagnosis, undo_of=wanted.undo_of,
        )  # fmt: skip

    async def _write(self, request: Request, asked: Asked) -> tuple[Request, bool]:
        at_once = request.state is State.APPROVED
        roles = request.by if request.is_break_glass else () if at_once else self._telling.first(request)
        told = await self._telling.deciders(request, roles) if roles else Told()
        request = request.model_copy(update={"mentions": told.mentions(NOTICE)})
        async with self._store.work() as work:
            await requests.one_at_a_time(work, f"{request.asker.id} {request.action}")
            limits = await self._standing.usage(work, request.asker, asked.case, request.tenant)
            if limits.verdict is Verdict.NO:
                raise Refused(f"You can't ask for this now: {limits.reason}.", limits.rule)
            if not await requests.add(work, request):
                return await self._join(work, request, asked), False
            count = "one approval" if request.approvals == 1 else f"{request.approvals} approvals"
            said = "run by break-glass" if request.is_break_glass else f"asked, {count} needed"
            said = "allowed at once" if at_once and not request.is_break_glass else said
            says = f"{request.label}: {said}; {request.preview.says}"
            work.record(event("request.asked", request, asked.actor, self._clock, says=says, reason=request.reason,
                              policy=self._standing.digest, preview=request.preview, approvals=request.approvals,
                              by=list(request.by), deciders=list(asked.deciders), doubt=asked.doubt,
                              break_glass=request.is_break_glass, told=list(told.ids)))  # fmt: skip
            await self._telling.show(work, request, told)
            if at_once:
                work.defer("requests.execute", id=request.id)
            else:
                work.defer("requests.expire", at=request.expires, id=request.id)
        return request, True

    async def _join(self, work: Work, request: Request, asked: Asked) -> Request:
        """The request that is open about the same subject, with a note that it is asked for as well, or once more."""
        standing = await requests.open_about(work, request.subject)
        if standing is None:
            raise BackstopError("The request about this was just decided; look at the card and ask again.")
        if standing.state is State.UNKNOWN:
            raise Refused(
                f"How the last {standing.label} here ended is unknown, so until somebody has settled it on its card "
                "only looking is allowed.", "unknown",
            )  # fmt: skip
        is_own = standing.asker.id == request.asker.id
        if standing.params != request.params or standing.undo_of != request.undo_of:
            raise Stale(_other_change(standing, is_own=is_own))
        says = f"{request.label}: asked for {'once more' if is_own else 'as well'}"
        work.record(event("request.joined", standing, asked.actor, self._clock, reason=request.reason, says=says,
                          policy=self._standing.digest))  # fmt: skip
        return standing


def _other_change(standing: Request, *, is_own: bool) -> str:
    """Why nothing else can be asked for while this request is open, and what to do about that."""
    if not is_own:
        who, then = f"{standing.asker.name} asks", "wait until that is decided, or deny it if you may"
    elif standing.state is State.RUNNING:
        who, then = "You asked", "it runs now, so wait until it has ended"
    else:
        who = "You asked"
        then = "take that back first, by “Take back (asker)” under ⋯ on its card, or wait until it is decided"
    return f"{who} for another change of the same ({standing.preview.says}), which is still open; {then}."


def check_length(*texts: str) -> None:
    """Raises Refused for a text that is longer than a form lets through: it was not typed there."""
    if any(len(text) > LONGEST_REASON for text in texts):
        raise Refused(f"A reason has at most {LONGEST_REASON} characters; say it in fewer, or name a ticket.", "length")


def subject(wanted: Wanted) -> str:
    """What at most one open request may be about, as the action declares it."""
    params = wanted.params.model_dump(mode="json")
    parts = [str(wanted.inputs.binds.get(name, params.get(name, ""))) for name in wanted.action.about]
    return " ".join([wanted.action.name, wanted.system, *parts])


def beneficiary(wanted: Wanted) -> str:
    """The e-mail address of the person whom the action favours."""
    name = wanted.action.benefits
    return str(wanted.inputs.binds.get(f"{name}_email", "")).casefold() if name else ""


def _tenant(wanted: Wanted) -> str:
    return str(wanted.inputs.binds.get("tenant", ""))


def _filled(given: Mapping[str, Json], inputs: Inputs) -> dict[str, Any]:
    return {name: fill(value, inputs.binds) if isinstance(value, str) else value for name, value in given.items()}


def _label(wanted: Wanted) -> str:
    label = wanted.action.label
    return f"Undo {label[:1].lower()}{label[1:]}" if wanted.undo_of else label
