"""Pagers are told once for each step, again when they were away, and believed only with their signature."""

import hashlib
import hmac
import json

import httpx
import pytest
from starlette.applications import Starlette

from bot.errors import Refused
from bot.escalation.pagers.pagerduty import hear
from bot.escalation.pagers.webhook import sign
from bot.http import pager_route, serve
from bot.model.escalation import Escalation, EscalationState, Helped
from bot.model.paging import Signal
from bot.model.runbook import Severity
from tests.bot.escalation.conftest import SECRET, Scene
from tests.bot.test_path import OLGA


def told(escalation: Escalation, kind: str, id: str = "E1") -> bytes:
    """What PagerDuty sends when somebody does something there."""
    data = {"id": "PINC", "type": "incident", "incident_key": f"backstop-{escalation.id}", "status": "whatever"}
    agent = {"id": "PADA", "type": "user_reference", "summary": "Ada Moreau"}
    return json.dumps({"event": {"id": id, "event_type": kind, "agent": agent, "data": data}}).encode()


def signed(body: bytes, secret: str = SECRET) -> str:
    """The header of a webhook, in which an old secret's signature may stand first."""
    return f"v1={'0' * 64},v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def test_critical_calls_at_once_and_every_step_is_told(scene: Scene) -> None:
    escalation = await scene.opened(Severity.CRITICAL)
    assert escalation.route == "on-call"
    await scene.passes(seconds=0)
    await scene.passes(seconds=0)
    (event,) = scene.pager.events
    assert event["dedup_key"] == f"backstop-{escalation.id}"
    assert event["payload"]["severity"] == "critical"
    assert "The cached dashboard" in event["payload"]["summary"]
    body, signature = scene.pager.hooks[0]
    parts = dict(one.split("=", 1) for one in signature.split(","))
    assert parts["v1"] == sign("shared with others", int(parts["t"]), body)
    assert json.loads(body)["signal"] == "trigger"

    await scene.bot.handling.acknowledge(OLGA, escalation.id)
    await scene.bot.handling.resolve(OLGA, escalation.id, "TTL set", cause="A deploy", helped=Helped.YES)
    await scene.passes(seconds=1)
    assert [one["event_action"] for one in scene.pager.events] == ["trigger", "resolve"]  # the newest is enough
    await scene.passes(hours=3)
    assert len(scene.pager.events) == 2


async def test_raising_the_severity_calls_who_is_called_then(scene: Scene) -> None:
    escalation = await scene.opened()
    await scene.passes(minutes=1)
    assert scene.pager.events == []
    raised = await scene.bot.handling.change_severity(OLGA, escalation.id, Severity.CRITICAL, "all tenants now")
    assert (raised.route, raised.severity) == ("on-call", Severity.CRITICAL)
    await scene.passes(seconds=0)
    assert [one["payload"]["severity"] for one in scene.pager.events] == ["critical"]


async def test_a_pager_that_is_away_is_tried_again_and_the_next_is_called_meanwhile(scene: Scene) -> None:
    scene.pager.answers = [503, 429, 500]
    escalation = await scene.opened(Severity.CRITICAL)
    for seconds in (0, 11, 31):
        await scene.passes(seconds=seconds)
    now = await scene.bot.escalations.get(escalation.id)
    duty = next(one for one in now.pages if one.pager == "pagerduty")
    assert duty.tries == 3 and "answered 500" in duty.says
    await scene.passes(seconds=1)
    now = await scene.bot.escalations.get(escalation.id)
    assert any("@backend-oncall" in one.whom for one in now.told), "nobody was called instead"
    await scene.passes(seconds=61)
    now = await scene.bot.escalations.get(escalation.id)
    assert next(one for one in now.pages if one.pager == "pagerduty").sent is Signal.TRIGGER
    assert [one.outcome for one in await scene.events("escalation.paged")].count("failed") == 3


async def test_what_is_done_at_pagerduty_is_done_here(scene: Scene) -> None:
    escalation = await scene.opened(Severity.CRITICAL)
    await scene.passes(seconds=0)
    app = Starlette(routes=[pager_route(scene.built.escalating.paging.hear)])
    async with serve(app, "127.0.0.1", 0) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

        async def post(body: bytes, signature: str, pager: str = "pagerduty") -> int:
            answer = await http.post(f"/pagers/{pager}", content=body, headers={"X-PagerDuty-Signature": signature})
            return answer.status_code

        body = told(escalation, "incident.acknowledged")
        assert await post(body, signed(body, "another secret")) == 401
        assert await post(body, "") == 401
        assert await post(body, signed(body), "others") == 404
        assert (await scene.bot.escalations.get(escalation.id)).state is EscalationState.OPEN
        assert await post(body, signed(body)) == 200
        assert await post(body, signed(body)) == 200  # delivered again
        now = await scene.bot.escalations.get(escalation.id)
        assert now.state is EscalationState.ACKNOWLEDGED
        assert now.holder is not None and now.holder.name == "Ada Moreau (PagerDuty)"
        await scene.passes(seconds=1)
        assert [one["event_action"] for one in scene.pager.events] == ["trigger"]  # it knows that already
        assert [json.loads(one)["signal"] for one, _ in scene.pager.hooks] == ["trigger", "acknowledge"]

        body = told(escalation, "incident.resolved", "E2")
        assert await post(body, signed(body)) == 200
        assert await post(b"[]", signed(b"[]")) == 200  # signed, and about nothing of ours
    now = await scene.bot.escalations.get(escalation.id)
    assert now.state is EscalationState.RESOLVED and not now.resolution
    said = await scene.bot.handling.resolve(OLGA, escalation.id, "Restarted", cause="Disk full", helped=Helped.NO)
    assert said.resolution == "Restarted"
    assert said.resolved_by == now.resolved_by and said.resolved_at == now.resolved_at  # saying how is no resolving
    assert said.resolved_by is not None and said.resolved_by.name == "Ada Moreau (PagerDuty)"
    names = [one.verb for one in await scene.events()]
    assert names.count("escalation.acknowledged") == 1 and names.count("escalation.resolved") == 2


def test_only_signatures_with_our_secret_count() -> None:
    body = b'{"event": {"id": "E", "event_type": "incident.triggered", "data": {"incident_key": "x"}}}'
    assert hear(SECRET, body, signed(body)) is None
    with pytest.raises(Refused):
        hear(SECRET, body + b" ", signed(body))
    with pytest.raises(Refused):
        hear(SECRET, body, signed(body).replace("v1", "v0"))


async def test_where_nothing_comes_back_the_card_says_so(scene: Scene) -> None:
    escalation = await scene.opened(Severity.CRITICAL)
    await scene.passes(seconds=0)
    now = await scene.bot.escalations.get(escalation.id)
    assert [one.listens for one in now.pages] == [False, False]
    assert await scene.bot.drawings.due()
