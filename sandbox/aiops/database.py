"""The platform's database and the roles that look at it: made from scratch at each start."""

import asyncio
import dataclasses
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row

from bot.embedded import PostgresServer
from sandbox.aiops.seed import seed

DATABASE, APP, TENANT = "ai_agents", "aiagents_app", "backstop_tenant"
_OWNER = "aiagents"
_SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(frozen=True)
class Passwords:
    """One password per role that logs in, for as long as the platform runs."""

    app: str
    reader: str
    tenant: str
    writer: str

    @classmethod
    def make(cls) -> "Passwords":
        """New ones."""
        return cls(*(secrets.token_urlsafe(24) for _ in dataclasses.fields(cls)))


async def create_database(postgres: PostgresServer, passwords: Passwords, now: datetime) -> AsyncConnection[DictRow]:
    """Replace the database by a fresh one, and connect to it as superuser. Its roles:

    aiagents         owns the tables, so row-level security does not apply to it; nobody logs in as it
    aiagents_app     the API: row-level security applies
    backstop_reader  reads everything of every tenant
    backstop_tenant  reads what row-level security shows to the tenant that is set
    backstop_writer  reads everything, and may change role assignments and put executions into the queue again
    """
    schema = await asyncio.to_thread(_SCHEMA.read_text)
    roles: dict[str, str | None] = {
        _OWNER: None,
        APP: passwords.app,
        "backstop_reader": passwords.reader,
        TENANT: passwords.tenant,
        "backstop_writer": passwords.writer,
    }
    sees_all = {"backstop_reader", "backstop_writer"}
    name = sql.Identifier(DATABASE)
    async with await AsyncConnection.connect(postgres.url(), autocommit=True) as server:
        await server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        for role, password in roles.items():
            await _ensure_role(server, role, password, sees_all=role in sees_all)
        await server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(_OWNER)))
        await server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        for role in roles:
            await server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))
    connection = await AsyncConnection.connect(postgres.url(DATABASE), autocommit=True, row_factory=dict_row)
    try:
        await connection.execute(schema)
        await seed(connection, now)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _ensure_role(server: AsyncConnection, role: str, password: str | None, *, sees_all: bool) -> None:
    cursor = await server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = "CREATE" if await cursor.fetchone() is None else "ALTER"
    login = sql.SQL("NOLOGIN") if password is None else sql.SQL("LOGIN PASSWORD {}").format(password)
    bypass = sql.SQL("BYPASSRLS" if sees_all else "NOBYPASSRLS")
    await server.execute(sql.SQL(verb + " ROLE {} {} {}").format(sql.Identifier(role), login, bypass))
