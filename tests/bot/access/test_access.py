"""The way to a system: names must exist, secrets must be set, permits must fit, and pings never fail."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.access.access import Access
from bot.access.deadline import within
from bot.access.fields import ABSENT, field_of
from bot.access.secrets import Secrets
from bot.errors import ConfigurationError, MissingInput, Refused, UnknownName
from bot.model.connections import Secret
from bot.model.inputs import Input, Inputs, InputType
from bot.model.request import Preview
from bot.model.system import Cache, Query, System
from tests.supported import permit_of

TENANT = Inputs(given={"tenant": Input(type=InputType.TENANT, shown="t", binds={"tenant": "t"})})
SYSTEM = System.model_validate(
    {
        "name": "one", "family": "f", "title": "One", "roles": {"names": []},
        "connections": {
            "database": {"kind": "postgresql", "url": {"env": "DB"}},
            "old": {"kind": "mysql", "url": {"env": "OLD"}},
            "cache": {"kind": "redis", "url": {"env": "CACHE"}},
            "api": {"kind": "http", "url": {"env": "API"}},
            "port": {"kind": "tcp", "url": {"env": "OLD"}},
            "socket": {"kind": "websocket", "url": {"env": "SOCKET"}, "token": {"env": "OLD"}},
        },
        "queries": {"a": Query(sql="SELECT 1"), "b": Query(connection="old", sql="SELECT 1")},
        "caches": {"open": Cache(key="x:{tenant}:{date}"), "other": Cache(key="y:{date}")},
    }
)  # fmt: skip
ENVIRONMENT = {
    "DB": "postgresql://x:hunter2@127.0.0.1:1/y", "OLD": "mysql://x:hunter2@127.0.0.1:1/y",
    "CACHE": "redis://x:hunter2@127.0.0.1:1/0", "API": "http://x:hunter2@127.0.0.1:1",
    "SOCKET": "ws://127.0.0.1:1/app",
}  # fmt: skip


def access(environment: dict[str, str] | None = None) -> Access:
    return Access({"one": SYSTEM}, ENVIRONMENT if environment is None else environment, lambda: datetime.now(UTC))


async def test_every_connection_is_pinged_and_none_breaks_the_others() -> None:
    pings = await access().ping("one")
    assert {ping.connection: ping.is_up for ping in pings} == dict.fromkeys(SYSTEM.connections, False)
    assert "hunter2" not in str(pings)
    says = {ping.connection: ping.says for ping in pings}
    assert says["old"] == "The old of One cannot be reached. Look again in a moment; if it lasts, escalate."
    assert says["cache"].startswith("The cache of One cannot be reached")


async def test_a_secret_that_is_not_set_is_named() -> None:
    pings = await access({}).ping("one")
    assert pings[0].says == "DB is not set; set it in the bot's environment and restart it."


async def test_names_must_exist() -> None:
    made = access()
    with pytest.raises(UnknownName):
        made.look("two", TENANT)
    with pytest.raises(UnknownName):
        await made.ping("two")
    look = made.look("one", TENANT)
    for wanted in (look.rows("c"), look.cache("c"), look.fetch("c"), look.entries("c"), look.run("c"), look.queue("c")):
        with pytest.raises(ConfigurationError):
            await wanted


async def test_places_must_be_given() -> None:
    look = access().look("one", TENANT)
    with pytest.raises(MissingInput, match="places that were not given"):
        await look.cache("open")
    with pytest.raises(ConfigurationError, match="does not name the tenant"):
        await look.entries("other")
    with pytest.raises(MissingInput):
        await access().look("one", Inputs()).entries("open")


async def test_a_permit_is_for_one_system_and_writers_need_an_address() -> None:
    preview = Preview(says="", items=(), at=datetime.now(UTC))
    permit = permit_of("one", "clear_cache", {}, preview, TENANT)
    change = access().change(permit, TENANT)
    with pytest.raises(ConfigurationError, match="no writer_url"):
        async with change.transaction("database"):
            pytest.fail("nothing may be changed without a writer's address")
    with pytest.raises(ConfigurationError, match="is not a database"):
        async with change.transaction("cache"):
            pytest.fail("there are no transactions of a cache")
    other = Access({"two": SYSTEM.model_copy(update={"name": "two"})}, {}, lambda: datetime.now(UTC))
    with pytest.raises(UnknownName):
        other.change(permit, TENANT)
    renamed = Access({"one": SYSTEM.model_copy(update={"name": "two"})}, {}, lambda: datetime.now(UTC))
    with pytest.raises(Refused, match="another system"):
        renamed.change(permit, TENANT)


async def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    secrets = Secrets({"A": "x"})
    (tmp_path / "s").write_text("from a file\n")
    (tmp_path / "empty").write_text("\n")
    assert await secrets.value(Secret(file=str(tmp_path / "s"))) == "from a file"
    assert await secrets.value(Secret(env="A")) == "x"
    for wrong in (Secret(file=str(tmp_path / "empty")), Secret(file=str(tmp_path / "none")), Secret(env="B")):
        with pytest.raises(ConfigurationError):
            await secrets.value(wrong)


async def test_work_that_does_not_let_go_is_left_behind_in_time() -> None:
    cancellations = 0

    async def stubborn() -> None:
        nonlocal cancellations
        while cancellations < 2:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                cancellations += 1
        raise asyncio.CancelledError

    with pytest.raises(TimeoutError):
        await within(0.01, stubborn())
    assert cancellations == 2


async def test_work_that_ends_in_time_gives_its_result_or_its_error() -> None:
    async def fine() -> int:
        return 3

    async def wrong() -> int:
        raise ValueError

    assert await within(1, fine()) == 3
    with pytest.raises(ValueError):
        await within(1, wrong())


def test_a_field_that_is_null_is_not_absent() -> None:
    value = {"a": [{"b": None}, 2]}
    assert field_of(value, "a.0.b") is None
    assert field_of(value, "a.1") == 2
    assert field_of(value, "") == value
    for path in ("a.2", "a.x", "b", "a.0.b.c", "a.-1"):
        assert field_of(value, path) is ABSENT


async def test_health_is_asked_once_for_all_who_look_at_the_same_time() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    asked = Access({"one": SYSTEM, "two": SYSTEM}, {}, lambda: moment)
    first, second = await asyncio.gather(asked.health(), asked.health())
    assert first is second
    assert {name: len(standing.answers) for name, standing in first.items()} == dict.fromkeys(
        ("one", "two"), len(SYSTEM.connections)
    )
    moment += timedelta(seconds=9)
    assert await asked.health() is first
    moment += timedelta(seconds=2)
    again = await asked.health()
    assert again is not first
    assert again["one"].at == moment
