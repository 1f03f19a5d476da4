"""Checkpoints are signed when there is something new, kept with their keys, and handed on."""

import asyncio
import stat
from datetime import timedelta

import pytest

from bot.audit import AuditTrail, Checkpoint, Folder, Notary, checkpoint_always
from bot.errors import ConfigurationError, SlackFailed, Unrecordable
from bot.store import Store
from tests.bot.audit.conftest import ADA, Office


async def test_the_first_one_makes_a_key_which_is_private_and_on_record(office: Office) -> None:
    made = await office.notary.stamp()
    assert stat.S_IMODE((office.path / "signing.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(office.path.stat().st_mode) == 0o700
    (event,) = await office.trail.find()
    assert (event.event.verb, event.event.subject) == ("audit.key_made", f"key {made.key}")
    (key,) = office.folder.public_keys()
    assert made.is_signed_by(key)
    assert event.event.detail["public"] == key.public
    assert made.number == 1


async def test_nothing_new_is_not_signed_again(office: Office) -> None:
    first = await office.notary.stamp()
    assert await office.notary.stamp() == first
    await office.write("a")
    assert (await office.notary.stamp()).number == 2
    assert [one.number for one in office.folder.checkpoints()] == [1, 2]


async def test_two_processes_that_start_at_once_have_one_key(office: Office) -> None:
    others = [Notary(office.store, office.folder, office.watch) for _ in range(4)]
    made = await asyncio.gather(*(one.stamp() for one in others))
    assert len({one.key for one in made}) == 1
    assert len(office.folder.public_keys()) == 1
    assert [row.event.verb for row in await office.trail.find()] == ["audit.key_made"]
    assert (await office.trail.verify()).broken is None


async def test_a_key_that_others_may_read_is_not_used(office: Office) -> None:
    await office.notary.stamp()
    (office.path / "signing.key").chmod(0o640)
    await office.write("a")
    with pytest.raises(ConfigurationError, match="chmod 600"):
        await office.notary.stamp()


async def test_a_new_key_is_introduced_by_the_old_one(office: Office) -> None:
    first = await office.notary.stamp()
    await office.write("a")
    new = await office.notary.rotate(ADA)
    (rotated,) = await office.trail.find(verb="audit.key_rotated")
    assert (rotated.event.person, rotated.event.detail["introduced_by"]) == (ADA, first.key)
    assert [one.key for one in office.folder.checkpoints()] == [first.key, first.key, new.id]
    assert [key.id for key in office.folder.public_keys()] == [first.key, new.id]
    old = office.folder.public_keys()[0]
    assert old.check(new.introduction, f"backstop audit key\n{new.public}".encode())
    assert not old.check(new.introduction, f"backstop audit key\n{old.public}".encode())
    assert (await office.trail.verify()).broken is None


async def test_what_could_not_be_published_is_published_later(office: Office) -> None:
    told: list[Checkpoint] = []
    is_down = True

    async def publish(checkpoint: Checkpoint) -> None:
        if is_down:
            raise SlackFailed("Slack did not answer.")
        told.append(checkpoint)

    notary = Notary(office.store, office.folder, office.watch, publish)
    with pytest.raises(SlackFailed):
        await notary.stamp()
    is_down = False
    made = await notary.stamp()
    await notary.stamp()
    assert told == [made]
    assert made.line() == office.folder.checkpoints_file.read_text().strip()


async def test_checkpoints_copied_from_a_channel_count_too(office: Office) -> None:
    await office.write("a", "b")
    copied = (await office.notary.stamp()).line()
    office.folder.checkpoints_file.unlink()
    other = office.path / "channel.txt"
    other.write_text(copied + "\n")
    assert "there is no signed checkpoint" in (await office.trail.verify()).says
    assert "1 signed checkpoint fits" in (await office.trail.verify(other)).says
    with pytest.raises(ConfigurationError, match="is not a file of checkpoints"):
        await office.trail.verify(office.path / "nothing")


async def test_a_damaged_file_is_said_to_be_one(office: Office) -> None:
    await office.notary.stamp()
    office.folder.checkpoints_file.write_text('{"kind": "checkpoint", "num')
    with pytest.raises(ConfigurationError, match="restore the file"):
        await office.trail.verify()


async def test_the_loop_goes_on_after_failures(office: Office) -> None:
    waits: list[float] = []
    done = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            await office.tamper("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
            (office.path / "signing.key").unlink()
        elif len(waits) == 2:
            await office.tamper("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")
        else:
            done.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(checkpoint_always(office.notary, every=7, sleep=sleep))
    await asyncio.wait_for(done.wait(), 20)
    running.cancel()
    assert waits == [7, 7, 7]
    assert [row.event.verb for row in await office.trail.find()] == ["audit.key_made", "audit.key_made"]
    assert len(office.folder.checkpoints()) == 2


async def test_without_the_database_there_is_no_key(office: Office) -> None:
    away = Store("postgresql://nobody:none@127.0.0.1:1/none")
    folder = Folder(office.path / "other")
    with pytest.raises(Unrecordable):
        await Notary(away, folder, office.watch).stamp()
    await away.close()
    assert folder.private() is None
    assert not await AuditTrail(away).is_writable()


async def test_times_are_signed(office: Office) -> None:
    made = await office.notary.stamp()
    (key,) = office.folder.public_keys()
    office.watch.ahead = timedelta(days=1)
    assert made.is_signed_by(key)
    for change in ({"number": 2}, {"hash": "00" * 32}, {"written": "2020-01-01T00:00:00.000000Z"}, {"signature": "xx"}):
        assert not made.model_copy(update=change).is_signed_by(key)
