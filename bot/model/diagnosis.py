"""A runbook carried out for given inputs: findings, causes in order, remedies, and one verdict."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.audit import Trace
from bot.model.finding import Finding, Status
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.runbook import Remedy
from bot.model.values import Duration, Value


class Verdict(StrEnum):
    """What a diagnosis ends in; running while it has not."""

    RUNNING = "running"
    FAULT = "fault found"
    NO_FAULT = "no fault found"
    UNCLEAR = "could not tell"
    CUT_OFF = "cut off"  # the process that ran it is gone


class NamedCause(Value):
    """A cause that the findings match; `runbook` differs from the diagnosis' own when it was included."""

    id: str
    runbook: str
    title: str
    says: str = ""
    guidance: str = ""
    remedies: tuple[Remedy, ...] = ()
    checks: tuple[str, ...] = ()  # the checks that it rests on


class Awaited(Value):
    """A check that has not ended yet."""

    check: str
    label: str


class Followed(Value):
    """What came of a diagnosis: a request or an escalation, as it stands now."""

    label: str  # "Clear cache" | "Escalation"
    says: str  # "asked by Sam, waits for a decision"
    action: str = ""
    is_fix: bool = False  # it was done, it was verified that it helped, and it was not undone since
    is_gone: bool = False  # it was not done, for the fault was seen to be gone
    link: str = ""  # the address of its card, where that is not in the thread


class StepNow(Value):
    """One step of a guided procedure as it stands now."""

    title: str
    says: str  # "done by Ada", "asked by Sam, waits for a decision"
    done: bool = False
    open: bool = False  # it was asked for, and has not ended yet
    in_vain: bool = False  # it was done, and it was verified that it did not help


class Diagnosis(Value):
    """One diagnosis, finished or on its way (`verdict` running, `awaited` not empty)."""

    id: str
    runbook: str
    title: str
    system: str
    system_title: str
    inputs: Inputs
    asked_by: Person
    started: datetime
    took: Duration = timedelta()
    verdict: Verdict = Verdict.RUNNING
    findings: tuple[Finding, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    causes: tuple[NamedCause, ...] = ()
    unexplained: tuple[str, ...] = ()  # checks at fault that no cause of the runbook explains
    left_out: tuple[str, ...] = ()  # checks that need an input which was not given, in words
    withheld: tuple[str, ...] = ()  # remedies that need one, in the same words
    healthy_at: datetime | None = None  # when the same question was last answered with no fault …
    changes: tuple[str, ...] = ()  # … and what differs since
    last_at: datetime | None = None  # when the same question was last answered, if there was a fault then as well …
    trend: tuple[str, ...] = ()  # … and what is still at fault, with what was seen then and now
    guidance: str = ""
    next: tuple[str, ...] = ()
    recorded: bool = True
    followed: tuple[Followed, ...] = ()  # filled when it is drawn, never stored
    procedure: tuple[StepNow, ...] = ()  # filled when it is drawn, never stored
    trace: Trace = Trace()
    again_of: str = ""  # the diagnosis that this one repeats
    watch: str = ""  # the watch that asked for it

    def finding(self, check: str) -> Finding | None:
        """The finding of one check, if it has ended."""
        return next((one for one in self.findings if one.check == check), None)

    @property
    def unknowns(self) -> tuple[Finding, ...]:
        """What could not be looked at."""
        return tuple(one for one in self.findings if one.status is Status.UNKNOWN)

    @property
    def offers(self) -> tuple[Remedy, ...]:
        """Every remedy that the causes propose, in order, each once; its place is its number."""
        seen: dict[str, Remedy] = {}
        for cause in self.causes:
            for remedy in cause.remedies:
                seen.setdefault(remedy.model_dump_json(), remedy)
        return tuple(seen.values())
