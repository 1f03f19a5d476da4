"""An export is verified by a script that knows neither the bot nor its database, and every change of it is found."""

import asyncio
import json
import runpy
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.audit import TrailBroken
from bot.errors import ConfigurationError, InputError, Unrecordable
from bot.model.audit import Filters
from tests.bot.audit.conftest import ADA, OLGA, Office

SCRIPT = Path(__file__).parents[3] / "docs" / "how-to" / "verify_export.py"
Lines = list[dict[str, Any]]


async def run(*arguments: str | Path, bare: bool = True) -> tuple[int, str]:
    """The script in a Python of its own; `bare`: without any installed package."""
    options = ["-I", "-S"] if bare else ["-I"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *options, str(SCRIPT), *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.fixture
async def written(office: Office) -> Office:
    """Seven events: the key, four of two tenants under a checkpoint, and two since."""
    await office.notary.stamp()
    await office.write("a", "b", "a", "b")
    await office.notary.stamp()
    await office.write("b", "b", person=OLGA, detail={"action": "clear_cache"})
    return office


async def test_everything(written: Office, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    exported = await written.exporter.export(ADA, Filters(), path)
    assert (exported.events, exported.left_out, exported.checkpoint.number) == (7, 0, 7)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code, said = await run(path)
    assert code == 0, said
    assert "PROVEN  7 events (everything)" in said
    assert "PROVEN  Nothing of that was left out." in said
    assert "NOT PROVEN  Whose keys these are" in said
    (event,) = await written.trail.find(verb="audit.exported")
    assert (event.event.person, event.event.detail["sha256"]) == (ADA, exported.sha256)
    assert (await run(path, bare=False))[1] == said
    assert files(tmp_path) == ["all.jsonl", "audit"]


async def test_one_tenant_without_what_belongs_to_others(written: Office, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    exported = await written.exporter.export(ADA, Filters(tenant="a"), path)
    assert (exported.events, exported.checkpoint.number) == (2, 5)
    assert "Looked at b" not in path.read_text()
    code, said = await run(path, "--key", exported.checkpoint.key)
    assert code == 0, said
    assert "PROVEN  2 events (tenant a)" in said
    assert "PROVEN  3 other events stand at their places" in said
    assert "NOT PROVEN  That nothing else fits" in said
    assert "NOT PROVEN  Whose" not in said


@pytest.mark.parametrize("filters", [Filters(person="Uolga"), Filters(person="Olga@example.com"),
                                     Filters(action="clear_cache")])  # fmt: skip
async def test_one_person_or_action(written: Office, tmp_path: Path, filters: Filters) -> None:
    exported = await written.exporter.export(ADA, filters, tmp_path / "x.jsonl")
    assert exported.events == 2
    assert (await run(tmp_path / "x.jsonl"))[0] == 0


async def test_a_period_is_complete(written: Office, tmp_path: Path) -> None:
    since = written.watch()
    await written.write("a", "b")
    until = written.watch()
    await written.write("c")
    path = tmp_path / "period.jsonl"
    exported = await written.exporter.export(ADA, Filters(since=since, until=until), path)
    assert (exported.events, exported.left_out) == (2, 2)
    code, said = await run(path)
    assert (code, "PROVEN  Nothing of that was left out." in said) == (0, True), said
    hide(path, 8)
    assert await run(path) == (1, "BROKEN  event 8 lies in the period that was asked for, and was left out.\n")


def files(folder: Path) -> list[str]:
    """What stands in a folder, hidden or not."""
    return sorted(one.name for one in folder.iterdir())


def hide(path: Path, number: int) -> None:
    """Turns an event into one that is left out, as somebody would who hides it."""
    script = runpy.run_path(str(SCRIPT))
    lines: Lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["events"] -= 1
    for line in lines:
        if line["kind"] == "event" and line["number"] == number:
            data = bytes.fromhex(line.pop("salt")) + line.pop("body").encode()
            line |= {"kind": "left_out", "digest": script["hashlib"].sha256(data).hexdigest()}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _edit(number: int, **change: Any) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        next(line for line in lines if line.get("number") == number and line["kind"] != "checkpoint").update(change)

    return edit


def _checkpoint(**change: Any) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        next(line for line in lines if line["kind"] == "checkpoint" and line["number"] == 5).update(change)

    return edit


def _swap(lines: Lines) -> None:
    places = [place for place, line in enumerate(lines) if line["kind"] == "event"]
    lines[places[2]], lines[places[3]] = lines[places[3]], lines[places[2]]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (_edit(3, body='{"verb":"nothing"}'), "event 3 is not what was written"),
        (_edit(3, at="2026-01-01T00:00:00.000000Z"), "event 3 is not what was written"),
        (_edit(3, hash="00" * 32), "event 3 is not what was written"),
        (_edit(3, salt="zz"), "the file cannot be read"),
        (_swap, "event 3 is missing"),
        (lambda lines: lines.pop(), "it has 6 events up to 6"),
        (lambda lines: [lines.remove(one) for one in lines if one.get("number") == 4], "event 4 is missing"),
        (lambda lines: lines[0].update(previous="00" * 32), "it does not begin where a trail begins"),
        (lambda lines: lines[0].update(format="another"), "is not an export that this script knows"),
        (_checkpoint(hash="00" * 32), "does not carry the signature"),
        (_checkpoint(written="2020"), "does not carry the signature"),
        (_checkpoint(key="0123456789abcdef"), "which is not trusted"),
        (lambda lines: [lines.remove(one) for one in [*lines] if one["kind"] == "checkpoint"], "no checkpoint signs"),
        (lambda lines: next(one for one in lines if one["kind"] == "key").update(public="00" * 32), "its id says"),
    ],
)  # fmt: skip
async def test_every_change_is_found(
    written: Office, tmp_path: Path, edit: Callable[[Lines], object], says: str
) -> None:
    path = tmp_path / "all.jsonl"
    await written.exporter.export(ADA, Filters(), path)
    lines: Lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, said = await run(path)
    assert (code, says in said) == (1, True), said


async def test_a_file_that_was_cut_in_a_line(written: Office, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    await written.exporter.export(ADA, Filters(), path)
    path.write_bytes(path.read_bytes()[:-40])
    code, said = await run(path)
    assert (code, "is not JSON; the file was cut off or changed" in said) == (1, True), said


async def test_keys_are_trusted_by_name_and_by_introduction(written: Office, tmp_path: Path) -> None:
    old = written.folder.public_keys()[0].id
    new = (await written.notary.rotate(ADA)).id
    await written.write("a")
    path = tmp_path / "all.jsonl"
    await written.exporter.export(ADA, Filters(), path)
    code, said = await run(path, "--key", old)
    assert (code, ", ".join(sorted((old, new))) in said) == (0, True), said
    # Who trusts the new key alone has not been told that the old one was right.
    assert (await run(path, "--key", new))[0] == 1
    assert (await run(path, "--key", "0123456789abcdef"))[0] == 1


async def test_checkpoints_that_the_auditor_kept_find_a_trail_that_was_written_anew(
    written: Office, tmp_path: Path
) -> None:
    kept, path = tmp_path / "kept.jsonl", tmp_path / "all.jsonl"
    kept.write_text(written.folder.checkpoints()[1].line() + "\n")
    await written.exporter.export(ADA, Filters(), path)
    code, said = await run(path, "--checkpoint", kept)
    assert (code, "1 of them kept by you" in said) == (0, True), said
    # Somebody with the signing key writes another history, and checkpoints for it.
    other = json.loads(kept.read_text())
    private = written.folder.private()
    assert private is not None
    other["hash"] = "11" * 32
    text = f"backstop audit checkpoint\n{other['number']}\n{other['hash']}\n{other['written']}\n{other['key']}"
    other["signature"] = private.sign(text.encode()).hex()
    kept.write_text(json.dumps(other))
    code, said = await run(path, "--checkpoint", kept)
    assert (code, "names another hash: the chain was written anew" in said) == (1, True), said


async def test_nothing_is_exported_from_a_broken_trail(written: Office, tmp_path: Path) -> None:
    await written.tamper("UPDATE audit_events SET body = replace(body, 'Looked', 'Peeked') WHERE number = 3")
    with pytest.raises(TrailBroken, match="event 3"):
        await written.exporter.export(ADA, Filters(), tmp_path / "all.jsonl")
    assert files(tmp_path) == ["audit"]


async def test_no_record_no_export(written: Office, tmp_path: Path) -> None:
    await written.notary.stamp()
    await written.tamper("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    with pytest.raises(Unrecordable):
        await written.exporter.export(ADA, Filters(), tmp_path / "all.jsonl")
    assert files(tmp_path) == ["audit"]


async def test_nothing_fits(written: Office, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No event fits"):
        await written.exporter.export(ADA, Filters(tenant="zzz"), tmp_path / "all.jsonl")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        await written.exporter.export(ADA, Filters(), tmp_path / "nowhere" / "all.jsonl")


async def test_after_older_events_were_archived(written: Office, tmp_path: Path) -> None:
    await written.tamper("DELETE FROM audit_events WHERE number <= 5")
    exported = await written.exporter.export(ADA, Filters(), tmp_path / "rest.jsonl")
    assert exported.events == 2
    code, said = await run(tmp_path / "rest.jsonl")
    assert (code, "NOT PROVEN  That nothing else fits" in said) == (0, True), said


def test_the_scripts_own_ed25519_agrees_with_the_package() -> None:
    script = runpy.run_path(str(SCRIPT))
    for number in range(8):
        private = Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))
        public, message = private.public_key().public_bytes_raw(), b"m" * number
        signature = private.sign(message)
        assert script["is_signed_by_hand"](public, signature, message)
        assert not script["is_signed_by_hand"](public, signature, message + b"x")
        assert not script["is_signed_by_hand"](public, signature[:32] + bytes(32), message)
        assert not script["is_signed_by_hand"](public, bytes([signature[0] ^ 1]) + signature[1:], message)
        # The same point and the same number, written so that strict readers refuse it.
        high = (int.from_bytes(signature[32:], "little") + script["L"]).to_bytes(32, "little")
        assert not script["is_signed_by_hand"](public, signature[:32] + high, message)
