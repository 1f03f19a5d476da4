"""The tables as SQLAlchemy sees them; a test compares them with what the migrations make."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
_WHEN = DateTime(timezone=True)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),  # Slack user id
    Column("email", Text, nullable=False),  # the address under which this id was first seen, or confirmed since
    Column("seen", _WHEN, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", _WHEN, nullable=False),
    Index("deliveries_at", "at"),
)

diagnoses = Table(
    "diagnoses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("runbook", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("started", _WHEN, nullable=False),
    Column("owner", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Index("diagnoses_about", "runbook", "system", "tenant", "started"),
    Index("diagnoses_running", "owner", postgresql_where=text("verdict = 'running'")),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("asker", Text, nullable=False),
    Column("created", _WHEN, nullable=False),
    Column("changed", _WHEN, nullable=False),
    Column("expires", _WHEN, nullable=False),
    Column("body", JSONB, nullable=False),
    Index(
        "requests_one_open_per_subject",
        "subject",
        unique=True,
        postgresql_where=text("state IN ('pending', 'approved', 'running', 'unknown')"),
    ),
    Index("requests_state", "state", "changed"),
    Index("requests_asker", "asker", "created"),
    Index("requests_action", "action", "created"),
    Index("requests_subject", "subject", "changed"),
    Index("requests_changed", "system", "changed"),
    Index(
        "requests_reviews",
        "created",
        postgresql_where=text(
            "jsonb_typeof(body -> 'review') = 'object' AND jsonb_typeof(body -> 'review' -> 'signed_by') = 'null'"
        ),
    ),
)

votes = Table(
    "votes",
    metadata,
    Column("request", Text, ForeignKey("requests.id"), primary_key=True),
    Column("voter", Text, primary_key=True),
    Column("at", _WHEN, nullable=False),
    Column("body", JSONB, nullable=False),
)

drawings = Table(
    "drawings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("thread_of", Text, nullable=False),  # "kind id" of the subject in whose thread it stands
    Column("posted_in", Text, nullable=False),  # the channel that it was posted in, empty until then
    Column("ts", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("changed", _WHEN, nullable=False),
    Column("files", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # names of those that were sent
    UniqueConstraint(
        "subject_kind", "subject_id", "part", "channel", "thread", "person", "thread_of", name="drawings_once"
    ),
    Index("drawings_message", "posted_in", "ts"),
    Index("drawings_due", "changed", postgresql_where=text("wanted > drawn")),
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("diagnosis", Text, nullable=False),
    Column("created", _WHEN, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("about", Text, nullable=False, server_default=text("gen_random_uuid()::text")),
    Column("due", _WHEN, nullable=True),  # when the next is told
    Index("escalations_state", "state", "created"),
    Index("escalations_one_open_per_cause", "about", unique=True, postgresql_where=text("state <> 'resolved'")),
    Index("escalations_due", "due", postgresql_where=text("state <> 'resolved'")),
)

escalation_bundles = Table(
    "escalation_bundles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("escalation", Text, ForeignKey("escalations.id"), nullable=False),
    Column("occasion", Text, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("digest", Text, nullable=False),
    Column("missing", JSONB, nullable=False),
    UniqueConstraint("escalation", "occasion", name="escalation_bundles_once"),
)

escalation_files = Table(
    "escalation_files",
    metadata,
    Column("bundle", Text, ForeignKey("escalation_bundles.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
)

watches = Table(
    "watches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("due", _WHEN, nullable=False),  # whoever moves it takes the turn
    Column("body", JSONB, nullable=False),
)

watch_notices = Table(
    "watch_notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("watch", Text, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("body", JSONB, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", _WHEN, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),  # makes the digest of an event that is left out impossible to guess
    Column("body", Text, nullable=False),  # canonical JSON, exactly as it was hashed
    Column("verb", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("written_in", Text, nullable=False),  # the transaction, for the rule that no change goes without its event
    Index("audit_events_subject", "subject", "number"),
    Index("audit_events_person", "person", "number"),
    Index("audit_events_email", "email", "number"),
    Index("audit_events_system", "system", "number"),
    Index("audit_events_tenant", "tenant", "number"),
    Index("audit_events_verb", "verb", "number"),
    Index("audit_events_action", "action", "number"),
    Index("audit_events_outcome", "outcome", "number"),
    Index("audit_events_at", "at", "number"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
