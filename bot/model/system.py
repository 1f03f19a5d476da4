"""A supported system as its YAML file describes it: how to reach it and what everything in it is called."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from bot.model.commands import Command, Service, Transport
from bot.model.connections import Connection
from bot.model.queues import FailedJobs, Queue
from bot.model.values import Duration, Json, Value


class Query(Value):
    """One read with bound parameters (`:tenant`); `personal` columns are masked when drawn."""

    connection: str = "database"
    sql: str
    says: str = ""
    personal: tuple[str, ...] = ()
    row_cap: int | None = Field(default=None, ge=1, le=10_000)  # instead of the connection's


class Statement(Value):
    """One change with bound parameters; more than `at_most` rows is an error and nothing is changed."""

    connection: str = "database"
    sql: str
    at_most: int = Field(default=1, ge=1)


class CacheKind(StrEnum):
    """Whether entries may be cleared: cache yes, state never; no_ttl is cache that rightly never expires."""

    CACHE = "cache"
    STATE = "state"
    NO_TTL = "no_ttl"


class Cache(Value):
    """One line of the cache catalogue: a key pattern such as `metrics:dashboard:{tenant}` and what was agreed.

    `fields` are places in the JSON value that are called otherwise here than in the runbooks.
    """

    connection: str = "cache"
    key: str
    kind: CacheKind = CacheKind.CACHE
    ttl: Duration | None = None
    purpose: str = ""
    fields: Mapping[str, str] = Field(default_factory=dict)


class Endpoint(Value):
    """One HTTP request; anything but GET, HEAD and OPTIONS must be marked safe (a dry run that changes nothing).

    `optional` are query parameters that are left out when their input was not given. `fields` are places in the
    answer, and headers of it, that are called otherwise here than in the runbooks.
    """

    connection: str = "api"
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    query: Mapping[str, str] = Field(default_factory=dict)
    optional: Mapping[str, str] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    json_body: Json = None
    safe: bool = False
    fields: Mapping[str, str] = Field(default_factory=dict)
    says: str = ""

    @model_validator(mode="after")
    def _reads_only(self) -> "Endpoint":
        if self.method not in {"GET", "HEAD", "OPTIONS"} and not self.safe:
            raise ValueError(f"{self.method} changes things; mark it `safe: true` only if it is a dry run")
        return self


class Log(Value):
    """A log, from a `log` connection, an endpoint or a safe command, and how a record begins in it.

    `header` is a regular expression with the groups `time`, `level` and `message`; lines that do not begin so belong
    to the record before. `time_format` is one of strptime, or empty for ISO 8601; without a zone it is UTC.
    """

    connection: str = "log"
    endpoint: str = ""
    command: str = ""
    header: str
    time_format: str = ""
    says: str = ""

    @model_validator(mode="after")
    def _named_groups(self) -> "Log":
        if self.endpoint and self.command:
            raise ValueError("name either endpoint or command, and not both")
        try:
            groups = set(re.compile(self.header).groupindex)
        except re.error as problem:
            raise ValueError(f"header is no regular expression: {problem}") from problem
        if missing := {"time", "level", "message"} - groups:
            raise ValueError(f"header needs a group (?P<{sorted(missing)[0]}>…)")
        return self


class Lookup(Value):
    """How tenants or users are found: `find` (one, by `:text`) and `suggest` (some, by `:prefix`), both query names.

    The first column is the id; every column can be used as `{tenant_<column>}` or `:tenant_<column>`.
    `shown` is the column that people read.
    """

    find: str
    suggest: str
    shown: str


class Permission(Value):
    """One row of the permission matrix, with an endpoint that tries it without changing anything, where one exists."""

    roles: tuple[str, ...]
    dry_run: str = ""


NO_ROLE = "none"  # what somebody holds who holds no role, in the previews of actions that give or take one


class Roles(Value):
    """The roles of a system: their names (highest first), where they are read, and who may grant which."""

    names: tuple[str, ...]
    query: str = ""  # binds :email and :tenant, first column is the role; empty: people.yml alone
    holders: str = ""  # binds :tenant, columns email and role: who holds what; only to tell those who may decide
    may_grant: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class Evidence(Value):
    """What is read when something is escalated, by name; caches give their keys with TTLs, never their values."""

    queries: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()


class System(Value):
    """One supported system."""

    name: str
    family: str
    title: str
    environment: str = "production"
    tier: str = "standard"
    channels: tuple[str, ...] = ("backend-support",)
    connections: Mapping[str, Connection]
    roles: Roles
    tenants: Lookup | None = None
    users: Lookup | None = None
    queries: Mapping[str, Query] = Field(default_factory=dict)
    statements: Mapping[str, Statement] = Field(default_factory=dict)
    caches: Mapping[str, Cache] = Field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = Field(default_factory=dict)
    logs: Mapping[str, Log] = Field(default_factory=dict)
    transports: Mapping[str, Transport] = Field(default_factory=lambda: {"app": Transport()})
    commands: Mapping[str, Command] = Field(default_factory=dict)
    services: Mapping[str, Service] = Field(default_factory=dict)
    queues: Mapping[str, Queue] = Field(default_factory=dict)
    failed_jobs: FailedJobs | None = None
    escalation: Evidence = Evidence()
    exports: tuple[str, ...] = ()  # queries whose answer people may be given as a file
    # What runbooks of this family name and this installation does not have, with the reason in words: checks that rest
    # on it are left out, and that is said.
    lacks: Mapping[str, str] = Field(default_factory=dict)
    permissions: Mapping[str, Permission] = Field(default_factory=dict)
