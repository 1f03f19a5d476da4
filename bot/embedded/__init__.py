"""Supervises the servers that come inside Python wheels: `postgres(folder)` and `valkey(folder)`.

Nothing needs to be installed on the machine, nothing on it is changed, and no server outlives the process that
started it, not even after `kill -9`.
"""

from bot.embedded.account import Account
from bot.embedded.errors import EmbeddedError
from bot.embedded.postgres_server import PostgresServer, port_of_running, postgres
from bot.embedded.valkey_server import READER_RULES, WRITER_RULES, ValkeyServer, valkey

__all__ = [
    "READER_RULES",
    "WRITER_RULES",
    "Account",
    "EmbeddedError",
    "PostgresServer",
    "ValkeyServer",
    "port_of_running",
    "postgres",
    "valkey",
]
