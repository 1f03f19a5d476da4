"""The reader of PostgreSQL cannot write, is bounded in rows and time, and says what went wrong in the bot's words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from bot.access.postgresql import PostgresqlReader
from bot.access.postgresql_writer import PostgresqlWriter
from bot.embedded import PostgresServer
from bot.errors import (
    ActionFailed,
    BackstopError,
    ConfigurationError,
    NotThere,
    SystemFull,
    SystemRefused,
    SystemUnreachable,
    TookTooLong,
)
from bot.model.connections import Secret, SqlConnection
from bot.model.system import Query, Statement

PLACE = "The database of test"


def connection(**changes: object) -> SqlConnection:
    return SqlConnection.model_validate(
        {"kind": "postgresql", "url": Secret(env="X"), "timeout": "1s", "row_cap": 5, "pool": 2, **changes}
    )


@pytest.fixture(scope="module")
async def url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A database with one table, and a role that may do everything in it: the reader itself must be what refuses."""
    async with await psycopg.AsyncConnection.connect(postgres_server.url(), autocommit=True) as server:
        await server.execute("CREATE DATABASE looked_at")
        async with await psycopg.AsyncConnection.connect(postgres_server.url("looked_at"), autocommit=True) as made:
            await made.execute("CREATE TABLE things AS SELECT n, 'thing ' || n AS name FROM generate_series(1, 20) n")
        yield postgres_server.url("looked_at")
        await server.execute("DROP DATABASE looked_at WITH (FORCE)")


@pytest.fixture
async def reader(url: str) -> AsyncIterator[PostgresqlReader]:
    made = PostgresqlReader(PLACE, url, connection())
    yield made
    await made.close()


@pytest.fixture
async def writer(url: str) -> AsyncIterator[PostgresqlWriter]:
    made = PostgresqlWriter(PLACE, url, connection())
    yield made
    await made.close()


async def count(reader: PostgresqlReader, name: str = "thing") -> int:
    query = Query(sql="SELECT count(*) FROM things WHERE starts_with(name, :name)")
    return (await reader.rows(query, {"name": name})).number


async def test_rows_are_capped(reader: PostgresqlReader) -> None:
    rows = await reader.rows(Query(sql="SELECT n FROM things ORDER BY n"), {})
    assert (rows.column(), rows.capped, rows.role) == ([1, 2, 3, 4, 5], True, "postgres")
    assert not (await reader.rows(Query(sql="SELECT n FROM things WHERE n <= :most"), {"most": 5})).capped


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM things",
        "UPDATE things SET n = 0 RETURNING n",
        "DROP TABLE things",
        "SELECT 1; DELETE FROM things",
        "WITH gone AS (DELETE FROM things RETURNING n) SELECT * FROM gone",
        "SELECT setval('s', 1)",
        "COPY things TO STDOUT",
    ],
)
async def test_nothing_can_be_written(reader: PostgresqlReader, sql: str) -> None:
    with pytest.raises((SystemRefused, NotThere)):
        await reader.rows(Query(sql=sql), {})
    assert await count(reader) == 20


@pytest.mark.parametrize("sql", ["SELECT * FROM nothing", "SELECT nothing FROM things", "SELECT nothing()"])
async def test_what_is_missing_is_not_there(reader: PostgresqlReader, sql: str) -> None:
    with pytest.raises(NotThere, match="nothing"):
        await reader.rows(Query(sql=sql), {})


async def test_a_value_is_a_value(reader: PostgresqlReader) -> None:
    evil = "' OR true; DROP TABLE things; --"
    rows = await reader.rows(Query(sql="SELECT n FROM things WHERE name = :name"), {"name": evil})
    assert len(rows) == 0
    assert await count(reader) == 20


async def test_a_slow_query_takes_too_long_and_is_ended_at_the_server(reader: PostgresqlReader) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(TookTooLong, match="did not answer within 1 s"):
            await reader.rows(Query(sql="SELECT pg_sleep(60)"), {})
    running = Query(
        sql="SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND state = 'active'"
    )
    assert (await reader.rows(running, {})).number == 0


async def test_a_locked_table_takes_too_long(reader: PostgresqlReader, url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.execute("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TookTooLong):
            await count(reader)
    assert await count(reader) == 20


async def test_a_look_that_is_cancelled_leaves_the_reader_usable(reader: PostgresqlReader) -> None:
    looks = [asyncio.create_task(reader.rows(Query(sql="SELECT pg_sleep(60)"), {})) for _ in range(5)]
    await asyncio.sleep(0.2)
    for look in looks:
        look.cancel()
    await asyncio.gather(*looks, return_exceptions=True)
    assert await count(reader) == 20


async def test_more_looks_than_connections_wait_for_each_other(reader: PostgresqlReader) -> None:
    assert await asyncio.gather(*(count(reader) for _ in range(20))) == [20] * 20


async def test_a_session_variable_does_not_outlive_the_look(reader: PostgresqlReader) -> None:
    sets = Query(sql="SELECT set_config('my.tenant', :tenant, false)")
    reads = Query(sql="SELECT current_setting('my.tenant', true) AS tenant")
    for _ in range(4):
        assert (await reader.rows(reads, {"tenant": "a"}, sets)).column() == ["a"]
        assert (await reader.rows(reads, {})).column() in ([None], [""])


async def test_an_idle_connection_that_was_cut_is_replaced(reader: PostgresqlReader, url: str) -> None:
    await asyncio.gather(*(count(reader) for _ in range(4)))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backstop'"
            " AND datname = 'looked_at'"
        )
    assert await count(reader) == 20


@pytest.mark.usefixtures("url")
async def test_who_may_not_is_refused(postgres_server: PostgresServer) -> None:
    async with await psycopg.AsyncConnection.connect(postgres_server.url(), autocommit=True) as server:
        await server.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
        try:
            made = PostgresqlReader(PLACE, postgres_server.url("looked_at", user="poor", password="poor"), connection())
            with pytest.raises(SystemRefused, match="permission denied for table things"):
                await count(made)
            assert await made.ping() == "answers; looked as poor"
            await made.close()
            wrong = PostgresqlReader(PLACE, postgres_server.url("looked_at", user="poor", password="no"), connection())
            with pytest.raises(SystemRefused, match="password authentication failed") as refused:
                await wrong.ping()
            assert "no@" not in str(refused.value)
        finally:
            await server.execute("DROP ROLE poor")


async def test_a_server_that_is_away_is_unreachable_at_once() -> None:
    made = PostgresqlReader(PLACE, "postgresql://x:secret@127.0.0.1:1/y", connection(timeout="60s"))
    async with asyncio.timeout(20):
        with pytest.raises(SystemUnreachable, match="cannot be reached") as away:
            await made.ping()
    assert "secret" not in str(away.value)


async def test_a_server_that_never_answers_costs_its_time_limit() -> None:
    async def stay(_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        to.close()

    server = await asyncio.start_server(stay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = PostgresqlReader(PLACE, f"postgresql://x:y@127.0.0.1:{port}/z", connection(timeout="500ms"))
    async with asyncio.timeout(20):
        with pytest.raises(TookTooLong):
            await made.ping()
    server.close()


async def test_an_address_of_something_else_is_a_wrong_configuration() -> None:
    made = PostgresqlReader(PLACE, "redis://x:secret@127.0.0.1/0 = what", connection())
    with pytest.raises(ConfigurationError) as wrong:
        await made.ping()
    assert "secret" not in str(wrong.value)


async def test_two_columns_of_one_name_are_a_wrong_configuration(reader: PostgresqlReader) -> None:
    with pytest.raises(ConfigurationError, match="same name"):
        await reader.rows(Query(sql="SELECT 1 AS a, 2 AS a"), {})


async def test_a_change_is_kept_at_the_end_of_the_block(writer: PostgresqlWriter, reader: PostgresqlReader) -> None:
    async with writer.transaction({"n": 1}) as transaction:
        assert await transaction.run(Statement(sql="UPDATE things SET name = :name WHERE n = :n"), name="x") == 1
        assert await count(reader, "x") == 0
    assert await count(reader, "x") == 1
    async with writer.transaction({"n": 1}) as transaction:
        await transaction.run(Statement(sql="UPDATE things SET name = 'thing 1' WHERE n = :n"))


async def test_more_rows_than_allowed_change_nothing(writer: PostgresqlWriter, reader: PostgresqlReader) -> None:
    with pytest.raises(ActionFailed, match="Nothing was changed: It would have changed 20 rows instead of 1"):
        async with writer.transaction({}) as transaction:
            await transaction.run(Statement(sql="DELETE FROM things"))
    assert await count(reader) == 20


@pytest.mark.parametrize("problem", [ActionFailed("It is another one."), ValueError("a mistake")])
async def test_an_error_in_the_block_takes_everything_back(
    writer: PostgresqlWriter, reader: PostgresqlReader, problem: Exception
) -> None:
    with pytest.raises(type(problem)):
        async with writer.transaction({}) as transaction:
            await transaction.run(Statement(sql="DELETE FROM things WHERE n = 1"))
            raise problem
    assert await count(reader) == 20


async def test_an_error_that_is_swallowed_takes_everything_back_all_the_same(
    writer: PostgresqlWriter, reader: PostgresqlReader
) -> None:
    with pytest.raises(ActionFailed, match="took the change back"):
        async with writer.transaction({}) as transaction:
            await transaction.run(Statement(sql="DELETE FROM things WHERE n = 1"))
            with contextlib.suppress(BackstopError):
                await transaction.run(Statement(sql="DELETE FROM nothing"))
    assert await count(reader) == 20


async def test_a_connection_that_is_lost_before_the_end_changes_nothing(
    writer: PostgresqlWriter, reader: PostgresqlReader, url: str
) -> None:
    with pytest.raises((ActionFailed, SystemUnreachable)):
        async with writer.transaction({}) as transaction:
            await transaction.run(Statement(sql="DELETE FROM things WHERE n = 1"))
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DELETE FROM things%'"
                )
            await transaction.run(Statement(sql="DELETE FROM things WHERE n = 2"))
    assert await count(reader) == 20


async def test_a_lost_connection_at_the_end_is_not_known(writer: PostgresqlWriter, url: str) -> None:
    with pytest.raises(SystemUnreachable, match="is not known"):
        async with writer.transaction({}) as transaction:
            await transaction.run(Statement(sql="UPDATE things SET n = 1 WHERE n = 1"))
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'UPDATE things SET n%'"
                )


async def test_time_limits_are_those_of_the_connection(url: str) -> None:
    made = PostgresqlReader(PLACE, url, connection(timeout=timedelta(milliseconds=300)))
    rows = await made.rows(
        Query(sql="SELECT current_setting('statement_timeout') AS s, current_setting('lock_timeout') AS l"), {}
    )
    assert rows.first == {"s": "300ms", "l": "300ms"}
    await made.close()


async def test_a_plan_tells_tables_without_a_key(reader: PostgresqlReader, url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as server:
        await server.execute("CREATE TABLE kept AS SELECT n, n % 3 AS tag FROM generate_series(1, 9) n")
        await server.execute("CREATE INDEX kept_by_tag ON kept (tag)")
    by_key = await reader.plan(Query(sql="SELECT * FROM kept WHERE tag = :tag"), {"tag": 1})
    assert (by_key.full_scans, by_key.keys) == ((), (("kept", "kept_by_tag"),)), "small as it is, it has a key"
    scan = await reader.plan(Query(sql="SELECT * FROM kept WHERE n = :n"), {"n": 1})
    assert (scan.full_scans, scan.keys) == (("kept",), ())
    assert (await reader.rows(Query(sql="SELECT current_setting('enable_seqscan') AS x"), {})).first == {"x": "on"}


async def test_rows_can_be_locked_and_read_in_a_transaction(writer: PostgresqlWriter, reader: PostgresqlReader) -> None:
    lock = Statement(sql="SELECT n, name FROM things WHERE n = :n FOR UPDATE")
    async with writer.transaction({}) as transaction:
        assert await transaction.fetch(lock, n=7) == [{"n": 7, "name": "thing 7"}]
        assert await transaction.fetch(lock, n=999) == []
    with pytest.raises(ActionFailed, match="2 rows instead of 1"):
        async with writer.transaction({}) as transaction:
            await transaction.fetch(Statement(sql="SELECT n FROM things FOR UPDATE"))
    assert await count(reader) == 20


async def test_a_full_server_is_told_apart(postgres_server: PostgresServer, url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as server:
        await server.execute("CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 1")
    first, second = (
        PostgresqlReader(PLACE, postgres_server.url("looked_at", user="few", password="few"), connection())
        for _ in range(2)
    )
    assert await first.ping() == "answers; looked as few"
    with pytest.raises(SystemFull, match="lets nobody in any more"):
        await second.ping()
    await first.close()
    await second.close()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as server:
        await server.execute("DROP ROLE few")
