"""The bot's own PostgreSQL: the only layer that touches it. A change and its audit event are one transaction."""

from bot.store.database import Store, Work
from bot.store.migrating import migrate

__all__ = ["Store", "Work", "migrate"]
