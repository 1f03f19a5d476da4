"""Escalations: one open for each cause in a tenant, when the next is told, and the evidence that was collected."""

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    role = connection.dialect.identifier_preparer.quote(context.config.attributes["running_role"])
    script = Path(__file__).with_suffix(".sql").read_text().replace("{running_role}", role)
    connection.connection.driver_connection.execute(script)
