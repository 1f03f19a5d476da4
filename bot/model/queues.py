"""The job queues of a supported system, in Laravel's formats: where they are kept, who works on them, what failed."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.model.values import Duration, Value


class RedisQueue(Value):
    """A queue in Redis: the list `key`, beside it `key:delayed`, `key:reserved` and `key:notify`.

    `paused` is a key that exists while the queue is paused; `workers` the pattern of keys by which workers announce
    themselves, JSON with `queues` and `seen_at`.
    """

    driver: Literal["redis"]
    connection: str = "cache"
    key: str
    known_as: str = "redis"  # what failed jobs call this connection
    queue: str = ""  # what failed jobs call this queue, when it is not its name here
    paused: str = ""
    workers: str = ""
    retry_after: Duration = timedelta(seconds=90)
    says: str = ""


class DatabaseQueue(Value):
    """A queue in a table of jobs, read and written by catalogued SQL that binds `:queue`.

    `counts` answers one row: pending, later (delayed), reserved, stuck (reserved since before :stuck_before) and
    oldest (when the oldest pending one became available; unix seconds). `payloads` answers those of the first ones.
    `push` adds a job: binds :queue, :payload and :now (unix seconds).
    """

    driver: Literal["database"]
    connection: str = "database"
    counts: str
    payloads: str
    push: str
    known_as: str = "database"
    queue: str = ""
    paused: str = ""
    workers: str = ""
    workers_in: str = "cache"  # the connection of the keys `paused` and `workers`
    retry_after: Duration = timedelta(seconds=90)
    says: str = ""


Queue = Annotated[RedisQueue | DatabaseQueue, Field(discriminator="driver")]


class FailedJobs(Value):
    """How failed jobs are put back natively: statements that lock one (:job) and that remove it.

    `lock` answers its connection, queue and payload. `retry` is the command, with the input `job`, for what only the
    application itself can retry; without one that is refused.
    """

    lock: str = "lock_failed_job"
    remove: str = "remove_failed_job"
    retry: str = ""
    tenant_fields: tuple[str, ...] = ("tenant_id", "tenantId")  # what payloads call the tenant
