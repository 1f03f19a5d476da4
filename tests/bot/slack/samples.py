"""Diagnoses, requests and escalations to draw."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model.audit import Event, Recorded
from bot.model.diagnosis import Awaited, Diagnosis, NamedCause, Verdict
from bot.model.escalation import Escalation, EscalationState
from bot.model.finding import Finding, Status, Table
from bot.model.inputs import Input, Inputs, InputType
from bot.model.people import Person
from bot.model.policy import Scope
from bot.model.request import Choice, Helped, Item, Outcome, Preview, Request, State, Verification, Vote
from bot.model.runbook import Remedy, Severity

AT = datetime(2026, 11, 24, 14, 3, 20, tzinfo=UTC)
SAM = Person(id="U0SAM", name="Sam Rivera", email="sam@example.com")
OLGA = Person(id="U0OLGA", name="Olga Lindt", email="olga@example.com")
TENANT = Inputs(given={"tenant": Input(type=InputType.TENANT, shown="tenant-abc", binds={"tenant": "tenant-abc"})})
LABELS = {"clear_cache": "Clear cache", "restart": "Restart"}


def finding(check: str, status: Status = Status.OK, seen: str = "41 s", **fields: Any) -> Finding:
    """One check that has ended."""
    label = check.replace("_", " ").capitalize()
    fields = {"code": "code", **fields}
    return Finding(check=check, probe="cache_ttl", label=label, status=status, seen=seen, **fields)


FINDINGS = (
    finding("dashboard_ttl", Status.FAIL, "no expiry", expected="≤ 30 s", says="It is served until it is deleted."),
    finding("cached_content", Status.FAIL, "8 agents cached, 10 stored", expected="equal"),
    finding("api_cache", Status.WARN, "X-Cache: HIT"),
    finding("agent_ttl", Status.OK, "41 s", expected="≤ 60 s"),
    finding("polling", Status.UNKNOWN, "cannot be seen from here", expected="5 s"),
)
CAUSE = NamedCause(
    id="never-expires", runbook="stale-data", title="The cached dashboard never expires",
    says="The entry has no time to live.", guidance="Set the time to live where the key is written.",
    remedies=(Remedy(action="clear_cache", params={"caches": ["dashboard_metrics"]}),),
    checks=("dashboard_ttl",),
)  # fmt: skip


def diagnosis(id: str = "01JD", **fields: Any) -> Diagnosis:
    """A diagnosis that found a fault, unless the fields say otherwise."""
    found: dict[str, Any] = {
        "id": id, "runbook": "stale-data", "title": "Dashboard or agent list shows old data", "system": "aiops",
        "system_title": "AI agents platform", "inputs": TENANT, "asked_by": SAM, "started": AT,
        "took": timedelta(milliseconds=412), "verdict": Verdict.FAULT, "findings": FINDINGS, "causes": (CAUSE,),
    }  # fmt: skip
    return Diagnosis(**{**found, **fields})


def running(done: int, id: str = "01JD") -> Diagnosis:
    """The same while it runs; checks end from the last to the first."""
    ended = FINDINGS[len(FINDINGS) - done :][::-1]
    awaited = tuple(Awaited(check=one.check, label=one.label) for one in FINDINGS[: len(FINDINGS) - done])
    return diagnosis(id, verdict=Verdict.RUNNING, findings=ended, awaited=awaited, causes=(), took=timedelta())


def preview(count: int = 2) -> Preview:
    """So many keys would be removed."""
    items = tuple(
        Item(name=f"metrics:{number}:tenant-abc", before="cached", after="removed") for number in range(count)
    )
    held = {item.name: {"ttl": "no expiry", "size": "1.2 kB"} for item in items}
    notes = ("Kept: 3 keys of this tenant, for that is state and not cache.",)
    return Preview(says=f"Removes {count} keys", items=items, circumstances=held, notes=notes, at=AT)


def request(state: State = State.PENDING, id: str = "01JR", **fields: Any) -> Request:
    """A request in this state."""
    votes = () if state in {State.PENDING, State.EXPIRED, State.CANCELLED, State.OUTDATED} else (
        Vote(person=OLGA, roles=("operator",), choice=Choice.DENY if state is State.DENIED else Choice.APPROVE, at=AT),
    )  # fmt: skip
    made: dict[str, Any] = {
        "id": id, "action": "clear_cache", "label": "Clear cache", "system": "aiops",
        "system_title": "AI agents platform", "scope": Scope.TENANT, "inputs": TENANT, "params": {},
        "subject": "clear_cache aiops tenant-abc", "asker": SAM, "asker_roles": ("viewer",),
        "reason": "customer sees numbers of this morning", "ticket": "4711", "preview": preview(),
        "rule": "clear-cache", "why": "Clearing is harmless.", "approvals": 1,
        "by": ("operator", "tenant_admin", "super_admin"), "votes": votes, "state": state, "created": AT, "changed": AT,
        "expires": AT + timedelta(minutes=30), "diagnosis": "01JD",
    }  # fmt: skip
    return Request(**{**made, **fields})


def done(helped: Helped, **fields: Any) -> Request:
    """A request that ran, and what its verification said."""
    status = Status.OK if helped is Helped.YES else Status.FAIL
    after = tuple(one.model_copy(update={"status": status, "seen": "29 s"}) for one in FINDINGS[:2])
    verification = Verification(helped=helped, before=FINDINGS[:2], after=after, at=AT)
    outcome = Outcome(says="2 keys removed")
    return request(State.DONE, outcome=outcome, verification=verification, **fields)


def escalation(state: EscalationState = EscalationState.OPEN, **fields: Any) -> Escalation:
    """An escalation in this state."""
    made: dict[str, Any] = {
        "id": "01JE", "state": state, "route": "database", "route_title": "database team", "channel": "C0DB",
        "severity": Severity.HIGH, "system": "aiops", "system_title": "AI agents platform", "tenant": "tenant-abc",
        "affected": "vera@example.com (viewer)", "symptom": "Old numbers since this morning", "diagnosis": "01JD",
        "found": "The cached dashboard never expires", "tried": ("Clear cache by Sam did not help",),
        "raised_by": SAM, "created": AT, "changed": AT,
        "holder": None if state is EscalationState.OPEN else OLGA,
        "resolution": "A deploy had removed the TTL." if state is EscalationState.RESOLVED else "",
    }  # fmt: skip
    return Escalation(**{**made, **fields})


def recorded(number: int, **fields: Any) -> Recorded:
    """One event of the trail."""
    says = "Clear cache: approved"
    event = Event(verb="request.approved", person=OLGA, at=AT, system="aiops", tenant="tenant-abc", says=says, **fields)
    return Recorded(number=number, hash="0" * 64, event=event)


def long_table(rows: int) -> Table:
    """A table of so many rows."""
    cells = tuple((f"agent-{number}", "=SUM(A1)", "x" * 30) for number in range(rows))
    return Table(title="Agents", columns=("agent", "formula", "filling"), rows=cells)
