"""Here `system` is the AI-agents platform with the bot's way to it, and `product` is ZenaManage."""

from collections.abc import AsyncIterator

import pytest

from bot.model.system import Query
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import ZenaManage
from tests.supported import ROOT, Product, read_system, system

__all__ = ["system"]

# What only these tests ask.
_QUERIES = {
    "nothing_kept": "SELECT 0 AS kept",
    "nobody": "SELECT id AS tenant FROM tenants WHERE 1 = 0",
}


@pytest.fixture(scope="session")
async def way(zena: ZenaManage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The bot's way to ZenaManage on MariaDB."""
    files = write_systems(ROOT / "systems", tmp_path_factory.mktemp("systems"), Kind.MARIADB)
    shipped = read_system("zenamanage", files)
    queries = {**shipped.queries, **{name: Query(sql=sql) for name, sql in _QUERIES.items()}}
    made = Product(zena, shipped.model_copy(update={"queries": queries}))
    yield made
    await made.access.close()


@pytest.fixture
async def product(way: Product) -> AsyncIterator[Product]:
    """ZenaManage, whole again after each test."""
    yield way
    for name in [fault.name for fault in await way.product.faults.panel() if fault.broken]:
        await way.product.faults.set(name, broken=False)
