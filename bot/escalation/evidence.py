"""Reads what the system's file names for an escalation: counts and rows, cache keys, answers, the end of logs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from bot.access.access import Access
from bot.access.readers import Look
from bot.catalog import Catalog
from bot.errors import BackstopError, InputError
from bot.escalation.scrubbing import scrub
from bot.model.finding import Table
from bot.model.inputs import Inputs
from bot.model.values import Json, write_duration

log = structlog.get_logger()

_SECONDS = 8.0  # for each thing that is read
_HEADERS = ("content-type", "cache-control", "x-cache", "age", "etag", "x-request-id", "date")
_RECORDS = 200  # of a log
_ANSWER = 50_000  # characters of an answer


@dataclass
class Evidence:
    """What was read; `missing` says what could not be, and why."""

    counts: list[tuple[str, str]] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)  # by the name of the file
    answers: list[dict[str, Json]] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


async def read_evidence(access: Access, catalog: Catalog, system: str, inputs: Inputs) -> Evidence:
    """Everything that can be read, all at once; each within its own time."""
    found, wanted = Evidence(), catalog.system(system).escalation
    look = access.look(system, inputs)
    tasks = [
        *(_tried(found, f"query {name}", _query, look, name) for name in wanted.queries),
        *(_tried(found, f"endpoint {name}", _endpoint, look, name) for name in wanted.endpoints),
        *(_tried(found, f"log {name}", _log, look, name) for name in wanted.logs),
    ]
    if wanted.caches:
        tasks.append(_tried(found, "cache keys", _caches, look, ",".join(wanted.caches)))
    await asyncio.gather(*tasks)
    order = {name: number for number, name in enumerate(wanted.queries)}
    found.counts.sort(key=lambda pair: order.get(pair[0], 0))
    found.answers.sort(key=lambda answer: wanted.endpoints.index(str(answer["endpoint"])))
    found.missing.sort()
    return found


async def _tried(
    found: Evidence, what: str, read: Callable[[Evidence, Look, str], Awaitable[None]], look: Look, name: str
) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await read(found, look, name)
    except InputError:
        return  # it is about something that was not asked about, such as a user
    except TimeoutError:
        found.missing.append(f"{what}: no answer within {_SECONDS:g} s")
    except BackstopError as error:
        found.missing.append(f"{what}: {error.sentence}")
    except Exception:  # what is broken here must not keep the rest from those who need it
        log.exception("evidence.broken", what=what)
        found.missing.append(f"{what}: could not be read; the bot's log says why")


async def _query(found: Evidence, look: Look, name: str) -> None:
    rows = await look.rows(name)
    table = rows.table(look.system.queries[name].says.rstrip(".") or name)
    if len(table.rows) == 1 and len(table.columns) == 1:
        found.counts.append((name, table.rows[0][0]))
    else:
        found.tables[name.replace("_", "-")] = table


async def _endpoint(found: Evidence, look: Look, name: str) -> None:
    answer = await look.fetch(name)
    personal = frozenset(one for query in look.system.queries.values() for one in query.personal)
    body = answer.json if answer.json is not None else answer.text
    is_long = len(answer.text) > _ANSWER
    found.answers.append({
        "endpoint": name, "request": answer.what, "status": answer.status,
        "took_ms": round(answer.took.total_seconds() * 1000),
        "headers": {one: answer.headers[one] for one in _HEADERS if one in answer.headers},
        "body": scrub(answer.text[:_ANSWER] if is_long else body, personal), "cut": answer.cut or is_long,
    })  # fmt: skip


async def _caches(found: Evidence, look: Look, names: str) -> None:
    entries = await look.entries(*names.split(","))
    rows = tuple(
        (
            entry.key, look.cache_line(name).purpose,
            write_duration(entry.ttl) if entry.ttl is not None else "no expiry",
            write_duration(ttl) if (ttl := look.cache_line(name).ttl) else "–", str(entry.size), entry.type,
            write_duration(entry.idle) if entry.idle is not None else "–",
        )
        for name, entry in entries.found
    )  # fmt: skip
    columns = ("key", "purpose", "time to live", "agreed", "bytes", "type", "idle")
    found.tables["cache-keys"] = Table(title="Cache keys, without values", columns=columns, rows=rows, cut=entries.cut)


async def _log(found: Evidence, look: Look, name: str) -> None:
    records = (await look.log(name)).records[-_RECORDS:]
    lines = [
        "\n".join([f"{one.at.isoformat()} {one.level} {one.message}", *(f"    {more}" for more in one.more)])
        for one in records
    ]
    found.logs[name.replace("_", "-")] = str(scrub("\n".join(lines))) + "\n"
