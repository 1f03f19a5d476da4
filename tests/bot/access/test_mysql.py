"""The reader of MySQL cannot write, is bounded in rows and time, and says what went wrong in the bot's words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncmy
import pytest

from bot.access.mysql import Address, MysqlReader
from bot.access.mysql_writer import MysqlWriter
from bot.errors import (
    ActionFailed,
    BackstopError,
    ConfigurationError,
    InputError,
    NotThere,
    SystemFull,
    SystemRefused,
    SystemUnreachable,
    TookTooLong,
)
from bot.model.connections import Secret, SqlConnection
from bot.model.system import Query, Statement
from sandbox.mariadb import MariadbServer

PLACE = "The database of test"
HATED = 'it\'s \\ "%s" %(x)s :name; DROP TABLE things -- \x00 ü'


def connection(**changes: object) -> SqlConnection:
    return SqlConnection.model_validate(
        {"kind": "mysql", "url": Secret(env="X"), "timeout": "1s", "row_cap": 5, "pool": 2, **changes}
    )


async def execute(url: str, *statements: str) -> None:
    address = Address.of(PLACE, url)
    async with asyncmy.connect(
        host=address.host, port=address.port, user=address.user, password=address.password, database=address.database,
        autocommit=True,
    ) as made, made.cursor() as cursor:  # fmt: skip
        for statement in statements:
            await cursor.execute(statement)


@pytest.fixture(scope="module")
async def url(mariadb_server: MariadbServer) -> AsyncIterator[str]:
    """A database with tables, and a user who may do everything: the reader itself must be what refuses."""
    await execute(mariadb_server.url("mysql"), "CREATE DATABASE looked_at")
    await execute(
        mariadb_server.url("looked_at"),
        "CREATE TABLE things (n INT PRIMARY KEY, name VARCHAR(90), born DATETIME, KEY by_name (name)) ENGINE=InnoDB",
        "INSERT INTO things SELECT seq, CONCAT('thing ', seq), '2026-11-24 10:00:00' FROM seq_1_to_200",
        "CREATE TABLE slow_things (n INT, tag VARCHAR(9)) ENGINE=InnoDB",
        "INSERT INTO slow_things SELECT seq, 'a' FROM seq_1_to_50",
    )
    yield mariadb_server.url("looked_at")
    await execute(mariadb_server.url("mysql"), "DROP DATABASE looked_at")


@pytest.fixture
async def reader(url: str) -> AsyncIterator[MysqlReader]:
    made = MysqlReader(PLACE, url, connection())
    yield made
    await made.close()


@pytest.fixture
async def writer(url: str) -> AsyncIterator[MysqlWriter]:
    made = MysqlWriter(PLACE, url, connection())
    yield made
    await made.close()
    await execute(url, "UPDATE things SET name = CONCAT('thing ', n)")


async def count(reader: MysqlReader, name: str = "thing") -> int:
    query = Query(sql="SELECT count(*) FROM things WHERE name LIKE CONCAT(:name, '%')")
    return (await reader.rows(query, {"name": name})).number


async def test_rows_are_capped(reader: MysqlReader) -> None:
    rows = await reader.rows(Query(sql="SELECT n FROM things ORDER BY n"), {})
    assert (rows.column(), rows.capped, rows.role) == ([1, 2, 3, 4, 5], True, "admin@127.0.0.1")
    assert not (await reader.rows(Query(sql="SELECT n FROM things WHERE n <= :most"), {"most": 5})).capped
    unlimited = Query(sql="SELECT seq FROM seq_1_to_100000000 LIMIT 100000000")
    assert len(await reader.rows(unlimited, {})) == 5
    assert await count(reader) == 200, "the connection is as good as before"


async def test_a_value_is_never_sql(reader: MysqlReader) -> None:
    rows = await reader.rows(Query(sql="SELECT :it AS x, ':it' AS y, '50 %' AS z"), {"it": HATED})
    assert rows.first == {"x": HATED, "y": ":it", "z": "50 %"}
    for value in (None, 7, 2.5):
        found = await reader.rows(Query(sql="SELECT :it AS x"), {"it": value})
        assert found.first == {"x": value}
    with pytest.raises(InputError, match="tenant is needed"):
        await reader.rows(Query(sql="SELECT :tenant"), {})


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM things",
        "INSERT INTO things (n) VALUES (999)",
        "CREATE TABLE more (n INT)",
        "DROP TABLE things",
        "TRUNCATE things",
        "COMMIT; DELETE FROM things",
        "CALL nothing()",
    ],
)
async def test_nothing_can_be_written(reader: MysqlReader, sql: str) -> None:
    with pytest.raises(BackstopError):
        await reader.rows(Query(sql=sql), {})
    assert await count(reader) == 200


async def test_what_is_set_does_not_outlive_the_look(reader: MysqlReader) -> None:
    asked = Query(sql="SELECT @tenant AS tenant")
    rows = await reader.rows(asked, {"tenant": "abc"}, after=Query(sql="SET @tenant = :tenant"))
    assert rows.first == {"tenant": "abc"}
    assert (await reader.rows(asked, {})).first == {"tenant": None}


async def test_times_are_of_utc_and_secrets_are_removed(reader: MysqlReader) -> None:
    rows = await reader.rows(Query(sql="SELECT born, 'hunter2' AS password, 1.50 AS price FROM things WHERE n = 1"), {})
    assert rows.first == {"born": datetime(2026, 11, 24, 10, tzinfo=UTC), "password": "[removed]", "price": 1.5}


async def test_a_slow_query_and_a_lock_end_within_the_limit(reader: MysqlReader, url: str) -> None:
    for sql in ("SELECT SLEEP(30)", "SELECT n FROM things WHERE n = 1 LOCK IN SHARE MODE"):
        async with locked(url):
            async with asyncio.timeout(20):  # both would take longer
                with pytest.raises(TookTooLong, match="did not answer within 1 s"):
                    await reader.rows(Query(sql=sql), {})
    assert await count(reader) == 200


@contextlib.asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    address = Address.of(PLACE, url)
    async with asyncmy.connect(
        host=address.host, port=address.port, user=address.user, password=address.password, database=address.database
    ) as other:
        async with other.cursor() as cursor:
            await cursor.execute("UPDATE things SET name = 'locked' WHERE n = 1")
            yield
        await other.rollback()


async def test_a_plan_tells_tables_without_a_key(reader: MysqlReader) -> None:
    by_key = await reader.plan(Query(sql="SELECT * FROM things WHERE name = :name"), {"name": "thing 7"})
    assert (by_key.full_scans, by_key.keys) == ((), (("things", "by_name"),))
    scan = await reader.plan(Query(sql="SELECT * FROM slow_things s WHERE tag = :tag"), {"tag": "a"})
    assert (scan.full_scans, scan.keys) == (("s",), ())
    assert scan.rows == pytest.approx(50, abs=5)  # as the server estimates it, from statistics that it renews by itself


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("SELECT * FROM nothing", NotThere, "This installation differs"),
        ("SELECT nothing FROM things", NotThere, "nothing"),
        ("SELECT nothing(1)", NotThere, "nothing"),
        ("SELECT @@nothing", NotThere, "nothing"),
        ("SELEC 1", SystemRefused, "error in your SQL syntax"),
        ("SELECT 1 AS a, 2 AS a", ConfigurationError, "two columns of the same name"),
    ],
)
async def test_errors_are_translated(reader: MysqlReader, sql: str, kind: type[BackstopError], says: str) -> None:
    with pytest.raises(kind, match=says):
        await reader.rows(Query(sql=sql), {})


async def test_who_is_not_let_in_is_told_apart(mariadb_server: MariadbServer) -> None:
    cases = {
        mariadb_server.url("looked_at", user="admin", password="hunter2"): SystemRefused,
        mariadb_server.url("nowhere"): NotThere,
        "mysql://admin:hunter2@127.0.0.1:1/looked_at": SystemUnreachable,
    }
    for address, kind in cases.items():
        reader = MysqlReader(PLACE, address, connection())
        with pytest.raises(kind) as caught:
            await reader.ping()
        assert "hunter2" not in caught.value.sentence
        await reader.close()


async def test_a_full_server_is_told_apart(mariadb_server: MariadbServer, url: str) -> None:
    await execute(
        url,
        "CREATE USER few@127.0.0.1 IDENTIFIED BY 'few' WITH MAX_USER_CONNECTIONS 1",
        "GRANT SELECT ON looked_at.* TO few@127.0.0.1",
    )
    first, second = (
        MysqlReader(PLACE, mariadb_server.url("looked_at", user="few", password="few"), connection()) for _ in range(2)
    )
    assert await first.ping() == "answers; looked as few@127.0.0.1"
    with pytest.raises(SystemFull, match="lets nobody in any more"):
        await second.ping()
    await first.close()
    await second.close()
    await execute(url, "DROP USER few@127.0.0.1")


@pytest.mark.parametrize("address", ["postgresql://x@h/y", "mysql://", "mysql://h:no/x", "hunter2"])
def test_other_addresses_are_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        MysqlReader(PLACE, address, connection())
    assert "hunter2" not in caught.value.sentence


async def test_a_change_is_kept_whole_or_not_at_all(reader: MysqlReader, writer: MysqlWriter) -> None:
    rename = Statement(sql="UPDATE things SET name = :name WHERE n <= :most", at_most=3)
    async with writer.transaction({"most": 2}) as transaction:
        assert await transaction.run(rename, name="renamed") == 2
        assert await transaction.run(rename, name="renamed") == 0, "what is so already does not count"
    assert await count(reader, "renamed") == 2
    with pytest.raises(ActionFailed, match="would have changed 9 rows instead of 3"):
        async with writer.transaction({"most": 9}) as transaction:
            await transaction.run(rename, name="renewed")
    assert await count(reader, "renewed") == 0
    with pytest.raises(asyncio.CancelledError):
        async with writer.transaction({"most": 1}) as transaction:
            await transaction.run(rename, name="renewed")
            raise asyncio.CancelledError
    assert await count(reader, "renewed") == 0


async def test_rows_can_be_locked_and_read_in_a_transaction(reader: MysqlReader, writer: MysqlWriter) -> None:
    lock = Statement(sql="SELECT n, name FROM things WHERE n = :n FOR UPDATE")
    async with writer.transaction({}) as transaction:
        assert await transaction.fetch(lock, n=7) == [{"n": 7, "name": "thing 7"}]
        assert await transaction.fetch(lock, n=999) == []
        with pytest.raises(TookTooLong):
            await reader.rows(Query(sql="SELECT n FROM things WHERE n = 7 LOCK IN SHARE MODE"), {})
    with pytest.raises(ActionFailed, match="2 rows instead of 1"):
        async with writer.transaction({}) as transaction:
            await transaction.fetch(Statement(sql="SELECT n FROM things FOR UPDATE"))


async def test_a_connection_that_was_killed_is_replaced(reader: MysqlReader, url: str) -> None:
    (number,) = (await reader.rows(Query(sql="SELECT CONNECTION_ID() AS n"), {})).column()
    await execute(url, f"KILL {number}")
    assert await count(reader) == 200
