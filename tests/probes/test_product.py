"""Probes of what people use: answers, sockets, accounts, logs and the product's own commands."""

import re
from datetime import timedelta

import pytest

from bot.access.readers import Look
from bot.access.timings import Timings
from bot.errors import NotThere
from probes.latency import too_many
from tests.supported import Product

NINA = {"tenant": "acme", "user": "nina@example.com"}


async def test_what_an_installation_lacks_is_unknown_and_no_fault(product: Product) -> None:
    await product.breaks("metrics-missing")
    for runbook, check in (("api-slow", "metrics"), ("api-error-rate", "rate"), ("errors-not-logged", "known")):
        with pytest.raises(NotThere, match="no such endpoint"):
            await product.check(runbook, check, **({"tenant": "acme"} if runbook == "api-slow" else {}))
    # What can be measured otherwise is.
    assert (await product.check("api-slow", "projects", tenant="acme")).code in {"fast", "some_slow"}


@pytest.mark.parametrize(("asked", "late"), [(1, 2), (2, 2), (4, 2), (5, 3), (10, 3), (13, 4), (20, 4)])
def test_so_many_late_answers_are_no_chance(asked: int, late: int) -> None:
    assert too_many(asked) == late


@pytest.mark.parametrize(
    ("slow", "failed", "unreached", "code", "says"),
    [
        (0, 0, 0, "fast", "none of 10 slower than 300 ms; p95 100 ms, p50 100 ms"),
        (2, 0, 0, "some_slow", "2 of 10 slower than 300 ms; p95 400 ms, p50 100 ms"),
        (3, 0, 0, "slow", "3 of 10 slower than 300 ms; p95 400 ms, p50 100 ms"),
        (1, 1, 0, "some_slow", "2 of 10 failed or slower than 300 ms; p95 400 ms, p50 100 ms"),
        (1, 1, 1, "slow", "3 of 10 failed or slower than 300 ms; p95 400 ms, p50 100 ms"),
        (3, 4, 1, "failing", "5 of 10 requests failed"),
    ],
)
async def test_one_or_two_late_answers_of_ten_accuse_nobody(
    product: Product, monkeypatch: pytest.MonkeyPatch, slow: int, failed: int, unreached: int, code: str, says: str
) -> None:
    late, soon = timedelta(milliseconds=400), timedelta(milliseconds=100)
    took = (late,) * slow + (soon,) * (10 - slow - unreached)

    async def timed(*_: object) -> Timings:
        return Timings(took, (soon,) * failed, unreached, None)

    monkeypatch.setattr(Look, "timed", timed)
    seen = await product.check("api-slow", "projects", tenant="acme")
    assert (seen.code, seen.seen, seen.expected) == (code, says, "p95 ≤ 300 ms; of 10, 2 may be later")


async def test_who_fails_is_told_by_one_request(product: Product) -> None:
    for fault, code in (("php-down", "no_application"), ("maintenance-on", "maintenance"), ("app-errors", "error"),
                        ("web-down", "nobody")):  # fmt: skip
        await product.breaks(fault)
        assert (await product.check("system-down", "answers")).code == code, fault
        await product.heals(fault)
    assert (await product.check("system-down", "answers")).code == "answers"


async def test_everything_at_once_names_who_is_down(product: Product) -> None:
    assert (await product.check("system-down", "everything")).code == "all_up"
    await product.breaks("database-down")
    seen = await product.check("system-down", "everything")
    assert (seen.code, seen.seen) == ("some_down", "down: Database")
    assert [row[:2] for row in seen.tables[0].rows[:2]] == [("Database", "down"), ("Redis", "up")]


async def test_a_health_endpoint_is_not_believed_against_a_direct_look(product: Product) -> None:
    assert (await product.check("database-connections", "health")).code == "agrees_up"
    await product.breaks("database-down")
    assert (await product.check("database-connections", "health")).code == "agrees_down"
    await product.heals("database-down")
    await product.breaks("database-down-health-lies")
    lies = await product.check("database-connections", "health")
    assert lies.code == "claims_up"
    assert "does not answer" in lies.says


async def test_refused_subscriptions_are_told_apart(product: Product) -> None:
    assert (await product.check("websocket-silent", "subscription", tenant="acme")).code == "subscribed"
    for fault, code in (("wrong-format", "wrong_format"), ("other-tenant", "other_tenant"),
                        ("no-permission", "no_permission")):  # fmt: skip
        await product.breaks(fault)
        assert (await product.check("websocket-silent", "subscription", tenant="acme")).code == code
        await product.heals(fault)


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("tenant:{tenant}:tasks", "right"),
        ("tenant:{tenant}:tasks:01HV0TASK", "right"),
        ("tenant:01HV0OTHER:tasks", "other_tenant"),
        ("tenant-{tenant}-tasks", "wrong_format"),
        ("tenant:{tenant}:tasks:1:2", "wrong_format"),
        ("private-tenant:{tenant}:tasks", "wrong_format"),
    ],
)
async def test_the_channel_of_a_client_is_compared(product: Product, channel: str, code: str) -> None:
    tenant = str((await product.inputs(tenant="acme")).binds["tenant"])
    said = channel.replace("{tenant}", tenant.lower())  # ids are compared without case
    seen = await product.check("websocket-silent", "client", tenant="acme", channel=said)
    assert seen.code == code


async def test_the_hash_of_a_password_is_never_read(product: Product) -> None:
    can = await product.check("cannot-log-in", "account", **NINA)
    assert can.code == "can"
    assert "$2y$" not in can.model_dump_json()
    await product.breaks("hash-unsupported")
    old = await product.check("cannot-log-in", "account", **NINA)
    assert old.code == "unsupported_hash"
    assert "other" in old.seen


async def test_a_lock_beyond_today_is_told_with_its_date(product: Product) -> None:
    await product.breaks("account-locked")
    seen = await product.check("cannot-log-in", "account", **NINA)
    assert re.fullmatch(r"locked until \d{4}-\d\d-\d\d \d\d:\d\d UTC", seen.seen)


async def test_one_stray_row_is_counted_as_one(product: Product) -> None:
    await product.breaks("cross-tenant-access")
    assert (await product.check("cross-tenant", "accessed", tenant="acme")).seen == "1 kind of access to another tenant"


async def test_a_limit_keeps_out_one_address(product: Product) -> None:
    assert (await product.check("cannot-log-in", "limit", **NINA)).code == "none"
    await product.breaks("login-rate-limited")
    assert (await product.check("cannot-log-in", "limit", **NINA)).code == "locked_out"


async def test_attempts_are_grouped_by_user_and_route(product: Product) -> None:
    await product.breaks("cross-tenant-attempts")
    seen = await product.check("cross-tenant", "attempts", tenant="acme")
    assert seen.code == "many"
    assert seen.tables[0].columns == ("user_id", "route", "Times")
    assert all("not told" not in cell for row in seen.tables[0].rows for cell in row)
    other = {"log": "laravel", "words": ["isolation breach"], "within": "24h"}
    assert (await product.seen("log_mentions", other)).code == "none"


async def test_why_errors_are_not_logged(product: Product) -> None:
    for fault, check, code in (
        ("log-channel-off", "configuration", "off"),
        ("log-level-too-high", "configuration", "too_high"),
        ("log-not-writable", "permissions", "not_writable"),
        ("handler-silent", "known", "silent"),
    ):
        assert (await product.check("errors-not-logged", check)).code != code
        await product.breaks(fault)
        assert (await product.check("errors-not-logged", check)).code == code
        await product.heals(fault)


async def test_what_the_product_says_of_itself_is_read(product: Product) -> None:
    assert (await product.check("data-corruption", "own")).code == "passed"
    await product.breaks("integrity-check-fails")
    seen = await product.check("data-corruption", "own")
    assert seen.code == "failed"
    assert seen.tables[0].rows[0][0].startswith("CORRUPT")
    assert (await product.check("cache-not-working", "driver")).seen == "redis"
