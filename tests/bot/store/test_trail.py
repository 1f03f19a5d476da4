"""The audit chain: what is written stays, and nothing is changed without its event."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from bot.audit import verify
from bot.errors import Unrecordable
from bot.model.audit import Event, Filters
from bot.model.people import Person
from bot.store import Store, trail
from bot.store.provisioning import Addresses
from bot.store.tables import metadata
from tests.databases import Databases

SAM = Person(id="U1", name="Sam", email="sam@example.com")


def event(says: str, **more: str) -> Event:
    """An event of Sam's."""
    return Event(verb="diagnosis.finished", person=SAM, at=datetime.now(UTC), says=says, **more)


@pytest.fixture
async def store(addresses: Addresses) -> AsyncIterator[Store]:
    """The bot's database as the running bot sees it."""
    store = Store(addresses.running)
    yield store
    await store.close()


async def test_each_event_hashes_the_one_before(store: Store) -> None:
    async with store.work() as work:
        work.record(event("one"))
        work.record(event("two", tenant="ténant 🚚"))
    previous = hashlib.sha256(b"backstop audit trail").digest()
    async for row in trail.rows(store, page=1):
        digest = hashlib.sha256(row.salt + row.body.encode()).hexdigest()
        previous = hashlib.sha256(previous + f"{row.number}\n{row.at}\n{digest}".encode()).digest()
        assert previous == row.hash
    async with store.work() as work:
        assert await trail.head(work) == (2, previous)


async def test_who_writes_at_once_waits_for_the_one_before(store: Store) -> None:
    async def write(name: str) -> None:
        for number in range(20):
            async with store.work() as work:
                work.record(event(f"{name}, {number}"))

    await asyncio.gather(*(write(f"writer {number}") for number in range(8)))
    found = await verify(store)
    assert (found.events, found.broken) == (160, None)
    async with store.work() as work:
        assert (await trail.head(work))[0] == 160


async def test_what_postgres_cannot_hold_is_replaced(store: Store) -> None:
    async with store.work() as work:
        work.record(event("null \0 and half \ud800 a pair"))
    async with store.work() as work:
        (found,) = await trail.find(work, Filters())
    assert found.event.says == "null � and half � a pair"


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_events", "UPDATE audit_events SET body = ''", "TRUNCATE audit_events"]
)
@pytest.mark.parametrize("who", ["running", "owner", "superuser"])
async def test_nobody_changes_the_trail(
    store: Store, addresses: Addresses, databases: Databases, statement: str, who: str
) -> None:
    async with store.work() as work:
        work.record(event("kept"))
    address = databases.superuser(addresses) if who == "superuser" else getattr(addresses, who)
    async with await psycopg.AsyncConnection.connect(address) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement)


async def test_the_running_role_cannot_write_events_itself(store: Store) -> None:
    with pytest.raises(Unrecordable):
        async with store.work() as work:
            await work.execute(text("INSERT INTO audit_events SELECT * FROM audit_events"))


async def test_a_state_change_without_its_event_is_refused(store: Store) -> None:
    insert = text("""INSERT INTO escalations VALUES ('E1', 'open', 'aiops', '', 'D1', now(), '{}')""")
    with pytest.raises(Unrecordable):
        async with store.work() as work:
            await work.execute(insert)
    async with store.work() as work:
        await work.execute(insert)
        work.record(Event(verb="escalation.opened", person=SAM, at=datetime.now(UTC), subject="escalation E1",
                          detail={"state": "open"}))  # fmt: skip


async def test_a_temporary_table_does_not_answer_for_the_trail(store: Store) -> None:
    with pytest.raises(Unrecordable) as caught:
        async with store.work() as work:
            await work.execute(text("CREATE TEMP TABLE audit_events (LIKE audit_events INCLUDING ALL) ON COMMIT DROP"))
            await work.execute(
                text("""INSERT INTO pg_temp.audit_events VALUES (1, now(), '', '',
                '{"detail": {"state": "open"}}', '', '', '', '', '', 'escalation E2', '', '', pg_current_xact_id()::text
            )""")
            )
            await work.execute(text("INSERT INTO escalations VALUES ('E2', 'open', 'aiops', '', 'D1', now(), '{}')"))
    assert "without an audit event" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO votes VALUES ('R1', 'U2', now(), '{}')",
        "INSERT INTO diagnoses VALUES ('D1', 'stale-data', 'aiops', '', 'running', now(), '', '{}')",
    ],
)
async def test_no_vote_and_no_diagnosis_without_its_event(store: Store, statement: str) -> None:
    async with store.work() as work:
        await work.execute(
            text("""INSERT INTO requests VALUES ('R1', '', '', '', '', 'pending', 0, '', '', now(),
            now(), now(), '{}')""")
        )
        work.record(Event(verb="request.asked", person=SAM, at=datetime.now(UTC), subject="request R1",
                          detail={"state": "pending"}))  # fmt: skip
    with pytest.raises(Unrecordable) as caught:
        async with store.work() as work:
            await work.execute(text(statement))
    assert "without an audit event" in str(caught.value.__cause__)


async def test_an_append_reads_no_more_after_a_long_transaction(store: Store, addresses: Addresses) -> None:
    """A transaction that goes on keeps each version of the head, here its own; they fill pages of the head's table."""

    async def read(connection: psycopg.AsyncConnection) -> int:
        explained = await connection.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT audit_append(ARRAY[%s])", [event("x").model_dump_json()]
        )
        ((found,),) = await explained.fetchall()
        return int(found[0]["Plan"]["Shared Hit Blocks"]) + int(found[0]["Plan"]["Shared Read Blocks"])

    async with store.work() as work:
        work.record(event("first"))
    async with await psycopg.AsyncConnection.connect(addresses.running, autocommit=True) as connection:
        await read(connection)  # which also read the catalog
        before = await read(connection)
        await connection.execute(
            "SELECT audit_append(ARRAY[%s]) FROM generate_series(1, 4000)", [event("many").model_dump_json()]
        )
    async with await psycopg.AsyncConnection.connect(addresses.owner, autocommit=True) as connection:
        found = await (await connection.execute("SELECT pg_relation_size('audit_head') / 8192")).fetchone()
        assert found is not None
        pages = found[0]
        await read(connection)
        assert pages > 25
        assert await read(connection) < before + pages


async def test_migrations_make_what_the_tables_say(addresses: Addresses) -> None:
    engine = create_engine(make_url(addresses.owner).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    engine.dispose()
    ours = [change for change in found if "procrastinate" not in str(change)]
    assert ours == []
