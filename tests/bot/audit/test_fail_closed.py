"""No record, no change: whatever keeps the trail from being written keeps everything from being done."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.app import Resolved
from bot.errors import Unrecordable
from bot.model.diagnosis import Verdict
from bot.model.request import State
from bot.wiring import Built
from bot.wiring.readiness import Readiness
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
            for one in statement.replace("{name}", str(url.database)).split("; "):
                await connection.execute(one.encode())


# Waits for the end of each: of one that ends a moment later, the bot would first learn by its next statement.
_HANG_UP = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"


async def _revoked(office: Office) -> AsyncIterator[None]:
    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    yield
    await office.change("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")


async def _read_only(office: Office) -> AsyncIterator[None]:
    await _server(office, "ALTER DATABASE {name} SET default_transaction_read_only = on", _HANG_UP)
    yield
    await _server(office, "ALTER DATABASE {name} RESET default_transaction_read_only", _HANG_UP)


async def _table_read_only(office: Office) -> AsyncIterator[None]:
    await office.change("REVOKE INSERT ON audit_events FROM backstop_owner")
    yield
    await office.change("GRANT INSERT ON audit_events TO backstop_owner")


_FULL = 2 * 1024 * 1024  # as large as files may become; those of the write-ahead log, of 1 MB each, still fit
_FILLER = """SELECT audit_append(array_agg(
        '{"verb":"x","person":{"id":"u"},"system":"","tenant":"","subject":"","detail":{"pad":"' || pad
        || '"},"outcome":"ok"}'))
    FROM (SELECT string_agg(md5(n::text || m), '') AS pad
        FROM generate_series(1, %s) AS n, generate_series(1, %s) AS m GROUP BY n) AS made"""


async def _disk_full(office: Office) -> AsyncIterator[None]:
    """The kernel lets the server's files grow no more, as on a full disk: no new page for the table can be had."""
    await office.fill(_FILLER, 1_250, 42)
    await _let_grow(office, str(_FULL))
    try:
        with pytest.raises(psycopg.errors.InternalError, match="could not extend file"):
            for _ in range(500):
                await office.fill(_FILLER, 1, 8)
        yield
    finally:
        await _let_grow(office, "unlimited")


async def _let_grow(office: Office, most: str) -> None:
    # Done by the server itself, so that it works whoever runs the tests, root or not; the next connections inherit it.
    said = f"prlimit --pid $(head -1 postmaster.pid) --fsize={most}: 2>&1"
    await _server(office, f"CREATE TEMP TABLE said (line text); COPY said FROM PROGRAM '{said}'", _HANG_UP)


async def _slow(office: Office) -> AsyncIterator[None]:
    await office.change("ALTER FUNCTION audit_append SET lock_timeout = '150ms'")
    async with await psycopg.AsyncConnection.connect(office.superuser) as connection:
        await connection.execute("SELECT FROM audit_head FOR UPDATE")
        yield


async def _gone(office: Office) -> AsyncIterator[None]:
    await _server(office, "ALTER DATABASE {name} ALLOW_CONNECTIONS false", _HANG_UP)
    yield
    await _server(office, "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


TROUBLES = [_revoked, _read_only, _table_read_only, _disk_full, _slow, _gone]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_nothing_is_done_without_a_record(
    built: Built, office: Office, system: AiOps, trouble: Trouble, tmp_path: Path
) -> None:
    ready = Readiness(built, tmp_path, lambda: True, timer=itertools.count(0, 2).__next__)
    assert await ready.wrong() == {}
    await system.faults.break_("never-expires")
    pending = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    assert await built.bot.audit.is_writable()
    async with asynccontextmanager(trouble)(office):
        assert not await built.bot.audit.is_writable()
        assert set(await ready.wrong()) & {"audit", "database"}
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
    assert await ready.wrong() == {}
    # Once it can be written again, everything goes on where it was.
    await built.bot.voting.approve(OLGA, pending.id)
    await built.executing.execute(pending.id)
    assert (await built.bot.voting.get(pending.id)).state is State.DONE


@pytest.mark.parametrize("trouble", TROUBLES)
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


async def test_what_ended_meanwhile_is_recorded_late(built: Built, office: Office) -> None:
    found = await built.bot.intake.resolve(SAM, "backend-support", "stale-data tenant=tenant-abc")
    assert isinstance(found, Resolved)
    begun, task = await built.bot.diagnose(SAM, found.runbook, found.system, found.inputs)
    async with asynccontextmanager(_revoked)(office):
        assert not (await task).recorded
        with pytest.raises(Unrecordable):
            await built.bot.diagnoses.record_late()
    await built.bot.diagnoses.record_late()
    late = await built.bot.diagnoses.get(begun.id)
    assert (late.verdict, late.recorded) == (Verdict.NO_FAULT, True)
    await built.bot.diagnoses.record_late()
    ended = await built.bot.audit.find(verb="diagnosis.finished")
    assert [row.event.subject for row in ended] == [f"diagnosis {begun.id}"]


async def test_trying_leaves_nothing_behind(office: Office) -> None:
    await office.write("a")
    for _ in range(3):
        assert await office.trail.is_writable()
    assert [row.number for row in await office.trail.find()] == [1]
    await office.write("b")
    assert [row.number for row in await office.trail.find()] == [2, 1]
