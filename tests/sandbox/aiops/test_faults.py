"""Each fault breaks the platform in exactly one way, and healing it undoes exactly that."""

from typing import Any

import psycopg
import pytest

from sandbox.aiops import AiOps
from sandbox.aiops.seed import ABC, VERA, XYZ
from tests.sandbox.aiops.look import DASHBOARD, HEALTHY, cache, look

NOTHING = {"cached agents": 0, "api agents": 0, "legacy agents": 0, "vera edits": 404}
AWAY = {
    "ttl": "no entry", "agents' ttl": "no entry", "browser": None, "cached agents": None, "api agents": 1,
    "legacy agents": [503], "seen by tenant": "no function", "runs seen by tenant": "no function",
    "context": ["", "no function"], "vera edits": 503, "executions": 1, "newest run": False, "costs": 503,
}  # fmt: skip
FAULTS: dict[str, dict[str, Any]] = {
    "never-expires": {"ttl": "none", "cached agents": 8},
    "stale-after-change": {"ttl": "long", "cached agents": 8},
    "long-ttl": {"ttl": "very long"},
    "ttl-misconfigured": {"ttl": "long"},
    "agents-never-expire": {"agents' ttl": "none"},
    "agents-live-too-long": {"agents' ttl": "very long"},
    "config-never-expires": {"config's ttl": "none"},
    "config-lives-too-long": {"config's ttl": "very long"},
    "api-remembers": {"ttl": "no entry", "cached agents": 8},
    "browsers-keep-it": {"browser": "max-age=3600"},
    "wrong-role": {"vera": {ABC: "viewer"}, "vera by api": "viewer", "vera edits": 403},
    "missing-assignment": {"vera": {}, "vera by api": None, "vera edits": 403},
    "other-tenant": {"vera": {XYZ: "developer"}, "vera by api": None, "vera edits": 403},
    "api-role-differs": {"vera by api": "viewer", "vera edits": 403},
    "account-off": {"vera by api": None, "vera edits": 403},
    "api-refuses-developers": {"vera edits": 403},
    "tenant-context-not-set": NOTHING | {"executions": 0, "newest run": False},
    "data-missing": NOTHING | {"seen by tenant": 0, "database": 0},
    "api-filter": {"api agents": 8},
    "api-pagination": {"api agents": 5},
    "api-miscounts": {"api agents": 9},
    "legacy-ui-stale": {"legacy agents": 8},
    "orphaned-agents": {"orphans": 2},
    "policy-blocks": NOTHING | {"seen by tenant": 0},
    "policy-hides-executions": {"runs seen by tenant": 0, "executions": 0, "newest run": False},
    "isolation-broken": {"seen by tenant": 39, "api agents": 20, "legacy agents": 39},
    "isolation-broken-executions": {"runs seen by tenant": 105, "executions": 20, "failed of ten": 0},
    "context-function-missing": AWAY,
    "context-not-kept": NOTHING
    | {"seen by tenant": 0, "runs seen by tenant": 0, "context": ["", ""], "executions": 0, "newest run": False},
    "default-tenant-for-the-app": {"default of the app": f"app.current_tenant_id={XYZ}"},
    "default-tenant-for-all": {"context": [XYZ, ABC]},
    "executions-under-other-tenant": {"newest run": False, "runs seen by tenant": 37},
    "executions-stuck": {"queued": 3, "runs seen by tenant": 43},
    "worker-stopped": {"queued": 3, "runs seen by tenant": 43, "worked on": False},
    "executions-failed": {"failed of ten": 8, "runs seen by tenant": 48},
    "runs-fail": {"failed of ten": 8, "runs seen by tenant": 48},
    "retried-in-vain": {"failed of ten": 8, "runs seen by tenant": 48},
    "new-runs-hidden": {"newest run": False},
    "costs-fail": {"costs": 500, "errors logged": 14},  # this look is one of them
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_makes_exactly_its_cause_and_healing_undoes_exactly_that(whole: AiOps, name: str) -> None:
    for _ in range(2):  # twice is the same as once
        await whole.faults.set(name, broken=True)
    assert await look(whole) == HEALTHY | FAULTS[name]
    assert [fault.name for fault in await whole.faults.panel() if fault.broken] == [name]
    for _ in range(2):
        await whole.faults.set(name, broken=False)
    assert await look(whole) == HEALTHY
    assert not any(fault.broken for fault in await whole.faults.panel())


async def test_clearing_the_cache_cures_an_old_entry_but_not_a_wrong_setting(whole: AiOps) -> None:
    for name, expected in {
        "never-expires": "agreed",
        "stale-after-change": "agreed",
        "ttl-misconfigured": "long",
    }.items():
        await whole.faults.break_(name)
        async with cache(whole, "AIOPS_CACHE_WRITER_URL") as redis:
            await redis.unlink(DASHBOARD)
        seen = await look(whole)
        assert (seen["ttl"], seen["cached agents"]) == (expected, 10)
        assert [fault.broken for fault in await whole.faults.panel() if fault.name == name] == [expected == "long"]
        await whole.faults.heal(name)


async def test_a_role_that_the_writer_gives_back_cures_the_fault(whole: AiOps) -> None:
    await whole.faults.break_("wrong-role")
    async with await psycopg.AsyncConnection.connect(whole.environment["AIOPS_DATABASE_WRITER_URL"]) as connection:
        changed = await connection.execute(
            "UPDATE user_tenant_roles SET role = 'developer' WHERE user_id = %s AND tenant_id = %s", [VERA.id, ABC]
        )
        assert changed.rowcount == 1
    assert await look(whole) == HEALTHY
    assert not any(fault.broken for fault in await whole.faults.panel())
