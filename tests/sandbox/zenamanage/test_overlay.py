"""What the demo and the tests change in the shipped file fits it, and both databases understand every query."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.access.access import Access
from bot.catalog import Catalog
from bot.embedded import PostgresServer, valkey
from bot.model.inputs import Inputs
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.seed import ACME, GLOBEX, NINA
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import ZenaManage, zenamanage
from tests.supported import REGISTRY, ROOT

_BINDS: dict[str, str | int] = {
    "tenant": ACME.id, "other_tenant": GLOBEX.id, "user": NINA.id, "text": "acme", "prefix": "a", "ms": 100,
    "seconds": 60, "email": NINA.email, "user_email": NINA.email,
}  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_the_files_with_the_overlay_hold_together(tmp_path: Path, kind: Kind) -> None:
    systems = write_systems(ROOT / "systems", tmp_path, kind)
    catalog = Catalog.read(ROOT, REGISTRY, system_files=systems)
    made = catalog.system("zenamanage")
    assert made.connections["database"].kind == kind
    assert all(transport.prefix[-1].endswith("artisan.py") for transport in made.transports.values())
    lacking = {name.removeprefix("queries.") for name in made.lacks}
    assert made.queries.keys() | lacking == Catalog.read(ROOT, REGISTRY).system("zenamanage").queries.keys()


async def test_mariadb_understands_every_query(zena: ZenaManage, tmp_path: Path) -> None:
    await carry_out_every_query(zena, write_systems(ROOT / "systems", tmp_path, Kind.MARIADB))


async def test_postgresql_understands_every_query(postgres_server: PostgresServer, tmp_path: Path) -> None:
    systems = write_systems(ROOT / "systems", tmp_path, Kind.POSTGRESQL)
    async with valkey() as cache, zenamanage(postgres_server, cache, traffic_seconds=None) as running:
        await carry_out_every_query(running, systems)


async def carry_out_every_query(zena: ZenaManage, systems: Path) -> None:
    system = Catalog.read(ROOT, REGISTRY, system_files=systems).system("zenamanage")
    access = Access({system.name: system}, zena.environment, lambda: datetime.now(UTC))
    look = access.look(system.name, Inputs())
    try:
        for name, query in system.queries.items():
            binds = {bind: _BINDS[bind] for bind in re.findall(r"(?<!:):(\w+)", query.sql)}
            assert await look.rows(name, **binds) is not None
        for name, table in (("plan_projects", "projects"), ("plan_tasks", "tasks")):
            plan = await look.plan(name, tenant=ACME.id)
            assert plan.full_scans == ()
            assert plan.keys[0][1] == f"{table}_tenant_id_status_index"
        kept = (await look.rows("foreign_keys")).column()
        assert {"tasks.project_id", "users.tenant_id", "project_members.project_id"} <= set(kept)
    finally:
        await access.close()
