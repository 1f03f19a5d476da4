"""Watches: how each stands and when it is due, and what was posted about it."""

from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    role = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["running_role"])
    op.execute("CREATE TABLE watches (id text PRIMARY KEY, due timestamptz NOT NULL, body jsonb NOT NULL)")
    op.execute(
        "CREATE TABLE watch_notices (id text PRIMARY KEY, watch text NOT NULL, at timestamptz NOT NULL,"
        " body jsonb NOT NULL)"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON watches TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON watch_notices TO {role}")
