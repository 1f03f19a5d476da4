"""The content of what was attached to an escalation can be removed once it is old; its name and digest stay."""

from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    role = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["running_role"])
    op.execute(f"GRANT UPDATE (content) ON escalation_files TO {role}")
