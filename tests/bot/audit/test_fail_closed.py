"""No record, no change: whatever keeps the trail from being written keeps everything from being done."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from bot.errors import Unrecordable
from bot.model.diagnosis import Verdict
from bot.model.request import State
from bot.wiring import Built
from sandbox.aiops import AiOps
from tests.bot.audit.conftest import Office
from tests.bot.test_path import OLGA, SAM, asked, diagnosed

Trouble = Callable[[Office], "AsyncIterator[None]"]


async def _server(office: Office, *statements: str) -> None:
    """Does something beside the bot's database, which is called {name}."""
    url = make_url(office.superuser)
    address = url.set(database="postgres").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        for statement in statements:
            await connection.execute(statement.format(name=url.database).encode())


_HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


async def _revoked(office: Office) -> AsyncIterator[None]:
    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    yield
    await office.change("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")


async def _read_only(office: Office) -> AsyncIterator[None]:
    await _server(office, "ALTER DATABASE {name} SET default_transaction_read_only = on", _HANG_UP)
    yield
    await _server(office, "ALTER DATABASE {name} RESET default_transaction_read_only", _HANG_UP)


async def _disk_full(office: Office) -> AsyncIterator[None]:
    await office.change("""CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$""")
    await office.change(
        "CREATE TRIGGER full_disk BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
    yield
    await office.change("DROP TRIGGER full_disk ON audit_events")


async def _slow(office: Office) -> AsyncIterator[None]:
    await office.change("ALTER FUNCTION audit_append SET lock_timeout = '150ms'")
    async with await psycopg.AsyncConnection.connect(office.superuser) as connection:
        await connection.execute("SELECT FROM audit_head FOR UPDATE")
        yield


async def _gone(office: Office) -> AsyncIterator[None]:
    await _server(office, "ALTER DATABASE {name} ALLOW_CONNECTIONS false", _HANG_UP)
    yield
    await _server(office, "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.parametrize("trouble", [_revoked, _read_only, _disk_full, _slow, _gone])
async def test_nothing_is_done_without_a_record(built: Built, office: Office, system: AiOps, trouble: Trouble) -> None:
    await system.faults.break_("never-expires")
    pending = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    assert await built.bot.audit.is_writable()
    async with asynccontextmanager(trouble)(office):
        assert not await built.bot.audit.is_writable()
        with pytest.raises(Unrecordable, match="nothing was done"):
            await built.bot.voting.approve(OLGA, pending.id)
        with pytest.raises(Unrecordable, match="nothing was done"):
            await built.bot.voting.deny(OLGA, pending.id, "no")
        shown = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
        assert (shown.verdict, shown.recorded) == (Verdict.FAULT, False)
    assert (await built.bot.voting.get(pending.id)).state is State.PENDING
    verbs = [row.event.verb for row in await built.bot.audit.of_request(pending)]
    assert verbs == ["diagnosis.started", "diagnosis.finished", "request.asked"]
    assert (await built.bot.audit.verify()).broken is None
    assert await built.bot.audit.is_writable()
    # Once it can be written again, everything goes on where it was.
    await built.bot.voting.approve(OLGA, pending.id)
    await built.executing.execute(pending.id)
    assert (await built.bot.voting.get(pending.id)).state is State.DONE


@pytest.mark.parametrize("trouble", [_revoked, _read_only, _disk_full, _slow, _gone])
async def test_what_was_approved_does_not_run_without_a_record(
    built: Built, office: Office, system: AiOps, trouble: Trouble
) -> None:
    await system.faults.break_("never-expires")
    approved = await asked(built, OLGA, await diagnosed(built, OLGA, "stale-data tenant=tenant-abc"))
    assert approved.state is State.APPROVED
    async with asynccontextmanager(trouble)(office):
        with pytest.raises(Unrecordable):
            await built.executing.execute(approved.id)
        assert (await diagnosed(built, SAM, "stale-data tenant=tenant-abc")).verdict is Verdict.FAULT
    assert (await built.bot.voting.get(approved.id)).state is State.APPROVED
    await built.executing.execute(approved.id)
    assert (await built.bot.voting.get(approved.id)).state is State.DONE


async def test_trying_leaves_nothing_behind(office: Office) -> None:
    await office.write("a")
    for _ in range(3):
        assert await office.trail.is_writable()
    assert [row.number for row in await office.trail.find()] == [1]
    await office.write("b")
    assert [row.number for row in await office.trail.find()] == [2, 1]
