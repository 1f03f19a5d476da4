"""What the platform holds while nothing is wrong. Ids are derived from names, so they are the same on every machine."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

ABC, XYZ, PREFIX, NEW = "tenant-abc", "tenant-xyz", "tenant-a", "tenant-new"
TENANTS = {
    ABC: ("Abc Logistics", "enterprise"),
    XYZ: ("Xyz Retail", "team"),
    PREFIX: ("Alpha Air", "team"),  # its id is the beginning of another one's: a trap for patterns
    NEW: ("Newcomers", "trial"),  # has nothing yet: an empty list is right here
}

_NAMESPACE = uuid.UUID("6f1a1d5e-52b4-4c0e-9b5e-0b5f1a3f7c10")
_JOBS = ("Invoice reader", "Route planner", "Mail triage", "Price watcher", "Claims clerk", "Stock keeper",
         "Contract checker", "Shift planner", "Customs clerk", "Returns desk", "Report writer", "Lead finder",
         "Quality inspector")  # fmt: skip
_AGENTS = {ABC: 10, XYZ: 26, PREFIX: 3, NEW: 0}
_INACTIVE = {ABC: 2, XYZ: 4, PREFIX: 0, NEW: 0}
_EXECUTIONS = {ABC: 40, XYZ: 60, PREFIX: 5, NEW: 0}


@dataclass(frozen=True)
class User:
    """Somebody with an account on the platform, and the role that they hold per tenant."""

    email: str
    name: str
    roles: dict[str, str]
    email_confirmed: bool = True
    is_active: bool = True

    @property
    def id(self) -> uuid.UUID:
        """The platform's id of this user."""
        return make_id("user", self.email)


def make_id(*names: object) -> uuid.UUID:
    """The id of what has these names."""
    return uuid.uuid5(_NAMESPACE, "/".join(map(str, names)))


VERA = User("vera@example.com", "Vera Novak", {ABC: "developer"})
USERS = (
    User("sam@example.com", "Sam Rivera", {ABC: "viewer", XYZ: "viewer"}),
    User("dana@example.com", "Dana Okafor", {ABC: "developer"}),
    User("olga@example.com", "Olga Lindt", {ABC: "operator", XYZ: "operator"}),
    User("tom@example.com", "Tom Haddad", {ABC: "tenant_admin"}),
    User("ada@example.com", "Ada Moreau", dict.fromkeys(TENANTS, "super_admin")),
    VERA,
    User("victor@example.com", "Victor Hugh", {XYZ: "operator"}),
    User("wanda@example.com", "Wanda Flores", {}),
    User("yusuf@example.com", "Yusuf Demir", {ABC: "developer"}),
    # Roles that give no authority: an address that was never confirmed, an account that was switched off.
    User("petra@example.com", "Petra Lang", {ABC: "tenant_admin"}, email_confirmed=False),
    User("ivan@example.com", "Ivan Marek", {ABC: "operator"}, is_active=False),
)


@dataclass(frozen=True)
class Agent:
    """One AI agent of a tenant."""

    tenant_id: str
    number: int
    status: str

    @property
    def id(self) -> uuid.UUID:
        """The platform's id of this agent."""
        return make_id(self.tenant_id, "agent", self.number)

    @property
    def name(self) -> str:
        """What its owners call it."""
        job, round_ = _JOBS[self.number % len(_JOBS)], self.number // len(_JOBS)
        return job if round_ == 0 else f"{job} {round_ + 1}"


def agents(tenant: str) -> list[Agent]:
    """The agents of a tenant, the inactive ones last."""
    total, active = _AGENTS[tenant], _AGENTS[tenant] - _INACTIVE[tenant]
    return [Agent(tenant, number, "active" if number < active else "inactive") for number in range(total)]


@dataclass(frozen=True)
class Execution:
    """One run of an agent, which has ended."""

    id: uuid.UUID
    tenant_id: str
    agent_id: uuid.UUID
    status: str
    error: str | None
    created_at: datetime
    duration_ms: int


def executions(tenant: str, now: datetime) -> Iterator[Execution]:
    """The runs of a tenant's agents, the newest two minutes old; one in twenty failed."""
    workers = [agent for agent in agents(tenant) if agent.status == "active"]
    for number in range(_EXECUTIONS[tenant]):
        has_failed = number % 20 == 13
        yield Execution(
            id=make_id(tenant, "execution", number),
            tenant_id=tenant,
            agent_id=workers[number % len(workers)].id,
            status="failed" if has_failed else "success",
            error="The model's answer was not valid JSON" if has_failed else None,
            created_at=now - timedelta(minutes=2 + 97 * number),
            duration_ms=1_200 + 37 * (number % 11),
        )


async def seed(connection: AsyncConnection[DictRow], now: datetime) -> None:
    """Fill the empty database."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO tenant_configs (tenant_id, name, plan, settings, created_at) VALUES (%s, %s, %s, %s, %s)",
            [
                (tenant, name, plan, Jsonb({"agents_at_most": 50}), now - timedelta(hours=3 if tenant == NEW else 9000))
                for tenant, (name, plan) in TENANTS.items()
            ],
        )
        await cursor.executemany(
            "INSERT INTO users (id, email, name, email_confirmed, is_active) VALUES (%s, %s, %s, %s, %s)",
            [(user.id, user.email, user.name, user.email_confirmed, user.is_active) for user in USERS],
        )
    for user in USERS:
        await restore_roles(connection, user)
    for tenant in TENANTS:
        await restore_agents(connection, tenant, now)
        await restore_executions(connection, tenant, now)


async def restore_roles(connection: AsyncConnection[DictRow], user: User) -> None:
    """Give a user exactly the roles that they hold while nothing is wrong."""
    async with connection.transaction():
        await connection.execute("DELETE FROM user_tenant_roles WHERE user_id = %s", [user.id])
        for tenant, role in user.roles.items():
            await connection.execute(
                "INSERT INTO user_tenant_roles (user_id, tenant_id, role) VALUES (%s, %s, %s)", [user.id, tenant, role]
            )


async def restore_agents(connection: AsyncConnection[DictRow], tenant: str, now: datetime) -> None:
    """Put back the tenant's agents that are missing."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agents (id, tenant_id, name, model, status, created_at, updated_at) "
            "VALUES (%s, %s, %s, 'large-2', %s, %s, %s) ON CONFLICT (id) DO NOTHING",
            [
                (agent.id, tenant, agent.name, agent.status, now - timedelta(days=90 - agent.number), now)
                for agent in agents(tenant)
            ],
        )


async def restore_executions(connection: AsyncConnection[DictRow], tenant: str, now: datetime) -> None:
    """Put back the tenant's executions that are missing, or stand under another tenant."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agent_executions (id, tenant_id, agent_id, status, error, duration_ms, created_at, queued_at,"
            " started_at, finished_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id",
            [
                (run.id, tenant, run.agent_id, run.status, run.error, run.duration_ms, run.created_at, run.created_at,
                 run.created_at, run.created_at + timedelta(milliseconds=run.duration_ms))
                for run in executions(tenant, now)
            ],
        )  # fmt: skip
