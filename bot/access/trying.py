"""Tries with a reader's credentials what they must not be able to do; every try is without effect, and taken back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import asyncmy
import psycopg
from asyncmy.connection import Connection as MyConnection
from psycopg import errors, sql

from bot.access.mysql import MysqlDatabase, execute
from bot.access.postgresql import PgConnection, PostgresqlDatabase
from bot.access.redis_server import RedisServer
from bot.errors import NotThere, SystemRefused
from bot.model.connections import RedisConnection, SqlConnection

_TABLES = 300  # that are tried, of one database
_DENIED = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)
_DENIED_NUMBERS = frozenset({1044, 1142, 1143, 1227, 1290, 1370})
_CHANGING = frozenset(
    {"ALL PRIVILEGES", "CREATE", "DROP", "ALTER", "SUPER", "FILE", "TRIGGER", "EVENT", "GRANT OPTION"}
)
_WRITES = ("SET", "UNLINK", "DEL", "EXPIRE")
TRIES = frozenset({*_WRITES, "ACL WHOAMI", "ACL DRYRUN"})
_TABLES_OF_POSTGRESQL = """
    SELECT n.nspname, c.relname,
        (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '' AND a.attidentity <> 'a' ORDER BY a.attnum LIMIT 1),
        has_table_privilege(c.oid, 'TRUNCATE')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
        AND has_schema_privilege(n.oid, 'USAGE')
    ORDER BY 1, 2 LIMIT %s
"""
_TABLES_OF_MYSQL = """
    SELECT t.table_name, (SELECT c.column_name FROM information_schema.columns AS c
        WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.extra NOT LIKE '%%GENERATED%%'
        ORDER BY c.ordinal_position LIMIT 1)
    FROM information_schema.tables AS t
    WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' ORDER BY 1 LIMIT {most}
"""


@dataclass(frozen=True)
class Tried:
    """What could be done that must not be, as `DELETE on users`; `tried` counts the tries, `unsure` what broke off."""

    could: tuple[str, ...]
    tried: int
    unsure: tuple[str, ...] = ()


async def try_postgresql(place: str, url: str, connection: SqlConnection) -> Tried:
    """Tries to write to every table that the reader sees, on no row of it, and to make a table; rolled back.

    Raises SystemUnreachable, TookTooLong, SystemRefused.
    """
    database = PostgresqlDatabase(place, url, connection, is_read_only=False)
    try:
        async with database.transaction() as (lent, _):
            return await _try_tables(database, lent)
    finally:
        await database.close()


async def _try_tables(database: PostgresqlDatabase, lent: PgConnection) -> Tried:
    found = await database.bounded(lent.execute(_TABLES_OF_POSTGRESQL, (_TABLES,)))
    tables = await found.fetchall()
    could: list[str] = []
    unsure: list[str] = []
    tried = 0
    for schema, name, column, may_truncate in tables:
        table, field = sql.Identifier(schema, name), sql.Identifier(column or "")
        tries = {"DELETE": sql.SQL("DELETE FROM {} WHERE false").format(table)}
        if column:
            tries["UPDATE"] = sql.SQL("UPDATE {} SET {} = NULL WHERE false").format(table, field)
            tries["INSERT"] = sql.SQL("INSERT INTO {} ({}) SELECT NULL WHERE false").format(table, field)
        for verb, statement in tries.items():
            tried += 1
            await _try(database, lent, statement, f"{verb} on {name}", could, unsure)
        if may_truncate:
            could.append(f"TRUNCATE on {name}")
    for schema in dict.fromkeys(row[0] for row in tables) or ("public",):
        tried += 1
        made = sql.Identifier(schema, f"backstop_tries_{secrets.token_hex(6)}")
        await _try(database, lent, sql.SQL("CREATE TABLE {} ()").format(made), f"CREATE in {schema}", could, unsure)
    return Tried(tuple(could), tried, tuple(unsure))


async def _try(
    database: PostgresqlDatabase, lent: PgConnection, statement: sql.Composed, what: str, could: list[str],
    unsure: list[str],
) -> None:  # fmt: skip
    await database.bounded(lent.execute("SAVEPOINT tries"))
    try:
        await lent.execute(statement)
    except _DENIED:
        pass
    except psycopg.Error as error:
        unsure.append(f"{what} ({error.sqlstate})")
    else:
        could.append(what)
    await database.bounded(lent.execute("ROLLBACK TO SAVEPOINT tries"))


async def try_mysql(place: str, url: str, connection: SqlConnection) -> Tried:
    """The same with MySQL or MariaDB; what cannot be rolled back there is read from the grants."""
    database = MysqlDatabase(place, url, connection, is_read_only=False)
    try:
        async with database.lend() as lent:
            await database.bounded(database.begin(lent, _TABLES))
            try:
                return await _try_mysql_tables(database, lent)
            finally:
                await lent.rollback()
    finally:
        await database.close()


async def _try_mysql_tables(database: MysqlDatabase, lent: MyConnection) -> Tried:
    could: list[str] = []
    unsure: list[str] = []
    tried = 0
    for name, column in await _rows(database, lent, _TABLES_OF_MYSQL.format(most=_TABLES)):
        table, field = _quoted(name), _quoted(column)
        for verb, statement in {
            "DELETE": f"DELETE FROM {table} WHERE 1 = 0",  # noqa: S608  # quoted names of the server's own catalogue
            "UPDATE": f"UPDATE {table} SET {field} = NULL WHERE 1 = 0",  # noqa: S608  # as above
            "INSERT": f"INSERT INTO {table} ({field}) SELECT NULL FROM DUAL WHERE 1 = 0",  # noqa: S608  # as above
        }.items():
            tried += 1
            try:
                await execute(lent, statement)
            except asyncmy.errors.MySQLError as error:
                if error.args and error.args[0] not in _DENIED_NUMBERS:
                    unsure.append(f"{verb} on {name} ({error.args[0]})")
            else:
                could.append(f"{verb} on {name}")
    for grant in await _rows(database, lent, "SHOW GRANTS"):
        verbs, _, where = grant[0].upper().removeprefix("GRANT ").partition(" ON ")
        could += [f"{verb} on {where.split(' TO ')[0]}" for verb in verbs.split(", ") if verb in _CHANGING]
    return Tried(tuple(could), tried, tuple(unsure))


async def _rows(database: MysqlDatabase, lent: MyConnection, statement: str) -> Sequence[tuple[str, ...]]:
    async def fetch() -> Sequence[tuple[str, ...]]:
        async with lent.cursor() as cursor:
            await cursor.execute(statement)
            return [tuple(row) for row in await cursor.fetchall()]

    return await database.bounded(fetch())


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


async def try_redis(place: str, url: str, connection: RedisConnection, keys: Sequence[str]) -> Tried:
    """Tries to write keys that do not exist, only if they did; `keys` fit the catalogue. Emptying is asked of the ACL.

    Raises SystemUnreachable, TookTooLong, SystemRefused.
    """
    server = RedisServer(place, url, connection, TRIES)
    could: list[str] = []
    unsure: list[str] = []
    tried = 0
    try:
        for key in keys:
            for command in (("SET", key, "", "XX"), ("UNLINK", key), ("DEL", key), ("EXPIRE", key, 1)):
                tried += 1
                if await _is_permitted(server, command):
                    could.append(f"{command[0]} on {key}")
        try:
            [user] = await server.ask([("ACL WHOAMI",)])
            for flush in ("FLUSHALL", "FLUSHDB"):
                [answer] = await server.ask([("ACL DRYRUN", user, flush)])
                tried += 1
                if answer in {b"OK", "OK"}:
                    could.append(flush)
        except (SystemRefused, NotThere):
            unsure.append("FLUSHALL, FLUSHDB (the reader may not ask the ACL)")
    finally:
        await server.close()
    return Tried(tuple(could), tried, tuple(unsure))


async def _is_permitted(server: RedisServer, command: tuple[object, ...]) -> bool:
    try:
        await server.ask([command])
    except SystemRefused as error:
        if "does not let the bot" in error.sentence:
            return False
        raise
    return True
