"""A second platform of the same family, in which everything is called otherwise, is supported by YAML alone."""

import ast
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import UnknownName
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.people import Person
from bot.model.request import Helped, Request, State
from bot.wiring import Built
from tests.bot.test_path import ADA, OLGA, SAM, asked, diagnosed
from tests.second_system.nova import FOLDER, Nova

WHO = 'tenant=acme user=vera@example.com action="edit bots"'
DASH = "novaprod:dash:acme"


@asynccontextmanager
async def broken(platform: Nova, break_: str, heal: str) -> AsyncIterator[None]:
    """Two statements around what is tried."""
    await platform.ask(break_)
    try:
        yield
    finally:
        await platform.ask(heal)


async def remedied(built: Built, person: Person, diagnosis: Diagnosis, number: int = 0, **chosen: str) -> Request:
    """Asked for by Sam, approved, run and verified."""
    request = await asked(built, SAM, diagnosis, number, **chosen)
    await built.bot.voting.approve(person, request.id)
    await built.executing.execute(request.id)
    await built.verifying.verify(request.id)
    return await built.bot.voting.get(request.id)


@pytest.mark.parametrize("tenant", ["acme", "acme-labs", "zen", "Acme Labs"])
async def test_healthy_under_every_runbook(built: Built, tenant: str) -> None:
    for name, runbook in built.bot.catalog.runbooks.items():
        given = {"tenant": f'"{tenant}"', "user": "ada@example.com", "action": '"edit bots"'}
        if tenant != "acme":
            del given["user"]  # she is a member of acme alone
        if name == "permission-denied" and tenant != "acme":
            continue
        text = " ".join(f"{key}={value}" for key, value in given.items() if key in runbook.inputs)
        diagnosis = await diagnosed(built, SAM, f"{name} {text}")
        assert diagnosis.verdict is Verdict.NO_FAULT, [(one.check, one.code, one.seen) for one in diagnosis.findings]


async def test_what_this_platform_lacks_is_left_out_and_said(built: Built) -> None:
    diagnosis = await diagnosed(built, SAM, "ui-discrepancy tenant=acme")
    assert "Agents that the older UI shows (there is no older UI)" in diagnosis.left_out
    assert diagnosis.finding("legacy_agents") is None


async def test_a_workspace_is_known_by_slug_and_by_uuid_each_in_its_place(built: Built, platform: Nova) -> None:
    ((uid,),) = [tuple(row.values()) for row in await platform.ask("SELECT uid::text FROM platform.workspace"
                                                                   " WHERE slug = 'acme'")]  # fmt: skip
    by_uuid = await diagnosed(built, SAM, f"stale-data tenant={uid}")
    by_slug = await diagnosed(built, SAM, "stale-data tenant=acme")
    assert by_uuid.inputs == by_slug.inputs
    assert by_slug.inputs.shown("tenant") == "acme"
    ttl = by_slug.finding("dashboard_ttl")
    assert ttl is not None and ttl.evidence["key"] == DASH
    with pytest.raises(UnknownName, match="Did you mean acme"):
        await diagnosed(built, SAM, "stale-data tenant=acmee")


async def test_a_key_without_end_is_found_cleared_and_fresh(built: Built, platform: Nova) -> None:
    for slug in ("acme", "acme-labs"):
        await platform.cache.set(f"novaprod:dash:{slug}", json.dumps({"bots": 3, "as_of": "2026-01-20T10:00:00+00:00"}))
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=acme")
    assert diagnosis.causes[0].id == "dashboard-never-expires"
    done = await remedied(built, OLGA, diagnosis)
    assert (done.state, done.verification and done.verification.helped) == (State.DONE, Helped.YES)
    assert await platform.cache.exists("novaprod:dash:acme-labs", "novaprod:sess:1") == 2


async def test_every_key_is_judged_by_its_own_time(built: Built, platform: Nova) -> None:
    await platform.cache.set("novaprodcfgacme", "{}", ex=86_400)
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=acme")
    assert [cause.id for cause in diagnosis.causes] == ["others-live-too-long"]
    done = await remedied(built, OLGA, diagnosis)
    assert done.outcome is not None and done.outcome.says == "1 key removed"


async def test_a_grade_that_is_too_low_is_found_tried_and_fixed(built: Built, platform: Nova) -> None:
    grade = (
        "UPDATE platform.membership SET grade = '{}' FROM platform.member WHERE no = member_no"
        " AND mail = 'vera@example.com'"
    )
    async with broken(platform, grade.format("guest"), grade.format("maker")):
        diagnosis = await diagnosed(built, SAM, f"permission-denied {WHO}")
        assert diagnosis.causes[0].id == "role-too-low"
        tried = diagnosis.finding("tried")
        assert tried is not None and tried.code == "refused_403"
        done = await remedied(built, ADA, diagnosis, role="maker")
        assert (done.state, done.verification and done.verification.helped) == (State.DONE, Helped.YES)


async def test_a_policy_that_hides_and_an_api_that_sets_no_context(built: Built, platform: Nova) -> None:
    policy = "ALTER POLICY own ON platform.bot USING (workspace_uid::text = current_setting('nova.{}', true))"
    async with broken(platform, policy.format("old_name"), policy.format("workspace")):
        diagnosis = await diagnosed(built, SAM, "missing-data tenant=acme")
        assert diagnosis.causes[0].id == "policy-hides-agents"
    platform.enters_workspace = False
    try:
        diagnosis = await diagnosed(built, SAM, "missing-data tenant=acme")
        assert diagnosis.causes[0].id == "api-sets-no-context"
    finally:
        platform.enters_workspace = True


async def test_runs_that_wait_are_queued_again_in_this_platforms_words(built: Built, platform: Nova) -> None:
    async with broken(
        platform,
        "INSERT INTO platform.run (workspace_uid, bot_no, outcome, begun, taken)"
        " SELECT workspace_uid, min(no), 'waiting', now() - interval '2 h', now() - interval '2 h' FROM platform.bot"
        " JOIN platform.workspace ON uid = workspace_uid WHERE slug = 'acme' GROUP BY workspace_uid",
        "DELETE FROM platform.run WHERE outcome = 'waiting'",
    ):
        diagnosis = await diagnosed(built, SAM, "missing-executions tenant=acme")
        assert diagnosis.causes[0].id == "waiting"
        request = await asked(built, SAM, diagnosis)
        await built.bot.voting.approve(OLGA, request.id)
        await built.executing.execute(request.id)
        done = await built.bot.voting.get(request.id)
        assert done.outcome is not None and done.outcome.says == "1 job queued again"
        assert await platform.ask("SELECT tries FROM platform.run WHERE outcome = 'waiting'") == [{"tries": 2}]


async def test_a_filter_in_this_platforms_words_is_named(built: Built) -> None:
    diagnosis = await diagnosed(built, SAM, "missing-executions tenant=acme status=error")
    assert diagnosis.causes[0].id == "filter-hides"
    assert "status=error hides the newest execution: its status is done." in diagnosis.causes[0].says


async def test_the_log_comes_by_http(built: Built, platform: Nova) -> None:
    for number in range(7):
        platform.write("error", f"could not bill order {number}\n  at billing.rb:12\nBilling::CardError: declined")
    try:
        diagnosis = await diagnosed(built, SAM, "api-errors")
        assert [cause.id for cause in diagnosis.causes] == ["errors-in-log"]
        assert "7 times" in diagnosis.causes[0].says
    finally:
        del platform.log[1:]


def test_nothing_of_a_platforms_names_stands_in_code() -> None:
    names = ("agent_executions", "tenant_configs", "user_tenant_roles", "metrics:dashboard", "X-Cache", "tenant_admin",
             "set_tenant_context", "/api/v1", "current_tenant_id")  # fmt: skip
    found = [
        f"{path.name}: {text}"
        for part in ("bot", "probes", "actions", "handlers")
        for path in (FOLDER.parents[1] / part).rglob("*.py")
        for text in texts_of(path)
        if any(name in text for name in names)
    ]
    assert found == []


def texts_of(path: Path) -> list[str]:
    """The texts in a program, without what is said about it."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return [node.value for node in constants if isinstance(node.value, str)]
