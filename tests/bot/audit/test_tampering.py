"""Whoever rules the database can change the trail, and each such change is found."""

import asyncio
import hashlib
import multiprocessing
import os
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from bot.audit import Folder, TrailBroken, Verified, verify
from bot.audit.checkpoint import sign
from bot.audit.spans import processes
from bot.errors import InputError
from bot.store import trail
from bot.store.provisioning import Addresses
from bot.store.rights import look
from tests.bot.audit.conftest import Office
from tests.supported import ROOT

_SPAWN = multiprocessing.get_context("spawn")
# Writes the whole chain anew after an event was changed, as somebody would who knows how it is hashed.
_REWRITE = """
DO $$
DECLARE
    before bytea := sha256(convert_to('backstop audit trail', 'UTF8'));
    row record;
BEGIN
    FOR row IN SELECT * FROM audit_events ORDER BY number LOOP
        before := sha256(before || convert_to(row.number || E'\\n'
            || to_char(row.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\\n'
            || encode(sha256(row.salt || convert_to(row.body, 'UTF8')), 'hex'), 'UTF8'));
        UPDATE audit_events SET hash = before WHERE number = row.number;
    END LOOP;
    UPDATE audit_head SET hash = before, number = (SELECT max(number) FROM audit_events);
END $$
"""
_CHANGE = "UPDATE audit_events SET body = replace(body, 'Looked at b', 'Looked at x') WHERE number = 3"
_SWAP = """
UPDATE audit_events AS one SET body = two.body, salt = two.salt, tenant = two.tenant FROM audit_events AS two
WHERE one.number IN (3, 4) AND two.number = 7 - one.number
"""


@pytest.fixture
async def written(office: Office) -> Office:
    """Six events, of which the first five are under a signed checkpoint: the key, a, b, c, d, and e."""
    await office.notary._key()
    await office.write("a", "b", "c", "d")
    await office.notary.stamp()
    await office.write("e")
    return office


async def in_spans(office: Office, span: int, workers: Callable[[], Executor] = ThreadPoolExecutor) -> Verified:
    """What workers find who follow so many events each."""
    keys, checkpoints = office.folder.public_keys(), office.folder.checkpoints()
    return await verify(office.store, checkpoints, keys, span=span, workers=workers)


async def test_a_whole_trail_is_whole(written: Office) -> None:
    found = await written.trail.verify()
    assert found.broken is None
    assert "All 6 events are as they were written" in found.says
    assert "Not proven: the same for the event since" in found.says
    assert "\n" not in found.says
    for span in (1, 2):
        assert await in_spans(written, span) == found


async def test_processes_follow_the_spans_of_a_long_trail(written: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await written.trail.verify()
    followed = []

    def pages(*given: Any, after: int, last: int) -> AsyncIterator[list[trail.Row]]:
        followed.append((after, last))
        return real(*given, after=after, last=last)

    real = trail.pages
    monkeypatch.setattr(trail, "pages", pages)  # in this process, and so not in theirs
    assert await in_spans(written, 2, processes) == found
    assert followed == [(6, 6)]


async def test_where_no_process_can_work_the_trail_is_still_followed(written: Office) -> None:
    found = await written.trail.verify()
    assert await in_spans(written, 2, lambda: ProcessPoolExecutor(1, _SPAWN, os._exit, (1,))) == found


async def test_without_checkpoints_it_says_what_is_not_proven(written: Office) -> None:
    found = await verify(written.store)
    assert found.broken is None
    assert "Not proven: that nobody who rules the database wrote the whole chain anew" in found.says


@pytest.mark.parametrize(
    ("statements", "broken", "says"),
    [
        ([_CHANGE], 3, "not what was written"),
        (["UPDATE audit_events SET at = at - interval '1 day' WHERE number = 2"], 2, "not what was written"),
        (["UPDATE audit_events SET tenant = 'x' WHERE number = 3"], 3, "the columns that are searched"),
        (["UPDATE audit_events SET person = 'Ux', email = 'x@example.com' WHERE number = 3"], 3, "searched"),
        (["DELETE FROM audit_events WHERE number = 3"], 3, "it was removed"),
        (["DELETE FROM audit_events WHERE number = 1"], 1, "it was removed"),
        ([_SWAP], 3, "not what was written"),
        (["DELETE FROM audit_events WHERE number = 6"], 6, "the end was cut off"),
        (["TRUNCATE audit_events"], 1, "the end was cut off"),
        (["DELETE FROM audit_events WHERE number >= 5", _REWRITE], 5, "a signed checkpoint names event 5"),
        ([_CHANGE, _REWRITE], 1, "the chain was written anew"),
        (["INSERT INTO audit_events SELECT 7, at, hash, salt, body, verb, person, email, system, tenant, subject,"
          " action, outcome, written_in FROM audit_events WHERE number = 6", "UPDATE audit_head SET number = 7"],
         7, "not what was written"),
    ],
)  # fmt: skip
async def test_what_a_superuser_changes_is_found(
    written: Office, statements: list[str], broken: int, says: str
) -> None:
    await written.tamper(*statements)
    found = await written.trail.verify()
    assert (found.broken, says in found.says) == (broken, True), found
    for span in (1, 2):
        assert await in_spans(written, span) == found


async def test_a_rewritten_chain_is_narrowed_down_by_checkpoints(written: Office) -> None:
    await written.notary.stamp()
    await written.write("f")
    await written.notary.stamp()
    await written.tamper("UPDATE audit_events SET body = replace(body, 'Looked', 'Peeked') WHERE number = 6", _REWRITE)
    found = await written.trail.verify()
    assert (found.broken, found.events) == (6, 5)
    assert "between event 6 and event 6" in found.says


async def test_what_is_not_signed_yet_can_be_written_anew(written: Office) -> None:
    """Why checkpoints leave the database often: this is what they cannot see."""
    await written.tamper("UPDATE audit_events SET body = replace(body, 'Looked', 'Peeked') WHERE number = 6", _REWRITE)
    assert (await written.trail.verify()).broken is None
    assert await written.trail.is_writable()


async def test_nothing_is_signed_over_a_broken_trail(written: Office) -> None:
    await written.tamper("UPDATE audit_events SET body = replace(body, 'Looked', 'Peeked') WHERE number = 6")
    with pytest.raises(TrailBroken, match="event 6"):
        await written.notary.stamp()


@pytest.mark.parametrize("statements", [[_CHANGE, _REWRITE], ["DELETE FROM audit_events WHERE number > 3", _REWRITE]])
async def test_nothing_is_signed_over_a_trail_that_was_written_anew(written: Office, statements: list[str]) -> None:
    await written.tamper(*statements)
    with pytest.raises(TrailBroken, match="signed checkpoint"):
        await written.notary.stamp()


async def test_nothing_is_signed_when_the_signed_event_was_removed(written: Office) -> None:
    await written.tamper("DELETE FROM audit_events WHERE number = 5")
    with pytest.raises(TrailBroken, match="signed checkpoint"):
        await written.notary.stamp()


async def test_a_forged_checkpoint_is_found(written: Office) -> None:
    (real,) = written.folder.checkpoints()
    written.folder.add(real.model_copy(update={"hash": hashlib.sha256(b"").hexdigest()}))
    found = await written.trail.verify()
    assert (found.broken, "not signed by a known key" in found.says) == (5, True)


async def test_a_checkpoint_of_a_stranger_is_found(written: Office, office: Office) -> None:
    stranger = Folder(office.path / "stranger")
    other = type(office.notary)(office.store, stranger, office.watch)
    key = await other._key()
    written.folder.add(sign(key, 2, b"\0" * 32, office.watch()))
    assert "not signed by a known key" in (await written.trail.verify()).says


async def test_older_events_are_archived_as_the_how_to_says(written: Office, addresses: Addresses) -> None:
    how_to = await asyncio.to_thread((ROOT / "docs" / "how-to" / "audit.md").read_text, encoding="utf-8")
    (statements,) = re.findall(r"```sql\n(.*?)```", how_to, re.DOTALL)
    async with await psycopg.AsyncConnection.connect(addresses.owner, autocommit=True) as owner:
        await owner.execute(statements.replace("250000", "5").encode())
    assert (await written.trail.verify()).broken == 1
    async with written.store.work() as work:
        assert all(one.holds for one in await look(work))
    assert (await written.notary.stamp()).number == 6
    found = await written.trail.verify(after=5)
    assert (found.broken, "Events 6 to 6 are as they were written" in found.says) == (None, True)
    with pytest.raises(InputError, match="no signed checkpoint of event 4"):
        await written.trail.verify(after=4)


async def test_events_that_are_written_meanwhile_do_not_look_broken(
    written: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = trail.pages

    async def slowly(*given: Any, **named: Any) -> AsyncIterator[list[trail.Row]]:
        async for page in pages(*given, page=4, **named):
            await written.write("f")
            yield page

    monkeypatch.setattr(trail, "pages", slowly)
    found = await written.trail.verify()
    assert (found.broken, found.events) == (None, 6)
