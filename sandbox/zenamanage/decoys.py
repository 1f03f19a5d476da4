"""What else lives in the product's Redis: state by the hundred, which no clearing of caches may ever touch."""

import hashlib
import json
from datetime import datetime

from redis.asyncio import Redis

from sandbox.zenamanage.queues import RESTART, key, payload, written
from sandbox.zenamanage.seed import ACME, GLOBEX, uuid_of

REVOKED = 300
_DAY = 86_400


async def fill(cache: Redis, now: datetime) -> None:
    """Fills Redis with what is always there; with the same `now` what is there already stays as it is."""
    later = now.timestamp() + 5 * _DAY
    async with cache.pipeline(transaction=False) as batch:
        for number in range(REVOKED):
            digest = hashlib.sha256(f"revoked {number}".encode()).hexdigest()
            batch.set(f"revoked:{digest}", "1", ex=_DAY + 270 * number)
        batch.set(RESTART, str(int(now.timestamp()) - 3 * _DAY))
        for queue in ("default", "high", "mail"):
            # Reminders for next week: delayed on purpose, so they are no backlog. One is being worked on.
            for number in range(25):
                job = payload("SendReminder", {"tenant_id": GLOBEX.id, "number": number},
                              uuid=uuid_of(queue, "reminder", number), at=now)  # fmt: skip
                batch.zadd(key(queue, "delayed"), {written(job): later + 600 * number})
            held = payload("ImportCalendar", {"tenant_id": ACME.id}, uuid=uuid_of(queue, "held"), at=now, attempts=1)
            batch.zadd(key(queue, "reserved"), {written(held): later})
        # Names a tenant, and is a lock all the same: a pattern on the tenant's name must not take it.
        batch.set(f"lock:{ACME.id}:import", "worker-1", ex=_DAY)
        batch.set("ratelimit:api:203.0.113.7", "4", ex=_DAY)
        batch.set("login:lockout:somebody.else@example.com", "1", ex=_DAY)
        # Rightly without a time to live.
        batch.hset("feature-flags", mapping={"new-board": "on", "gantt": "on", "bulk-move": "off"})
        batch.set("illuminate:cache:flexible:created", json.dumps(int(now.timestamp())))
        await batch.execute()
