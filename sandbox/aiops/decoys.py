"""What else lives in the platform's Redis: state by the hundred, which no clearing of caches may ever touch."""

import hashlib
import json
import secrets
from uuid import UUID

from redis.asyncio import Redis

from sandbox.aiops.access import Access, token_key
from sandbox.aiops.seed import ABC, XYZ

REVOKED = 300
_DAY = 86_400


async def fill(cache: Redis, access: Access, logged_out: UUID) -> str:
    """Fill the empty Redis; a token of the user `logged_out` that was revoked, and works again if its entry is lost."""
    token = access.issue(logged_out)
    async with cache.pipeline(transaction=False) as batch:
        batch.set(token_key(token), "1", ex=_DAY)
        for number in range(REVOKED - 1):
            digest = hashlib.sha256(f"revoked {number}".encode()).hexdigest()
            batch.set(f"revoked:{digest}", "1", ex=600 + 270 * number)
        for number in range(12):
            message = {
                "id": secrets.token_hex(8),
                "task": "agents.execute",
                "args": [ABC if number % 2 else XYZ, number],
            }
            batch.rpush("celery", json.dumps(message))
        batch.sadd("_kombu.binding.celery", "celery\x06\x16\x06\x16celery")
        batch.sadd("_kombu.binding.celery.pidbox", "\x06\x16\x06\x16celery@worker-1.celery.pidbox")
        batch.hset("unacked", mapping={"e9a1": json.dumps({"task": "agents.execute", "args": [ABC, 99]})})
        # Names a tenant, and is a lock all the same: a pattern on the tenant's name must not take it.
        batch.set(f"lock:{ABC}:sync", "worker-1", ex=_DAY)
        batch.set(f"lock:{XYZ}:sync", "worker-2", ex=_DAY)
        batch.set("ratelimit:login:203.0.113.7", "4", ex=_DAY)
        # Rightly without a time to live.
        batch.hset("feature-flags", mapping={"new-dashboard": "on", "legacy-ui": "on", "bulk-run": "off"})
        await batch.execute()
    return token
