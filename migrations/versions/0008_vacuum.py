"""What was tried and taken back leaves dead rows behind: they are cleared away by number, however long the trail."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE audit_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)")
