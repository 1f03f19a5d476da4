"""The only place that joins things: `build` for the services, `run` for a bot that is connected and at work."""

from bot.wiring.building import Built, build, make_store, new_id, now, registry
from bot.wiring.databases import has_database, own_database, prepared_database
from bot.wiring.running import Running, run

__all__ = [
    "Built", "Running", "build", "has_database", "make_store", "new_id", "now", "own_database", "prepared_database",
    "registry", "run",
]  # fmt: skip
