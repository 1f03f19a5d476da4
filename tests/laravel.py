"""A small Laravel application as the bot sees it: queues in Redis and in a database, failed jobs, workers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncmy
from redis.asyncio import Redis

from bot.access.access import Access
from bot.access.mysql import Address
from bot.access.readers import Look
from bot.access.writers import Change
from bot.embedded import ValkeyServer
from bot.model.inputs import Inputs
from bot.model.request import Item, Outcome, Preview
from bot.model.system import System
from sandbox.mariadb import MariadbServer
from tests.supported import REGISTRY, permit_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = (
    "CREATE TABLE failed_jobs (id BIGINT AUTO_INCREMENT PRIMARY KEY, uuid CHAR(36) UNIQUE, connection TEXT, "
    "queue TEXT, payload LONGTEXT, exception LONGTEXT, failed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB",
    "CREATE TABLE jobs (id BIGINT AUTO_INCREMENT PRIMARY KEY, queue VARCHAR(255), payload LONGTEXT, attempts INT, "
    "reserved_at INT NULL, available_at INT, created_at INT) ENGINE=InnoDB",
)
SYSTEM: Mapping[str, Any] = {
    "name": "shop", "family": "shop", "title": "Shop", "roles": {"names": []},
    "connections": {
        "database": {"kind": "mysql", "url": {"env": "DB"}, "writer_url": {"env": "DB"}, "timeout": "2s"},
        "cache": {"kind": "redis", "url": {"env": "CACHE"}, "writer_url": {"env": "CACHE"}},
    },
    "queries": {
        "failed_jobs": {
            "sql": "SELECT uuid, connection, queue, failed_at, SUBSTRING_INDEX(exception, '\n', 1) AS exception, "
            "payload, failed_at > now() - INTERVAL '24' HOUR AS recent FROM failed_jobs ORDER BY recent DESC, id",
        },
        "counted_jobs": {
            "sql": "SELECT SUM(reserved_at IS NULL AND available_at <= :now) AS pending, "
            "SUM(reserved_at IS NULL AND available_at > :now) AS later, SUM(reserved_at IS NOT NULL) AS reserved, "
            "SUM(reserved_at < :stuck_before) AS stuck, "
            "MIN(CASE WHEN reserved_at IS NULL THEN available_at END) AS oldest FROM jobs WHERE queue = :queue",
        },
        "queued_payloads": {"sql": "SELECT payload FROM jobs WHERE queue = :queue ORDER BY id LIMIT 500"},
    },
    "statements": {
        "lock_failed_job": {"sql": "SELECT connection, queue, payload FROM failed_jobs WHERE uuid = :job FOR UPDATE"},
        "remove_failed_job": {"sql": "DELETE FROM failed_jobs WHERE uuid = :job"},
        "push_job": {
            "sql": "INSERT INTO jobs (queue, payload, attempts, available_at, created_at) "
            "VALUES (:queue, :payload, 0, :now, :now)",
        },
    },
    "queues": {
        "default": {"driver": "redis", "key": "shop_queues:default", "workers": "workers:{name}",
                    "paused": "queues:paused:default"},
        "mails": {"driver": "redis", "key": "shop_queues:mail", "queue": "mail", "workers": "workers:{name}"},
        "reports": {"driver": "database", "counts": "counted_jobs", "payloads": "queued_payloads", "push": "push_job",
                    "workers": "workers:{name}"},
    },
    "caches": {
        "numbers": {"key": "kpi:{tenant}"},
        "queues": {"key": "shop_queues:{queue}", "kind": "state", "purpose": "job queues"},
        "revoked": {"key": "revoked:{token}", "kind": "state", "purpose": "revoked tokens"},
    },
    "failed_jobs": {},
}  # fmt: skip


def payload(uuid: str, **more: Any) -> dict[str, Any]:
    """A job of a tenant as Laravel writes it."""
    command = 'O:18:"App\\Jobs\\SendMail":2:{s:11:"\x00*\x00tenantId";s:8:"tenant-a";s:4:"name";s:5:"Müll";}'
    return {
        "uuid": uuid, "displayName": "App\\Jobs\\SendMail", "job": "Illuminate\\Queue\\CallQueuedHandler@call",
        "maxTries": None, "attempts": 3, "data": {"commandName": "App\\Jobs\\SendMail", "command": command},
        "createdAt": int(NOW.timestamp()) - 600, **more,
    }  # fmt: skip


@dataclass
class Shop:
    """The running application, and the bot's way to it."""

    database_url: str
    cache_url: str
    more: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.system = System.model_validate({**SYSTEM, **self.more})
        self.cache = Redis.from_url(self.cache_url, decode_responses=True)
        self.reopen()

    def reopen(self) -> None:
        """The bot's way to what the system's file says now."""
        environment = {"DB": self.database_url, "CACHE": self.cache_url, "FOLDER": self.folder}
        self.access = Access({"shop": self.system}, environment, lambda: NOW, self._sleep)

    async def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Carries out SQL as the application."""
        address = Address.of("x", self.database_url)
        async with asyncmy.connect(
            host=address.host, port=address.port, user=address.user, password=address.password,
            database=address.database, autocommit=True,
        ) as made, made.cursor() as cursor:  # fmt: skip
            await cursor.execute(text, values)
            return list(await cursor.fetchall()) if cursor.description else []

    async def fail(self, uuid: str, queue: str = "default", connection: str = "redis", **more: Any) -> None:
        """Lets a job be among the failed ones."""
        await self.sql(
            "INSERT INTO failed_jobs (uuid, connection, queue, payload, exception) VALUES (%s, %s, %s, %s, %s)",
            uuid, connection, queue, json.dumps(payload(uuid, **more)),
            "RuntimeException: boom for lena@example.com\n#0 trace",
        )  # fmt: skip

    async def failed(self) -> list[str]:
        """The uuids of those that are failed."""
        return [row[0] for row in await self.sql("SELECT uuid FROM failed_jobs ORDER BY id")]

    def look(self, inputs: Inputs | None = None) -> Look:
        """A look of the bot."""
        return self.access.look("shop", inputs or Inputs())

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def preview(
        self, action: str, params: Mapping[str, Any] | None = None, inputs: Inputs | None = None
    ) -> Preview:
        """What an action would do."""
        made: Any = REGISTRY.actions[action].params.model_validate(params or {})
        preview: Preview = await made.preview(self.look(inputs))
        return preview

    async def apply(
        self, action: str, params: Mapping[str, Any], preview: Preview, inputs: Inputs | None = None
    ) -> Outcome:
        """Carries out an approved preview."""
        given = inputs or Inputs()
        made: Any = REGISTRY.actions[action].params.model_validate(params)
        permit = permit_of("shop", action, params, preview, given)
        outcome: Outcome = await made.apply(self.access.change(permit, given))
        return outcome

    async def choices(self, action: str) -> dict[str, tuple[tuple[str, str], ...]]:
        """What can be chosen for an action."""
        made: Any = REGISTRY.actions[action].params
        found: dict[str, tuple[tuple[str, str], ...]] = await made.choices(self.look())
        return found

    def change(self, *names: str) -> Change:
        """A change of what was approved by these names."""
        items = tuple(Item(name=name, before="failed", after="queued again") for name in names)
        preview = Preview(says="", items=items, at=NOW)
        return self.access.change(permit_of("shop", "clear_all_caches", {}, preview, Inputs()), Inputs())

    async def close(self) -> None:
        """Closes the connections."""
        await self.access.close()
        await self.cache.aclose()


async def open_shop(
    database: MariadbServer, cache: ValkeyServer, more: Mapping[str, Any] | None = None, folder: str = ""
) -> Shop:
    """The application with empty tables and queues."""
    admin = Shop(database.url("mysql"), cache.url(database=9))
    await admin.sql("DROP DATABASE IF EXISTS shop")
    await admin.sql("CREATE DATABASE shop CHARACTER SET utf8mb4")
    await admin.cache.flushdb()
    await admin.close()
    made = Shop(database.url("shop"), cache.url(database=9), more or {}, folder)
    for table in TABLES:
        await made.sql(table)
    return made
