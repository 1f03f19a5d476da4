"""Databases of the bot for tests: copies of one that was migrated once, and used again as long as they are like new."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from bot.embedded import PostgresServer
from bot.store import migrate
from bot.store.provisioning import RUNNING, Addresses, provision

# Everything but rows that a test can have changed: a database that differs in this from the pattern is not used again.
_MAKE = """
    SELECT md5(concat_ws('|',
      (SELECT string_agg(concat_ws(',', oid, relname, relowner, relacl, relrowsecurity, reloptions), ';' ORDER BY oid)
         FROM pg_class WHERE relnamespace = 'public'::regnamespace),
      (SELECT string_agg(concat_ws(',', attrelid, attname, atttypid, attnotnull, attacl), ';' ORDER BY attrelid, attnum)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
      (SELECT string_agg(pg_proc::text, ';' ORDER BY oid)
         FROM pg_proc WHERE oid >= 16384),
      (SELECT string_agg(pg_trigger::text, ';' ORDER BY oid) FROM pg_trigger),
      (SELECT string_agg(pg_constraint::text, ';' ORDER BY oid) FROM pg_constraint),
      (SELECT string_agg(concat_ws(',', oid, nspname, nspowner, nspacl), ';' ORDER BY oid) FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%'),
      (SELECT concat_ws(',', datallowconn, datconnlimit) FROM pg_database WHERE datname = current_database()),
      (SELECT string_agg(setconfig::text, ';') FROM pg_db_role_setting)))
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_USED = """SELECT relname, pg_relation_size(oid) > 1_000_000 FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0"""
# The audit trail refuses even a superuser whom other triggers let pass.
_GUARDS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'A'"
_HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_FIRST_NUMBERS = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
     WHERE last_value IS NOT NULL
"""
Query = LiteralString | sql.Composed
_Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Databases:
    """Makes migrated databases of the bot, quickly, and lends them to one test after the other."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._passwords = (secrets.token_hex(12), secrets.token_hex(12))
        self._made = 0
        self._free: list[Addresses] = []
        self._make_up = ""
        self._rows: dict[str, str] = {}
        """By table, the rows that the migrations write, as JSON."""
        self._guards: list[tuple[str, str]] = []
        """Tables and their triggers that nobody gets past."""

    async def prepare(self) -> None:
        """Migrates the pattern."""
        addresses = await asyncio.to_thread(provision, self._server.url(), self._passwords, "pattern")
        await asyncio.to_thread(migrate, addresses.owner, RUNNING)
        async with await self._enter(addresses) as connection:
            self._make_up = await _one(connection, _MAKE)
            self._guards = [(table, name) for table, name in await _all(connection, _GUARDS)]
            for (table,) in await _all(connection, _TABLES):
                query = _say("SELECT coalesce(json_agg(t), '[]')::text FROM {} t", table)
                self._rows[table] = await _one(connection, query)

    async def make(self) -> Addresses:
        """A fresh database."""
        self._made += 1
        name = f"bot_{self._made}"
        async with await psycopg.AsyncConnection.connect(self._server.url(), autocommit=True) as connection:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern")
            await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {RUNNING}")
        return Addresses(
            self._server.url(name, user="backstop_owner", password=self._passwords[0]),
            self._server.url(name, user=RUNNING, password=self._passwords[1]),
        )

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Addresses]:
        """A database as good as fresh, for nobody else during the block."""
        lent = self._free.pop() if self._free else await self.make()
        yield lent
        with suppress(psycopg.Error):  # of what a test took away; the next one gets another
            async with await self._enter(lent) as connection:
                await connection.execute(_HANG_UP)
                if await _one(connection, _MAKE) == self._make_up:
                    await self._empty(connection)
                    self._free.append(lent)

    async def _empty(self, connection: _Connection) -> None:
        """Puts back the rows and the numbers that are there in the beginning."""
        used = [(table, is_large) for table, is_large in await _all(connection, _USED) if self._rows[table] == "[]"]
        statements = [
            sql.SQL("BEGIN; SET LOCAL session_replication_role = replica"),
            *(_say("ALTER TABLE {} DISABLE TRIGGER {}", *guard) for guard in self._guards),
            # Of a few rows the files are not made anew, which takes longer.
            *(_say("TRUNCATE {} CASCADE" if is_large else "DELETE FROM {}", table) for table, is_large in used),
            *(
                _say("DELETE FROM {0}; INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, ", table)
                + sql.Literal(rows) + sql.SQL(")")
                for table, rows in self._rows.items()
                if rows != "[]"
            ),
            *(_say("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", *guard) for guard in self._guards),
            sql.SQL(_FIRST_NUMBERS),
            sql.SQL("COMMIT"),
        ]  # fmt: skip
        await connection.execute(sql.SQL(";").join(statements))

    @property
    def server(self) -> str:
        """The superuser's address of the server itself, whatever becomes of a database made here."""
        return self._server.url()

    def superuser(self, addresses: Addresses) -> str:
        """The superuser's address of a database made here."""
        return self._server.url(Path(addresses.owner).name)

    async def _enter(self, addresses: Addresses) -> _Connection:
        return await psycopg.AsyncConnection.connect(self.superuser(addresses), autocommit=True)


def _say(words: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(words).format(*map(sql.Identifier, names))


async def _all(connection: _Connection, query: Query) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()


async def _one(connection: _Connection, query: Query) -> str:
    [[value]] = await _all(connection, query)
    return str(value)
