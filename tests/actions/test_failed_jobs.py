"""Failed jobs go back one by one: all, of one class, or by id; what cannot go back stays and is named."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.embedded import ValkeyServer
from bot.errors import ActionFailed, InputError, SystemUnreachable
from bot.model.request import Item
from sandbox.mariadb import MariadbServer
from tests.actions.artisan import calls, commands, install
from tests.laravel import Shop, open_shop

A, B, C, D = (f"0d9f7b9a-1c1e-4a0b-9c6e-3f1f0c2b7a1{number}" for number in range(4))
ENCRYPTED: dict[str, Any] = {
    "data": {"command": "eyJpdiI6"},
    "displayName": "App\\Jobs\\Secret",
    "tenant_id": "tenant-b",
}


@pytest.fixture
async def shop(mariadb_server: MariadbServer, valkey_server: ValkeyServer, tmp_path: Path) -> AsyncIterator[Shop]:
    """Four failed jobs: two that go back natively, one that only the application can retry, one that nobody can."""
    install(tmp_path)
    more = {
        "transports": {"app": {"folder": {"env": "FOLDER"}}},
        "commands": commands(),
        "failed_jobs": {"retry": "queue_retry"},
    }
    made = await open_shop(mariadb_server, valkey_server, more, str(tmp_path))
    await made.fail(A)
    await made.fail(B, "mail")
    await made.fail(C, **ENCRYPTED)
    await made.sql(
        "INSERT INTO failed_jobs (uuid, connection, queue, payload, exception) "
        "VALUES (%s, 'redis', 'default', 'x', 'y')",
        D,
    )
    yield made
    await made.close()


async def test_all_that_can_go_back_is_shown_with_how_and_whose(shop: Shop) -> None:
    preview = await shop.preview("retry_failed_jobs", {"which": "all"})
    assert preview.says == "Queues 3 jobs again"
    assert [item.name for item in preview.items] == [A, B, C]
    assert preview.circumstances[A] == {
        "class": "App\\Jobs\\SendMail", "queue": "default", "tenant": "tenant-a",
        "reason": "RuntimeException: boom for l•••@example.com", "how": "",
    }  # fmt: skip
    assert preview.circumstances[C]["how"] == "by the application's own command: its command is encrypted"
    assert "1 stay failed: its payload cannot be read." in preview.notes
    assert "Of tenants: tenant-a (2), tenant-b (1)." in preview.notes


async def test_all_go_back_each_in_its_way(shop: Shop, tmp_path: Path) -> None:
    params = {"which": "all"}
    outcome = await shop.apply("retry_failed_jobs", params, await shop.preview("retry_failed_jobs", params))
    assert outcome.says == "3 jobs queued again"
    assert calls(tmp_path) == [f"queue:retry {C}"]
    (mail,) = await shop.cache.lrange("shop_queues:mail", 0, -1)
    assert json.loads(mail)["uuid"] == B
    assert await shop.failed() == [C, D], "the application's own command removes what it retries"


@pytest.mark.parametrize(
    ("which", "chosen"),
    [(A, [A]), (f"{B}, {A}", [B, A]), ("SendMail", [A, B]), ("App\\Jobs\\SendMail", [A, B]), ("Secret", [C])],
)
async def test_some_can_be_chosen(shop: Shop, which: str, chosen: list[str]) -> None:
    preview = await shop.preview("retry_failed_jobs", {"which": which})
    assert [item.name for item in preview.items] == chosen


async def test_what_is_not_there_cannot_be_chosen(shop: Shop) -> None:
    for which in (A.replace("0d9f", "ffff"), "Nothing", "%"):
        with pytest.raises(InputError):
            await shop.preview("retry_failed_jobs", {"which": which})
    await shop.sql("DELETE FROM failed_jobs")
    assert (await shop.preview("retry_failed_jobs", {"which": "all"})).items == ()
    assert await shop.choices("retry_failed_jobs") == {"which": ()}


async def test_choices_are_all_a_class_or_one(shop: Shop) -> None:
    (options,) = (await shop.choices("retry_failed_jobs")).values()
    assert options[0] == ("recent", "All of the last day, for whatever reason (4)")
    assert ("all", "All failed jobs, however old and for whatever reason (4)") in options
    assert ("App\\Jobs\\SendMail", "App\\Jobs\\SendMail (2)") in options
    assert ("RuntimeException", "Because of RuntimeException (3)") in options
    assert (A, "App\\Jobs\\SendMail: RuntimeException: boom for l•••@example.com") in options
    (first, *_) = (await shop.choices("forget_job"))["job"]
    assert first == (D, "cannot be read: y"), "what nobody can retry comes first"


async def test_what_the_diagnosis_counts_comes_first_and_each_number_says_what_it_counts(shop: Shop) -> None:
    await shop.sql("UPDATE failed_jobs SET failed_at = now() - INTERVAL 3 DAY WHERE uuid IN (%s, %s)", A, D)
    (options,) = (await shop.choices("retry_failed_jobs")).values()
    texts = dict(options)
    assert options[0] == ("recent", "All of the last day, for whatever reason (2)")
    assert texts["App\\Jobs\\SendMail"] == "App\\Jobs\\SendMail (1 of the last day, 2 in all)"
    assert texts["all"] == "All failed jobs, however old and for whatever reason (4)"
    recent = await shop.preview("retry_failed_jobs", {"which": "recent"})
    assert [item.name for item in recent.items] == [B, C]
    every = await shop.preview("retry_failed_jobs", {"which": "all"})
    assert [item.name for item in every.items] == [B, C, A]
    of_reason = await shop.preview("retry_failed_jobs", {"which": "RuntimeException"})
    assert [item.name for item in of_reason.items] == [B, C, A]


async def test_one_that_stays_does_not_keep_the_others(shop: Shop, tmp_path: Path) -> None:
    params = {"which": "all"}
    preview = await shop.preview("retry_failed_jobs", params)
    (tmp_path / "broken").touch()
    await shop.sql("DELETE FROM failed_jobs WHERE uuid = %s", A)
    outcome = await shop.apply("retry_failed_jobs", params, preview)
    assert outcome.says == "1 job queued again, 1 stay failed, 1 had gone meanwhile"
    assert [item.name for item in outcome.changed] == [B]
    with pytest.raises(ActionFailed, match="its output tells of a failure"):
        await shop.apply("retry_failed_jobs", {"which": C}, await shop.preview("retry_failed_jobs", {"which": C}))


async def test_what_is_not_known_ends_the_run_and_says_what_was_done(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await shop.preview("retry_failed_jobs", {"which": f"{C},{A}"})

    async def broken_off(self: object, key: str, payload: str) -> None:  # noqa: ARG001 - the shape of what it stands for
        raise SystemUnreachable("The cache broke off.")

    monkeypatch.setattr("bot.access.redis_writer.RedisWriter.push", broken_off)
    with pytest.raises(SystemUnreachable, match=r"^1 of 2 jobs queued before\. .* may be queued and be among"):
        await shop.apply("retry_failed_jobs", {"which": f"{C},{A}"}, preview)


async def test_no_more_than_fifty_at_once(shop: Shop) -> None:
    for number in range(55):
        await shop.fail(f"1d9f7b9a-1c1e-4a0b-9c6e-3f1f0c2b7a{number:02}")
    preview = await shop.preview("retry_failed_jobs", {"which": "SendMail"})
    assert len(preview.items) == 50
    assert "There are more; 50 are queued at once. Ask again afterwards." in preview.notes


async def test_only_what_was_approved_goes_back(shop: Shop) -> None:
    preview = await shop.preview("retry_failed_jobs", {"which": A})
    forged = preview.model_copy(update={"items": (Item(name=A, before="failed", after="forgotten"),)})
    assert (await shop.apply("retry_failed_jobs", {"which": "all"}, forged)).changed == ()
    await shop.apply("retry_failed_jobs", {"which": "all"}, preview)
    assert await shop.failed() == [B, C, D]


async def test_one_is_forgotten_for_good(shop: Shop) -> None:
    preview = await shop.preview("forget_job", {"job": D})
    assert preview.says == "Forgets 1 failed job for good"
    assert preview.circumstances[D]["class"] == "cannot be read"
    outcome = await shop.apply("forget_job", {"job": D}, preview)
    assert (outcome.says, outcome.undo) == ("1 failed job forgotten", None)
    assert await shop.failed() == [A, B, C]
    assert (await shop.apply("forget_job", {"job": D}, preview)).says == "it was gone already"
    with pytest.raises(InputError, match="is not among the failed jobs"):
        await shop.preview("forget_job", {"job": D})
    with pytest.raises(ActionFailed, match="another job was approved"):
        await shop.apply("forget_job", {"job": A}, preview)
