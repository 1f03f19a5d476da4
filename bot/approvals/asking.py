"""Asking for an action: exactly what would change now, what the policy says, and the request that comes of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.access.access import Access
from bot.approvals.standing import Standing
from bot.errors import BackstopError, InputError, Refused, TookTooLong
from bot.model.audit import Event
from bot.model.inputs import Inputs, fill
from bot.model.people import Actor, Directory, Person
from bot.model.policy import Decision, Verdict
from bot.model.request import Preview, Request, State
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json, NewId
from bot.redaction import redact
from bot.registry import Action, Params
from bot.store import Store, drawings, requests

_PREVIEW_LIMIT = 8.0  # seconds
_TOLD_DIRECTLY = 5  # people; more get one mention in the thread


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


class Asking:
    """Prepares and files requests."""

    def __init__(
        self, standing: Standing, access: Access, store: Store, directory: Directory, clock: Clock, new_id: NewId
    ) -> None:
        self._standing, self._access, self._store = standing, access, store
        self._directory, self._clock, self._new_id = directory, clock, new_id

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

    async def prepare(self, person: Person, wanted: Wanted) -> Asked:
        """Computes the effect and asks the policy. Raises Refused when the answer is no."""
        actor = await self._standing.actor(person, wanted.system, wanted.inputs)
        preview = await self.preview(wanted)
        decision = self._standing.asking(
            actor, wanted.action, size=preview.size, beneficiary=beneficiary(wanted), granted=_granted(wanted)
        )
        if decision.verdict is Verdict.NO:
            raise Refused(f"You can't ask for this: {decision.reason}.", decision.rule)
        system = self._standing.catalog.system(wanted.system)
        emails = await self._standing.roles.holders(system, wanted.inputs, decision.by)
        others = [email for email in emails if email not in {person.email, beneficiary(wanted)}]
        return Asked(wanted, actor, preview, decision, tuple(others))

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

    async def file(self, asked: Asked, reason: str, ticket: str = "") -> tuple[Request, bool]:
        """Files the request: approved at once where the policy allows it, else pending. Joins an open one.

        Returns the request and whether it is new. Raises Unrecordable when it cannot be put on record.
        """
        wanted, decision, person = asked.wanted, asked.decision, asked.actor.person
        if not asked.preview.items:
            raise InputError(f"There is nothing to do: {asked.preview.says[:1].lower()}{asked.preview.says[1:]}.")
        if not reason.strip():
            raise InputError("Say why this should be done; the reason stands in the audit trail.")
        now, allowed = self._clock(), asked.decision.verdict is Verdict.ALLOW
        request = Request(
            id=self._new_id(), action=wanted.action.name, label=wanted.action.label, system=wanted.system,
            system_title=self._standing.catalog.system(wanted.system).title, scope=wanted.action.scope,
            inputs=wanted.inputs, params=wanted.params.model_dump(mode="json"), subject=subject(wanted),
            asker=person, asker_roles=tuple(sorted(asked.actor.roles)), beneficiary=beneficiary(wanted),
            reason=str(redact(reason.strip())), ticket=str(redact(ticket.strip())), preview=asked.preview,
            rule=decision.rule, why=decision.reason, approvals=decision.approvals, by=decision.by,
            state=State.APPROVED if allowed else State.PENDING, created=now, changed=now,
            expires=now + decision.expires, diagnosis=wanted.diagnosis, undo_of=wanted.undo_of,
        )  # fmt: skip
        return await self._write(request, asked, allowed)

    async def _write(self, request: Request, asked: Asked, allowed: bool) -> tuple[Request, bool]:
        tell = [] if allowed else await self._people(asked.deciders)
        policy = self._standing.catalog.policies.current().digest
        card = Subject(kind=SubjectKind.REQUEST, id=request.id)
        async with self._store.work() as work:
            if not await requests.add(work, request):
                standing = await requests.open_about(work, request.subject)
                if standing is None:
                    raise BackstopError("The request about this was just decided; look at the card and ask again.")
                work.record(event("request.joined", standing, asked.actor, self._clock, reason=request.reason,
                                  says=f"{request.label}: asked for as well", policy=policy))  # fmt: skip
                return standing, False
            count = "one approval" if request.approvals == 1 else f"{request.approvals} approvals"
            said = "allowed at once" if allowed else f"asked, {count} needed"
            says = f"{request.label}: {said}; {request.preview.says}"
            work.record(event("request.asked", request, asked.actor, self._clock, says=says, reason=request.reason,
                              policy=policy, preview=request.preview))  # fmt: skip
            if request.diagnosis:
                thread_of = Subject(kind=SubjectKind.DIAGNOSIS, id=request.diagnosis)
                await drawings.add(work, card, self._clock, thread_of=thread_of)
            for person in tell[:_TOLD_DIRECTLY]:
                await drawings.add(work, card, self._clock, person=person.id)
            await work.defer("drawings.redraw", queue="drawings", kind=card.kind.value, id=card.id)
            if allowed:
                await work.defer("requests.execute", id=request.id)
            else:
                await work.defer("requests.expire", at=request.expires, id=request.id)
        return request, True

    async def _people(self, emails: tuple[str, ...]) -> list[Person]:
        """The Slack accounts of these addresses; those that cannot be found are told in the thread only."""
        found: list[Person] = []
        for email in emails[: _TOLD_DIRECTLY * 2]:
            try:
                person = await self._directory.find(email)
            except BackstopError:
                continue
            if person is not None:
                found.append(person)
        return found


def subject(wanted: Wanted) -> str:
    """What at most one open request may be about, as the action declares it."""
    params = wanted.params.model_dump(mode="json")
    parts = [str(wanted.inputs.binds.get(name, params.get(name, ""))) for name in wanted.action.about]
    return " ".join([wanted.action.name, wanted.system, *parts])


def beneficiary(wanted: Wanted) -> str:
    """The e-mail address of the person whom the action favours."""
    name = wanted.action.benefits
    return str(wanted.inputs.binds.get(f"{name}_email", "")).casefold() if name else ""


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


def _granted(wanted: Wanted) -> str:
    grants = wanted.action.grants
    return str(getattr(wanted.params, grants)) if grants else ""


def _filled(given: Mapping[str, Json], inputs: Inputs) -> dict[str, Any]:
    return {name: fill(value, inputs.binds) if isinstance(value, str) else value for name, value in given.items()}
