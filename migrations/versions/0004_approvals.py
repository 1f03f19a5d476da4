"""Approvals: what limits count, what was repeated, what ended lately, and due reviews are found by an index."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX requests_action ON requests (action, created)")
    op.execute("CREATE INDEX requests_subject ON requests (subject, changed)")
    op.execute("CREATE INDEX requests_changed ON requests (system, changed)")
    op.execute(
        "CREATE INDEX requests_reviews ON requests (created) WHERE jsonb_typeof(body -> 'review') = 'object'"
        " AND jsonb_typeof(body -> 'review' -> 'signed_by') = 'null'"
    )
