"""A runbook as its YAML file describes it: the knowledge about one issue, and nothing that could be executed."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from bot.model.inputs import InputSpec
from bot.model.values import Duration, Json, Value


class Severity(StrEnum):
    """How much hurry there is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def _codes(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


_ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Codes = Annotated[tuple[str, ...], BeforeValidator(_codes), WithJsonSchema(_ONE_OR_MORE)]


class Check(Value):
    """One use of a probe, with its params. Two uses of one probe need labels that tell them apart."""

    probe: str
    label: str = ""  # how people read this check; the probe's own label when empty
    params: Mapping[str, Json] = Field(default_factory=dict)
    timeout: Duration | None = None


class Remedy(Value):
    """An action that a cause proposes, with the params that it is proposed with."""

    action: str
    params: Mapping[str, Json] = Field(default_factory=dict)


class ProcedureStep(Remedy):
    """One step of a guided procedure: an action that is offered when the steps before it are done."""

    title: str
    says: str = ""


class Cause(Value):
    """One branch of the decision tree: when all these checks end in one of these codes, this is why.

    `see` names the runbook that says more; where that one is carried out as well, this cause is left to it.
    """

    id: str
    when: Mapping[str, Codes]
    title: str
    says: str = ""
    remedies: tuple[Remedy, ...] = ()
    guidance: str = ""
    see: str = ""


class Verify(Value):
    """What *helped* means: these checks end in these codes, looked at until `within` is over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checks: Mapping[str, Codes]
    within: Duration = timedelta(seconds=60)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, written: Any) -> Any:
        if isinstance(written, dict) and "checks" not in written:
            rest = {key: value for key, value in written.items() if key != "within"}
            return {"checks": rest, **({"within": written["within"]} if "within" in written else {})}
        return written


class Route(Value):
    """Where an escalation of this runbook goes."""

    route: str
    severity: Severity | None = None


class Runbook(Value):
    """One issue: its symptoms, inputs, checks, causes, and when it is solved."""

    name: str
    family: str
    title: str
    severity: Severity = Severity.MEDIUM
    source: str
    owner: str = ""
    reviewed: str = ""
    version: str = "1.0"
    expected_minutes: int | None = None
    symptoms: tuple[str, ...] = ()
    inputs: Mapping[str, InputSpec] = Field(default_factory=dict)
    includes: tuple[str, ...] = ()
    checks: Mapping[str, Check] = Field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    harmless: Mapping[str, Codes] = Field(default_factory=dict)
    verify: Verify | None = None
    guidance: str = ""
    procedure: tuple[ProcedureStep, ...] = ()  # what is done in this order when a fault was found, each step approved
    next: tuple[str, ...] = ()  # other runbooks to try when nothing was found
    escalate: Route

    @property
    def hurry(self) -> Severity:
        """How severe an escalation of this runbook is, until somebody says otherwise."""
        return self.escalate.severity or self.severity
