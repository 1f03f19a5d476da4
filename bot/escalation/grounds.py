"""The diagnosis on which a request stands; who asked for an action by its name gets one before it is escalated."""

from bot.approvals import Standing
from bot.approvals.record import card
from bot.approvals.record import event as event_of_request
from bot.catalog import Catalog
from bot.diagnosis import Diagnoses
from bot.errors import InputError, UnknownName, Unrecordable
from bot.model.diagnosis import Diagnosis
from bot.model.inputs import Inputs
from bot.model.people import BACKSTOP, Actor, Person
from bot.model.request import Request, State
from bot.model.runbook import Runbook
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Store, drawings, requests

_RAN = frozenset({State.DONE, State.FAILED, State.UNKNOWN})


class Grounds:
    """Looks afterwards what is wrong, and attaches the request to what was found."""

    def __init__(
        self, standing: Standing, catalog: Catalog, diagnoses: Diagnoses, store: Store, clock: Clock
    ) -> None:  # fmt: skip
        self._standing, self._catalog, self._diagnoses = standing, catalog, diagnoses
        self._store, self._clock = store, clock

    async def of(self, request: Request, person: Person) -> Diagnosis:
        """The diagnosis of a request that ran; where it has none, the fitting runbook is carried out for this person.

        Raises Refused when they may not look, InputError when it did not run or no runbook fits, Unrecordable.
        """
        if request.diagnosis:
            return await self._diagnoses.get(request.diagnosis)
        if request.state not in _RAN:
            raise InputError(f"This request is {request.state.value}; escalate what ran, or a diagnosis.")
        runbook, inputs = fitting(self._catalog, request)
        actor = await self._actor(person, request)
        system, policy = self._catalog.system(request.system), self._standing.digest
        begun = await self._diagnoses.begin(actor, runbook, system, inputs, policy)
        done = await self._diagnoses.carry_out(begun.id, actor, policy, lambda _: None)
        if not done.recorded:
            raise Unrecordable("What was found could not be put on record; escalate again in a minute.")
        return await self._attach(request.id, done, actor)

    async def _attach(self, id: str, done: Diagnosis, actor: Actor) -> Diagnosis:
        async with self._store.work() as work:
            before = await requests.get(work, id, lock=True)
            if before is None:
                raise UnknownName("request", id)
            if not before.diagnosis:
                after = await requests.move(work, before, before.state, before.changed, diagnosis=done.id)
                says = f"{after.label}: looked afterwards what is wrong, to escalate it ({done.verdict.value})"
                work.record(
                    event_of_request("request.diagnosed", after, actor, self._clock, says=says,
                                     policy=self._standing.digest)
                )  # fmt: skip
                found = Subject(kind=SubjectKind.DIAGNOSIS, id=done.id)
                await drawings.add(work, found, self._clock, thread_of=card(id))
                await work.redraw(found)
                await work.redraw(card(id))
                return done
        return await self._diagnoses.get(before.diagnosis)  # somebody else was first

    async def _actor(self, person: Person, request: Request) -> Actor:
        if person == BACKSTOP:
            return Actor(person=person, system=request.system, tenant=request.tenant or None)
        return await self._standing.actor(person, request.system, request.inputs)


def fitting(catalog: Catalog, request: Request) -> tuple[Runbook, Inputs]:
    """The runbook that says most about a request whose inputs are all that is known, and what it is asked with.

    First those that offer this very change, then those that offer the action, then the one that looks at most.
    Raises InputError when each of the system's runbooks needs an input that the request does not have.
    """
    family = catalog.system(request.system).family
    able = [
        runbook
        for runbook in catalog.runbooks.values()
        if runbook.family == family and all(spec.optional or name in _known(runbook, request)
                                            for name, spec in runbook.inputs.items())
    ]  # fmt: skip
    if not able:
        raise InputError(f"No runbook can look at {request.label} alone; diagnose what is wrong, and escalate that.")

    def rank(runbook: Runbook) -> tuple[bool, bool, int, int, str]:
        offered = [*(one for cause in runbook.causes for one in cause.remedies), *runbook.procedure]
        same = [one for one in offered if one.action == request.action]
        is_exact = any(all(request.params.get(name) == value for name, value in one.params.items()) for one in same)
        return not is_exact, not same, -len(_known(runbook, request)), -len(runbook.includes), runbook.name

    best = min(able, key=rank)
    return best, request.inputs.only(*_known(best, request))


def _known(runbook: Runbook, request: Request) -> list[str]:
    """The inputs of a runbook that the request has."""
    given = request.inputs.given
    return [name for name, spec in runbook.inputs.items() if name in given and given[name].type is spec.type]
