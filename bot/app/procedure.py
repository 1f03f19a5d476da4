"""A guided procedure: how far the requests of a diagnosis have carried it, and which step comes next."""

from collections.abc import Sequence

from bot.app.following import follow_request
from bot.approvals import Asking
from bot.catalog import Catalog
from bot.errors import InputError
from bot.model.diagnosis import Diagnosis, StepNow, Verdict
from bot.model.request import OPEN, Helped, Request, State
from bot.model.runbook import ProcedureStep, Runbook
from bot.store import Store, requests

_SHOWN = frozenset({Verdict.FAULT, Verdict.UNCLEAR})


def steps_now(runbook: Runbook, diagnosis: Diagnosis, asked: Sequence[Request]) -> tuple[StepNow, ...]:
    """Each step as it stands; none where nothing is wrong and nothing was begun."""
    steps = tuple(_now(step, asked) for step in runbook.procedure)
    begun = any(step.done or step.open for step in steps)
    return steps if diagnosis.verdict in _SHOWN or begun else ()


def is_step(runbook: Runbook, request: Request) -> bool:
    """Whether a request carries out a step of the procedure."""
    return not request.undo_of and any(request.carries_out(step) for step in runbook.procedure)


def _now(step: ProcedureStep, asked: Sequence[Request]) -> StepNow:
    mine = [one for one in asked if one.carries_out(step) and not one.undo_of]
    if not mine:
        return StepNow(title=step.title, says=step.says)
    last = mine[-1]
    done = last.state is State.DONE and not last.undone_by
    in_vain = last.verification is not None and last.verification.helped is Helped.NO
    return StepNow(
        title=step.title, says=follow_request(last).says, done=done, open=last.state in OPEN, in_vain=in_vain
    )  # fmt: skip


class Procedures:
    """Sees to the order of the steps when one is asked for."""

    def __init__(self, catalog: Catalog, asking: Asking, store: Store) -> None:
        self._catalog, self._asking, self._store = catalog, asking, store

    async def step(self, diagnosis: Diagnosis, number: int) -> ProcedureStep:
        """The step of this number. Raises InputError when one before it is still to be done."""
        runbook = self._catalog.runbook(diagnosis.runbook)
        if not 0 <= number < len(runbook.procedure):
            raise InputError("This step is not part of the procedure any more; look again.")
        async with self._store.work() as work:
            asked = await requests.of_diagnosis(work, diagnosis.id)
        before = runbook.procedure[:number]
        for step, now in zip(before, steps_now(runbook, diagnosis, asked), strict=False):
            if not now.done and await self._would_change(step, diagnosis):
                raise InputError(f"First: {step.title}. The steps are done in their order.")
        return runbook.procedure[number]

    async def _would_change(self, step: ProcedureStep, diagnosis: Diagnosis) -> bool:
        """Whether a step is still to be done: what is so already, as by somebody else, need not be done again."""
        wanted = self._asking.want(step.action, step.params, diagnosis.system, diagnosis.inputs)
        return bool((await self._asking.preview(wanted)).items)
