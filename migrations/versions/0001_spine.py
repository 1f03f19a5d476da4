"""The spine: diagnoses, requests, drawings, escalations, the audit chain, and Procrastinate's own tables."""

from pathlib import Path

import procrastinate
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

HERE = Path(__file__).parent


def upgrade() -> None:
    connection = op.get_bind()
    # Procrastinate ships its schema; at this revision it is the one of the version in the lock file.
    queue = Path(procrastinate.__file__).parent / "sql" / "schema.sql"
    role = connection.dialect.identifier_preparer.quote(context.config.attributes["running_role"])
    for script in (HERE / "0001_spine.sql", HERE / "0001_audit.sql", queue, HERE / "0001_grants.sql"):
        # Straight to the driver: SQLAlchemy would read the % of plpgsql as a place for a parameter.
        connection.connection.driver_connection.execute(script.read_text().replace("{running_role}", role))
