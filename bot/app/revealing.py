"""Personal data in the evidence of one diagnosis, for one person with a reason: on record before it is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.approvals import Standing
from bot.audit import evidence_digest
from bot.diagnosis import Diagnoses
from bot.errors import InputError, NotThere, Refused
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis
from bot.model.facts import Revealed
from bot.model.people import Actor, Person
from bot.model.policy import Verdict
from bot.model.values import Clock, Json
from bot.redaction import redact
from bot.store import Store

VERB = "evidence.revealed"
_LONGEST = 500  # characters of a reason


@dataclass(frozen=True)
class Revealing:
    """Shows what is masked wherever it is drawn."""

    standing: Standing
    diagnoses: Diagnoses
    store: Store
    clock: Clock

    async def prepare(self, person: Person, id: str) -> tuple[Diagnosis, Actor]:
        """The diagnosis, for somebody who may see its evidence unmasked.

        Raises Refused, with the refusal on record, for somebody who may not, and NotThere when there is no evidence.
        """
        diagnosis = await self.diagnoses.get(id)
        actor, decision = await self.standing.revealing(person, diagnosis.system, diagnosis.inputs)
        if decision.verdict is Verdict.NO:
            error = Refused(f"You can't see this unmasked: {decision.reason}.", decision.rule)
            await self._note(diagnosis, actor, error.sentence, outcome="refused")
            error.is_recorded = True
            raise error
        if not diagnosis.recorded:
            raise NotThere("This diagnosis is not on record, so its evidence can't be revealed; look again.")
        if not any(one.evidence for one in diagnosis.findings):
            raise NotThere("The evidence of this diagnosis was removed, or there was none; look again.")
        return diagnosis, actor

    async def reveal(self, person: Person, id: str, reason: str, check: str = "") -> Revealed:
        """The evidence of a diagnosis (or of one of its checks) as it is kept; the event is committed before.

        Raises Refused, InputError without a reason, NotThere, and Unrecordable: then nothing is shown.
        """
        diagnosis, actor = await self.prepare(person, id)
        why = str(redact(reason.strip()))
        if not why or len(why) > _LONGEST:
            raise InputError(f"Say in up to {_LONGEST} characters why you need this; it stands in the audit trail.")
        shown = [one for one in diagnosis.findings if one.evidence and check in {"", one.check}]
        if not shown:
            raise NotThere("This check has no evidence; look again.")
        number = await self._note(
            diagnosis, actor, why, checks=[one.check for one in shown], evidence_digest=evidence_digest(shown)
        )
        return Revealed(
            title=f"{diagnosis.title} · {diagnosis.system_title}",
            says=f"Shown to you alone, and on record as event {number} with your reason: {why}",
            parts=tuple((one.label, tuple(_lines(one.evidence))) for one in shown),
        )

    async def _note(
        self, diagnosis: Diagnosis, actor: Actor, reason: str, *, outcome: str = "ok", **detail: Json
    ) -> int:  # fmt: skip
        said = "was revealed" if outcome == "ok" else "was not revealed"
        async with self.store.work() as work:
            work.record(
                Event(
                    verb=VERB, person=actor.person, at=self.clock(), outcome=outcome, roles=tuple(sorted(actor.roles)),
                    system=diagnosis.system, tenant=str(diagnosis.inputs.binds.get("tenant", "")),
                    subject=f"diagnosis {diagnosis.id}", says=f"{diagnosis.title}: personal data {said}",
                    reason=reason, policy=self.standing.digest, detail={"runbook": diagnosis.runbook, **detail},
                )
            )  # fmt: skip
            return await work.append()


def _lines(value: Json, name: str = "", depth: int = 0) -> Iterator[str]:
    """Evidence as lines; rows of a query stand on one line each."""
    lead = "  " * depth + (f"{name}: " if name else "")
    if isinstance(value, Mapping) and value:
        if all(not isinstance(one, (Mapping, list, tuple)) for one in value.values()) and depth:
            yield lead + "  ".join(f"{key}={_written(one)}" for key, one in value.items())
            return
        if name:
            yield lead.rstrip()
        for key, one in value.items():
            yield from _lines(one, str(key), depth + bool(name))
    elif isinstance(value, (list, tuple)) and any(isinstance(one, (Mapping, list, tuple)) for one in value):
        yield lead.rstrip()
        for one in value:
            yield from _lines(one, "", depth + 1)
    elif isinstance(value, (list, tuple)):
        yield lead + (", ".join(map(_written, value)) or "–")
    else:
        yield lead + _written(value)


def _written(value: Json) -> str:
    return "–" if value is None or value in ({}, "") else str(value)
