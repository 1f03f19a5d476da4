"""Exports a part of the trail as JSON lines that can be verified without the bot and without its database.

The events that fit stand in full. Those between them stand as number, time and digest, so that the chain can be
followed to a signed checkpoint. `docs/how-to/verify_export.py` reads this.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bot.audit.chain import GENESIS, TrailBroken, digest, fault
from bot.audit.checkpoint import Checkpoint, PublicKey, written
from bot.audit.keys import Folder
from bot.audit.notary import Notary
from bot.errors import ConfigurationError, InputError
from bot.model.audit import Event, Filters
from bot.model.people import Person
from bot.model.values import Clock
from bot.store import Store, trail
from bot.store.trail import Row

FORMAT = "backstop audit export 1"
_BATCH = 500  # lines written at once


@dataclass(frozen=True)
class Exported:
    """What went into a file."""

    events: int
    left_out: int
    checkpoint: Checkpoint
    sha256: str

    @property
    def says(self) -> str:
        """One sentence for people."""
        events = "1 event" if self.events == 1 else f"{self.events} events"
        rest = f", {self.left_out} left out as digests" if self.left_out else ""
        return f"{events}{rest}; the chain ends at the checkpoint of event {self.checkpoint.number}"


class Exporter:
    """Writes exports; each is itself an event of the trail."""

    def __init__(self, store: Store, folder: Folder, notary: Notary, clock: Clock) -> None:
        self._store, self._folder, self._notary, self._clock = store, folder, notary, clock

    async def export(self, person: Person, filters: Filters, path: Path) -> Exported:
        """Writes the events that fit to a file which only its owner may read.

        Raises InputError when nothing fits, TrailBroken when the trail is not whole, ConfigurationError when the file
        cannot be written, Unrecordable when the export cannot be put on record; then there is no file either.
        """
        async with self._store.work() as work:
            first, last, count = await trail.span(work, filters)
        if not count:
            raise InputError("No event fits; nothing was exported.")
        await self._notary.stamp()
        keys, checkpoints = await asyncio.to_thread(self._known)
        anchor = min((one for one in checkpoints if one.number >= last), key=lambda one: one.number)
        start, previous = await self._beginning(first, checkpoints)
        header = {
            "kind": "export", "format": FORMAT, "made": written(self._clock()), "by": person.email or person.id,
            "filters": filters.given, "first": start, "previous": previous.hex(), "last": anchor.number,
            "genesis": GENESIS.hex(), "events": count,
        }  # fmt: skip
        among = [one for one in checkpoints if start <= one.number <= anchor.number]
        draft = path.with_name(f".{path.name}.part")
        try:
            with await asyncio.to_thread(_create, draft) as file:
                sum_, left_out = await self._write(file, [header, *_dumped(keys, among)], filters, previous, start,
                                                   anchor)  # fmt: skip
            exported = Exported(count, left_out, anchor, sum_)
            async with self._store.work() as work:
                work.record(self._event(person, filters, exported))
            await asyncio.to_thread(draft.replace, path)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written ({error.strerror}); name another file.") from error
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
        return exported

    async def _beginning(self, first: int, checkpoints: list[Checkpoint]) -> tuple[int, bytes]:
        """Where the export begins, and the hash before that. The row before the first shows that a period begins."""
        async with self._store.work() as work:
            start = first - 1 if first > 1 and await trail.hash_of(work, first - 1) else first
            previous = GENESIS if start == 1 else await trail.hash_of(work, start - 1)
        if previous is None:  # what is older was archived, up to a checkpoint
            previous = next((bytes.fromhex(one.hash) for one in checkpoints if one.number == start - 1), None)
        if previous is None:
            raise TrailBroken(f"Event {start - 1} of the audit trail is missing; run `backstop audit verify`.")
        return start, previous

    async def _write(
        self, file: BinaryIO, head: list[dict[str, Any]], filters: Filters, previous: bytes, start: int,
        anchor: Checkpoint,
    ) -> tuple[str, int]:  # fmt: skip
        whole, left_out, number, waiting = hashlib.sha256(), 0, start - 1, list(head)

        async def flush() -> None:
            data = b"".join(json.dumps(one, ensure_ascii=False, sort_keys=True).encode() + b"\n" for one in waiting)
            whole.update(data)
            waiting.clear()
            await asyncio.to_thread(file.write, data)

        async for row in trail.rows(self._store, after=start - 1, last=anchor.number, filters=filters):
            if wrong := fault(previous, number + 1, row):
                raise TrailBroken(f"{wrong}; nothing was exported. Run `backstop audit verify`.")
            previous, number = row.hash, number + 1
            left_out += not row.is_meant
            waiting.append(_line(row))
            if len(waiting) >= _BATCH:
                await flush()
        if number != anchor.number or previous.hex() != anchor.hash:
            raise TrailBroken(
                f"The trail does not lead to the checkpoint of event {anchor.number}; run `backstop audit verify`."
            )
        await flush()
        await asyncio.to_thread(_settle, file)
        return whole.hexdigest(), left_out

    def _known(self) -> tuple[tuple[PublicKey, ...], list[Checkpoint]]:
        """The keys, and the checkpoints that they prove."""
        keys = self._folder.public_keys()
        by_id = {key.id: key for key in keys}
        proven = [one for one in self._folder.checkpoints() if one.key in by_id and one.is_signed_by(by_id[one.key])]
        return keys, proven

    def _event(self, person: Person, filters: Filters, exported: Exported) -> Event:
        return Event(
            verb="audit.exported", person=person, at=self._clock(), says=f"Exported {exported.says}",
            detail={
                "filters": filters.given, "events": exported.events, "sha256": exported.sha256,
                "checkpoint": exported.checkpoint.number,
            },
        )  # fmt: skip


def _dumped(keys: Iterable[PublicKey], checkpoints: Iterable[Checkpoint]) -> list[dict[str, Any]]:
    return [{"kind": "key", **key.model_dump()} for key in keys] + [
        {"kind": "checkpoint", **one.model_dump()} for one in checkpoints
    ]


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"number": row.number, "at": row.at, "hash": row.hash.hex()}
    if row.is_meant:
        return {"kind": "event", **line, "salt": row.salt.hex(), "body": row.body}
    return {"kind": "left_out", **line, "digest": digest(row.salt, row.body).hex()}


def _create(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
