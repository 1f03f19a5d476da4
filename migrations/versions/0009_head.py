"""The end of the chain is found by its key: what a long transaction left behind in its table is not read any more."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver: SQLAlchemy would read the colons of plpgsql as places for parameters.
    script = (Path(__file__).parent / "0009_head.sql").read_text()
    op.get_bind().connection.driver_connection.execute(script)
