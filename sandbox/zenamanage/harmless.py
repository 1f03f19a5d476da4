"""What looks like a fault of the product and is none: placed while nothing is wrong, it must raise nothing."""

import json
from collections.abc import Callable
from datetime import timedelta

from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.log import trace
from sandbox.zenamanage.product import kpi_key
from sandbox.zenamanage.queues import PAUSED, key, payload, written
from sandbox.zenamanage.seed import ACME, GLOBEX, NINA, audit, moment, uuid_of
from sandbox.zenamanage.sessions import Row
from sandbox.zenamanage.world import World

_FEW = [uuid_of("failed today", number) for number in range(5)]


async def _nothing(_: World) -> None:
    """It is always there."""


async def _always(_: World) -> bool:
    return True


def _always_there(name: str, title: str) -> Fault:
    return Fault(name, title, "", _nothing, _nothing, _always)


def _key(name: str, title: str, place: str, value: str, seconds: int | None) -> Fault:
    """An entry in Redis."""

    async def break_(world: World) -> None:
        await world.cache.set(place, value, ex=seconds)

    async def heal(world: World) -> None:
        await world.cache.delete(place)

    async def is_there(world: World) -> bool:
        return bool(await world.cache.exists(place))

    return Fault(name, title, "", break_, heal, is_there)


def _waiting(name: str, title: str, part: str, count: int, later: timedelta) -> Fault:
    """Jobs that are to be done, or given back, later."""

    def members(world: World) -> dict[str, float]:
        at = world.seeded_at
        due = (world.clock() + later).timestamp()
        jobs = [payload("SendReminder", {"tenant_id": ACME.id, "n": number}, uuid=uuid_of(name, number), at=at)
                for number in range(count)]  # fmt: skip
        return {written(job): due + number for number, job in enumerate(jobs)}

    async def break_(world: World) -> None:
        await world.cache.zadd(key("default", part), members(world))

    async def heal(world: World) -> None:
        await world.cache.zrem(key("default", part), *members(world))

    async def is_there(world: World) -> bool:
        return await world.cache.zscore(key("default", part), next(iter(members(world)))) is not None

    return Fault(name, title, "", break_, heal, is_there)


def _rows(name: str, title: str, table: str, make: Callable[[World], list[Row]], column: str) -> Fault:
    """Rows that are told apart from others by a column."""

    async def break_(world: World) -> None:
        await world.insert(table, make(world))

    async def heal(world: World) -> None:
        for row in make(world):
            await world.change(f"DELETE FROM {table} WHERE {column} = %s", row[column])

    async def is_there(world: World) -> bool:
        return bool(await world.ask(f"SELECT count(*) FROM {table} WHERE {column} = %s", make(world)[0][column]))

    return Fault(name, title, "", break_, heal, is_there)


def _failed_today(world: World) -> list[Row]:
    return [
        {
            "uuid": uuid, "connection": "redis", "queue": "mail",
            "payload": written(payload("SendInvoice", {"tenant_id": ACME.id}, uuid=uuid, at=world.clock())),
            "exception": "GuzzleHttp\\Exception\\ConnectException: timed out\n#0 {main}",
            "failed_at": moment(world.clock() - timedelta(hours=2)),
        }
        for uuid in _FEW
    ]  # fmt: skip


def _seen_long_ago(world: World) -> list[Row]:
    row = next(iter(audit(ACME, moment(world.seeded_at - timedelta(days=90)))))
    return [row | {"tenant_id": GLOBEX.id, "action": "project.viewed-by-support"}]


async def _log_a_little(world: World) -> None:
    now = world.clock()
    context = {"user_id": NINA.id, "tenant_id": ACME.id, "resource_tenant_id": GLOBEX.id, "route": "GET /projects/{id}"}
    await world.product.log.write_all(
        (
            *(("error", "Mail could not be sent", trace("Swift_TransportException", "Mail could not be sent"),
               now - timedelta(minutes=number)) for number in range(3)),
            ("warning", "cross-tenant access attempt", context, now - timedelta(minutes=4)),
        )
    )  # fmt: skip


async def _begin_log(world: World) -> None:
    await world.product.log.begin()


async def _mistype(world: World) -> None:
    past = moment(world.clock() - timedelta(minutes=5))
    await world.change("UPDATE users SET failed_logins = 3, locked_until = %s WHERE id = %s", past, NINA.id)


async def _forget(world: World) -> None:
    await world.change("UPDATE users SET failed_logins = 0, locked_until = NULL WHERE id = %s", NINA.id)


async def _open(world: World) -> None:
    await world.hold("a few idle connections", 8)


async def _close(world: World) -> None:
    await world.drop("a few idle connections")


HARMLESS = (
    _always_there("state-by-the-hundred", "Three hundred revoked tokens, queues and locks in the same Redis"),
    _always_there("feature-flags", "Feature flags, which rightly have no time to live"),
    _always_there("old-failures", "Thirty failed jobs of last week, and forty errors of the day before yesterday"),
    _always_there("closed-tenant", "A tenant that left, and was switched off for that"),
    _waiting("many-delayed", "Four hundred reminders for tomorrow", "delayed", 400, timedelta(days=1)),
    _waiting("being-worked-on", "Forty jobs that are being worked on", "reserved", 40, timedelta(minutes=1)),
    _key("pause-of-another", "A pause of a queue that nobody uses any more", f"{PAUSED}imports", "1", None),
    _key("entry-of-another", "A cached dashboard of another tenant that never expires",
         kpi_key(GLOBEX.id), json.dumps({"projects": 1}), None),
    _key("lock-without-end", "A lock of the tenant that never expires", f"lock:{ACME.id}:export", "worker-1", None),
    _rows("failed-today", "Five jobs that failed today", "failed_jobs", _failed_today, "uuid"),
    _rows("seen-long-ago", "A look into another tenant, three months ago", "audit_logs", _seen_long_ago, "action"),
    Fault("a-little-in-the-log", "Three errors and one refused attempt in the log", "",
          _log_a_little, _begin_log, _always),
    Fault("mistyped", "Three failed logins, and a lock that is over", "", _mistype, _forget, _always),
    Fault("idle-connections", "Eight connections that wait for work", "", _open, _close, _always),
)  # fmt: skip
