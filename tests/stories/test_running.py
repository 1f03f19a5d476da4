"""What somebody who runs the bot sees of it: figures, logs with ids, and whether it is ready."""

import json
from io import StringIO
from pathlib import Path

import httpx

from bot import logs
from bot.wiring.readiness import Readiness
from tests.stories.conftest import Story


async def _figures(story: Story) -> dict[str, float]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{story.stage.bot.port}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_a_fix_is_counted_and_logged(story: Story) -> None:
    before = await _figures(story)
    said = StringIO()
    logs.for_machines(to=said)
    try:
        await story.system.faults.break_("never-expires")
        await story.sam.says("/diagnose stale-data tenant=tenant-abc")
        card = await story.sam.sees(containing="Fault found")
        await story.sam.presses(card, "Clear cache…")
        await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "please"})
        request = await story.olga.sees(thread=card, containing="Approval needed")
        assert (await _figures(story))['backstop_requests{state="pending"}'] == 1
        await story.olga.presses(request, "Approve")
        await story.olga.watches(request, containing=["Done, and it helped"])
        lines = [json.loads(line) for line in said.getvalue().splitlines()]
    finally:
        logs.for_people()
    after = await _figures(story)
    for name, count in {
        'backstop_deliveries_total{kind="command",outcome="done"}': 1,
        'backstop_deliveries_total{kind="form",outcome="done"}': 1,
        'backstop_diagnoses_total{runbook="stale-data",verdict="fault found"}': 1,
        'backstop_decision_seconds_count{decision="approved"}': 1,
        'backstop_executions_total{action="clear_cache",outcome="done"}': 1,
    }.items():
        assert after[name] - before.get(name, 0) == count, name
    assert after['backstop_probe_seconds_count{probe="cache_ttl"}'] > before.get(
        'backstop_probe_seconds_count{probe="cache_ttl"}', 0
    )
    assert after['backstop_ack_seconds_count{way="socket"}'] >= 4
    assert after["backstop_database_up"] == 1
    assert after['backstop_requests{state="pending"}'] == 0
    assert after["backstop_audit_lag_events"] <= after["backstop_audit_events"]
    delivery = next(line["delivery"] for line in lines if line.get("handler") == "diagnose")
    run = next(line for line in lines if line["event"] == "diagnosis.ended")
    assert run["delivery"] == delivery
    ended = next(line for line in lines if line["event"] == "execution.ended")
    assert {ended["request"]} == {
        row.event.subject.removeprefix("request ")
        for row in await story.stage.bot.built.bot.audit.find(verb="action.finished")
    }


async def test_readiness_names_what_is_wrong(story: Story) -> None:
    running = story.stage.bot
    left, moment = 10**9, 0.0
    ready = Readiness(running.built, Path("/"), lambda: running.is_working, free=lambda _: left, timer=lambda: moment)
    assert await ready.wrong() == {}
    left = 10**6
    assert await ready.wrong() == {}  # asked a moment ago
    moment = 2.0
    assert "make room" in (await ready.wrong())["disk"]
    left, moment = 10**9, 4.0
    ready.is_stopping = True
    assert list(await ready.wrong()) == ["stopping"]
    async with httpx.AsyncClient() as http:
        door = f"http://127.0.0.1:{running.port}"
        assert (await http.get(f"{door}/readyz")).json() == {"ready": True, "wrong": {}}
        running.say_stopping()
        await running.stop_working()
        assert (await http.get(f"{door}/healthz")).status_code == 200
