"""Drawings know which files stand beside their message, so that another process does not send them again."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE drawings ADD COLUMN files text[] NOT NULL DEFAULT '{}'")
