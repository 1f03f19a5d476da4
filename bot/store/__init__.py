"""The bot's own PostgreSQL: the only layer that touches it. A change and its audit event are one transaction."""

from bot.store.database import QUEUES, Store, Work
from bot.store.migrating import migrate

__all__ = ["QUEUES", "Store", "Work", "migrate"]
