"""The API and the caches behave as the runbook describes them."""

import pytest

from sandbox.aiops import AiOps
from sandbox.aiops.seed import ABC, NEW, VERA, XYZ, agents, make_id
from tests.sandbox.aiops.look import AGENT, DASHBOARD, HEALTHY, api, cache, look, rows


async def test_healthy_as_the_runbook_says(whole: AiOps) -> None:
    assert await look(whole) == HEALTHY
    assert not any(fault.broken for fault in await whole.faults.panel())


async def test_the_dashboard_is_cached_for_30_seconds(whole: AiOps) -> None:
    async with api(whole) as http, cache(whole, "AIOPS_CACHE_WRITER_URL") as redis:
        await redis.unlink(DASHBOARD)
        answers = [await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC}) for _ in range(2)]
        assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT"]
        assert {answer.headers["Cache-Control"] for answer in answers} == {"max-age=30"}
        assert answers[0].json() == answers[1].json()
        assert 28 <= await redis.ttl(DASHBOARD) <= 30


@pytest.mark.parametrize(
    ("role", "statuses"),
    {
        "super_admin": (200, 200, 200),
        "tenant_admin": (200, 200, 200),
        "operator": (200, 403, 403),
        "developer": (200, 200, 403),
        "viewer": (200, 403, 403),
        None: (403, 403, 403),
    }.items(),
)
async def test_the_permission_matrix_holds(whole: AiOps, role: str | None, statuses: tuple[int, ...]) -> None:
    token = whole.access.issue(VERA.id)
    await whole.world.change("DELETE FROM user_tenant_roles WHERE user_id = %s", VERA.id)
    if role:
        await whole.world.change(
            "INSERT INTO user_tenant_roles (user_id, tenant_id, role) VALUES (%s, %s, %s)", VERA.id, ABC, role
        )
    path = f"/api/v1/agents/{AGENT}?tenant_id={ABC}"
    async with api(whole, token) as user, api(whole) as service:
        view = await user.get(path)
        edit = await user.put(path, json={"name": "Updated"}, headers={"X-Dry-Run": "true"})
        delete = await user.delete(f"{path}&dry_run=true")
        assert (view.status_code, edit.status_code, delete.status_code) == statuses
        rehearsed = await service.put(f"{path}&dry_run=true&user={VERA.email.upper()}", json={"name": "Updated"})
        assert rehearsed.status_code == statuses[1]
    [[name]] = await rows(whole, "SELECT name FROM agents WHERE id = %s", AGENT)
    assert name == agents(ABC)[0].name, "a rehearsal changes nothing"


async def test_real_changes_are_for_users_alone(whole: AiOps) -> None:
    token = whole.access.issue(make_id("user", "tom@example.com"))
    async with api(whole, token) as tom, api(whole) as service:
        path = f"/api/v1/agents/{AGENT}?tenant_id={ABC}"
        assert (await service.put(f"{path}&user={VERA.email}", json={"name": "No"})).status_code == 403
        assert (await tom.put(path, json={"name": "Renamed"})).json()["agent"]["name"] == "Renamed"
        assert (await tom.get(path)).json()["agent"]["name"] == "Renamed"
        await tom.put(path, json={"name": agents(ABC)[0].name})
        made = await tom.post(f"/api/v1/agents?tenant_id={ABC}", json={"name": "New"})
        assert made.status_code == 201
        new = made.json()["agent"]["id"]
        assert (await tom.delete(f"/api/v1/agents/{new}?tenant_id={ABC}")).status_code == 200
        assert (await tom.get(f"/api/v1/agents/{new}?tenant_id={ABC}")).status_code == 404
    assert await look(whole) == HEALTHY


async def test_what_the_api_refuses(whole: AiOps) -> None:
    async with api(whole) as http, api(whole, "made-up") as stranger:
        assert (await stranger.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 401
        del stranger.headers["Authorization"]
        assert (await stranger.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 401
        assert (await http.get("/api/v1/agents")).json() == {"detail": "Tenant ID missing"}
        assert (await http.get(f"/api/v1/users/me/role?tenant_id={ABC}")).status_code == 400
        assert (await http.get(f"/api/v1/users/me/role?tenant_id={ABC}&user=nobody@example.com")).status_code == 404
        assert (await http.get(f"/api/v1/agents?tenant_id={ABC}&limit=0")).status_code == 422
        assert (await http.get(f"/api/v1/agents/x?tenant_id={ABC}")).status_code == 422
        assert (await http.get(f"/api/v1/executions?tenant_id={ABC}&date_from=soon")).status_code == 422
        edit = await http.put(f"/api/v1/agents/{AGENT}?tenant_id={ABC}&dry_run=1&user={VERA.email}", content="{")
        assert edit.status_code == 422
        # A tenant that does not exist is answered with 200 and nothing, as the real one does.
        assert (await http.get("/api/v1/agents?tenant_id=tenant-abcd")).json()["agents"] == []


async def test_lists_are_paged_and_filtered(whole: AiOps) -> None:
    async with api(whole) as http:
        pages = [(await http.get(f"/api/v1/agents?tenant_id={XYZ}&page={page}")).json() for page in (1, 2)]
        assert [(len(page["agents"]), page["total"]) for page in pages] == [(20, 26), (6, 26)]
        inactive = (await http.get(f"/api/v1/agents?tenant_id={ABC}&status=inactive")).json()["agents"]
        assert len(inactive) == 2
        assert (await http.get(f"/api/v1/agents?tenant_id={NEW}")).json()["agents"] == []
        runs = (await http.get(f"/api/v1/executions?tenant_id={ABC}&status=failed&limit=100")).json()["executions"]
        assert len(runs) == 2
        assert {run["status"] for run in runs} == {"failed"}
        of_agent = await http.get(f"/api/v1/executions?tenant_id={ABC}&agent_id={AGENT}")
        assert {run["agent_id"] for run in of_agent.json()["executions"]} == {str(AGENT)}
        later = await http.get(
            f"/api/v1/executions?tenant_id={ABC}&date_from={runs[0]['created_at'].replace('+', '%2B')}"
        )
        assert len(later.json()["executions"]) == 14
