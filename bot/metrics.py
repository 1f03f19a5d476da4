"""What the bot counts and times, for Prometheus; every number that it gives is named here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_ACKS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)  # seconds; Slack gives up after 3
_PROBES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
_RUNBOOKS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20)
_DECISIONS = (15, 60, 300, 900, 1800, 3600, 14_400, 86_400)

deliveries = Counter(
    "backstop_deliveries", "What Slack delivered, by its kind and by what became of it.", ("kind", "outcome")
)
deliveries_waiting = Gauge("backstop_deliveries_waiting", "Deliveries that this replica has taken and not ended.")
acks = Histogram(
    "backstop_ack_seconds", "From the arrival of a delivery to its acknowledgement.", ("way",), buckets=_ACKS
)
slack_calls = Counter("backstop_slack_calls", "Calls of Slack's Web API that ended, by their outcome.", ("outcome",))
slack_rate_limited = Counter("backstop_slack_rate_limited", "Answers 429 of Slack, also those that a retry made good.")
diagnoses = Counter("backstop_diagnoses", "Diagnoses that ended, by runbook and verdict.", ("runbook", "verdict"))
diagnosis_seconds = Histogram(
    "backstop_diagnosis_seconds", "How long a runbook's checks took.", ("runbook",), buckets=_RUNBOOKS
)
probe_seconds = Histogram("backstop_probe_seconds", "How long one look took.", ("probe",), buckets=_PROBES)
probe_failures = Counter(
    "backstop_probe_failures", "Looks that could not tell, by probe, system and reason.", ("probe", "system", "code")
)
decisions = Histogram(
    "backstop_decision_seconds", "From asking to the decision of people.", ("decision",), buckets=_DECISIONS
)
executions = Counter("backstop_executions", "Runs of actions that ended, by their outcome.", ("action", "outcome"))
sweep_failures = Counter("backstop_sweep_failures", "Rounds of the background work that failed.", ("step",))

database_up = Gauge("backstop_database_up", "Whether the bot's database answered when this was read.")
requests = Gauge("backstop_requests", "Requests that are not ended, by state.", ("state",))
drawings_behind = Gauge("backstop_drawings_behind", "Messages that do not show the newest state yet.")
drawings_behind_seconds = Gauge("backstop_drawings_behind_seconds", "How long the oldest of them has been so.")
audit_events = Gauge("backstop_audit_events", "The number of the last event of the trail.")
audit_lag_events = Gauge("backstop_audit_lag_events", "Events that no signed checkpoint of this replica covers yet.")
audit_lag_seconds = Gauge("backstop_audit_lag_seconds", "How old the oldest of them is.")

_OF_THE_DATABASE = (drawings_behind, drawings_behind_seconds, audit_events, audit_lag_events, audit_lag_seconds)


def written() -> bytes:
    """Everything as Prometheus reads it."""
    return generate_latest(REGISTRY)


def note_standing(
    requests_by_state: Mapping[str, int], behind: int, behind_seconds: float, event: int, lag: int, lag_seconds: float
) -> None:
    """Takes over what was counted in the database a moment ago."""
    database_up.set(1)
    for state, count in requests_by_state.items():
        requests.labels(state).set(count)
    for gauge, value in zip(_OF_THE_DATABASE, (behind, behind_seconds, event, lag, lag_seconds), strict=True):
        gauge.set(value)


def forget_standing() -> None:
    """The database does not answer: what was counted in it is not known now, and not repeated as if it were."""
    database_up.set(0)
    requests.clear()
    for gauge in _OF_THE_DATABASE:
        gauge.set(float("nan"))


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Times the block, also one that fails."""
    started = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - started)
