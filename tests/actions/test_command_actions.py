"""Actions that run a command of the system's file: they say what they run, run nothing else, and look at the end."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.embedded import ValkeyServer
from bot.errors import ActionFailed, ConfigurationError, InputError, SystemRefused
from bot.model.inputs import Input, Inputs, InputType
from bot.model.request import Item
from sandbox.mariadb import MariadbServer
from tests.actions.artisan import calls, commands, install
from tests.laravel import NOW, Shop, open_shop

UUID, ULID = "0d9f7b9a-1c1e-4a0b-9c6e-3f1f0c2b7a11", "01JDC0V9XK4ZQ8W2T6R5M3N7PA"
LENA = Inputs(given={"user": Input(type=InputType.USER, shown="lena@example.com", binds={"user": ULID})})
MORE = {
    "transports": {"app": {"folder": {"env": "FOLDER"}}},
    "services": {
        "cache": {"title": "Redis", "restart": "restart_web", "check": "cache", "says": "Jobs may be lost."},
        "web": {"title": "Web server", "restart": "restart_web", "check": "web_is_alive", "up_within": "3s"},
        "blind": {"title": "Something", "restart": "restart_web"},
    },
}  # fmt: skip


@pytest.fixture
async def shop(mariadb_server: MariadbServer, valkey_server: ValkeyServer, tmp_path: Path) -> AsyncIterator[Shop]:
    install(tmp_path)
    made = await open_shop(mariadb_server, valkey_server, {**MORE, "commands": commands()}, str(tmp_path))
    yield made
    await made.close()


async def test_the_applications_own_clearing_says_what_goes_with_it(shop: Shop, tmp_path: Path) -> None:
    quiet = await shop.preview("clear_application_cache")
    assert "there is none now" in quiet.notes[0]
    await shop.cache.set("revoked:abc", "1")
    await shop.cache.rpush("shop_queues:default", "{}")
    await shop.cache.set("kpi:tenant-a", "{}")
    preview = await shop.preview("clear_application_cache")
    assert preview.notes == (
        "Cache and state share a server, so what is no cache is lost as well: 2 entries now (job queues, revoked "
        "tokens). Clear cache and Clear all caches leave these alone.",
    )
    assert preview.circumstances["cache_clear"]["says"] == "Empties the store"
    outcome = await shop.apply("clear_application_cache", {}, preview)
    assert outcome.says == "cache_clear, config_clear succeeded"
    assert calls(tmp_path) == ["cache:clear", "config:clear"]
    (tmp_path / "broken").touch()
    with pytest.raises(ActionFailed, match=r"cache_clear did not succeed: .* It says: ERROR it is broken"):
        await shop.apply("clear_application_cache", {}, preview)


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("clear_application_cache", {}), ("restart_workers", {}), ("backup_database", {}),
        ("repair_log_permissions", {}), ("scale_workers", {"count": 2}), ("restart_service", {"service": "web"}),
        ("maintenance_mode", {"mode": "on"}),
    ],
)  # fmt: skip
async def test_nothing_is_run_but_what_was_approved(
    shop: Shop, tmp_path: Path, action: str, params: dict[str, object]
) -> None:
    preview = await shop.preview(action, params)
    assert len(preview.items) >= 1
    items = tuple(item.model_copy(update={"after": "something else"}) for item in preview.items)
    before = calls(tmp_path)
    with pytest.raises(ActionFailed, match=r"^Nothing was"):
        await shop.apply(action, params, preview.model_copy(update={"items": items}))
    assert calls(tmp_path) == before


async def test_workers_are_told_and_who_hears_it_is_said(shop: Shop, tmp_path: Path) -> None:
    nobody = await shop.preview("restart_workers")
    assert "No worker is alive now, so nobody hears it" in nobody.notes[1]
    said = (await shop.apply("restart_workers", {}, nobody)).says
    assert said == "the restart was announced; no worker was alive to hear it"
    await shop.cache.set("workers:one", json.dumps({"queues": ["mail"], "seen_at": NOW.timestamp()}))
    preview = await shop.preview("restart_workers")
    assert preview.circumstances["queue workers"]["alive now"] == "one"
    assert (await shop.apply("restart_workers", {}, preview)).says == (
        "the restart was announced; 1 worker could hear it"
    )
    assert calls(tmp_path) == ["queue:restart", "queue:restart"]


async def test_workers_are_scaled_within_what_is_allowed(shop: Shop, tmp_path: Path) -> None:
    for name in ("one", "two"):
        await shop.cache.set(f"workers:{name}", json.dumps({"queues": ["mail"], "seen_at": NOW.timestamp()}))
    assert (await shop.choices("scale_workers"))["count"][-1] == ("8", "8")
    preview = await shop.preview("scale_workers", {"count": "4"})
    assert preview.items == (Item(name="queue workers", before="2", after="4"),)
    assert str(preview.circumstances["queue workers"]["runs"]).endswith("scale 4")
    outcome = await shop.apply("scale_workers", {"count": 4}, preview)
    assert outcome.undo == {"count": 2}
    assert calls(tmp_path) == ["scale 4"]
    assert (await shop.preview("scale_workers", {"count": 2})).items == ()
    with pytest.raises(InputError, match="1 to 8 workers"):
        await shop.preview("scale_workers", {"count": 9})


async def test_a_service_is_restarted_and_looked_at(shop: Shop) -> None:
    preview = await shop.preview("restart_service", {"service": "web"})
    assert preview.circumstances["web"]["now"] == (
        "web_is_alive says that it does not work: its output does not say that it succeeded."
    )
    outcome = await shop.apply("restart_service", {"service": "web"}, preview)
    assert outcome.says == "Web server was restarted, and web_is_alive says that it works"
    cache = await shop.preview("restart_service", {"service": "cache"})
    assert (cache.circumstances["cache"]["now"], cache.notes) == ("cache answers", ("Jobs may be lost.",))
    blind = await shop.preview("restart_service", {"service": "blind"})
    assert "not looked at" in (await shop.apply("restart_service", {"service": "blind"}, blind)).says
    assert [value for value, _ in (await shop.choices("restart_service"))["service"]] == ["cache", "web", "blind"]
    with pytest.raises(ConfigurationError):
        await shop.preview("restart_service", {"service": "nothing"})


async def test_a_service_that_does_not_come_up_is_no_success(shop: Shop) -> None:
    services = {**shop.system.services, "web": shop.system.services["web"].model_copy(update={"restart": "log_folder"})}
    commands_ = {**shop.system.commands, "log_folder": shop.system.commands["backup_database"]}
    changed = shop.system.model_copy(update={"services": services, "commands": commands_})
    other = Shop(shop.database_url, shop.cache_url, {}, shop.folder)
    other.system = changed
    other.reopen()
    preview = await other.preview("restart_service", {"service": "web"})
    with pytest.raises(ActionFailed, match="was restarted, and is not up again"):
        await other.apply("restart_service", {"service": "web"}, preview)
    assert sum(other.waited) == 4
    await other.close()


async def test_maintenance_is_switched_on_and_undone(shop: Shop, tmp_path: Path) -> None:
    assert await shop.choices("maintenance_mode") == {"mode": (("on", "On: nobody gets in"),)}
    preview = await shop.preview("maintenance_mode", {"mode": "on"})
    assert preview.items == (Item(name="maintenance mode", before="off", after="on"),)
    outcome = await shop.apply("maintenance_mode", {"mode": "on"}, preview)
    assert (outcome.says, outcome.undo) == ("maintenance mode is on", {"mode": "off"})
    assert (await shop.preview("maintenance_mode", {"mode": "on"})).says == "Maintenance mode is on already."
    back = await shop.preview("maintenance_mode", {"mode": "off"})
    await shop.apply("maintenance_mode", {"mode": "off"}, back)
    (tmp_path / "stubborn").touch()
    with pytest.raises(ActionFailed, match="succeeded, but maintenance mode is still off"):
        await shop.apply("maintenance_mode", {"mode": "on"}, preview)
    (tmp_path / "broken").touch()
    with pytest.raises(SystemRefused, match="does not say whether maintenance mode is on"):
        await shop.preview("maintenance_mode", {"mode": "on"})


async def test_a_backup_is_taken_only_if_the_command_says_so(shop: Shop, tmp_path: Path) -> None:
    preview = await shop.preview("backup_database")
    assert (await shop.apply("backup_database", {}, preview)).says == "backup taken: db:backup done"
    (tmp_path / "broken").touch()
    with pytest.raises(ActionFailed, match="its output tells of a failure"):
        await shop.apply("backup_database", {}, preview)


async def test_log_permissions_are_repaired(shop: Shop, tmp_path: Path) -> None:
    preview = await shop.preview("repair_log_permissions")
    assert preview.circumstances["log folder"]["now"] == "stat done"
    outcome = await shop.apply("repair_log_permissions", {}, preview)
    assert outcome.evidence == {"now": "stat done"}
    assert calls(tmp_path) == ["stat", "chmod", "stat"]


async def test_a_link_for_a_new_password_is_sent_and_never_seen(shop: Shop, tmp_path: Path) -> None:
    preview = await shop.preview("send_password_reset", {}, LENA)
    outcome = await shop.apply("send_password_reset", {}, preview, LENA)
    assert outcome.says == "the link was sent to lena@example.com"
    assert calls(tmp_path) == [f"reset {ULID}"]
    assert "secret" not in outcome.model_dump_json() + preview.model_dump_json()


async def test_integrity_holds_only_when_nothing_is_found(shop: Shop, tmp_path: Path) -> None:
    shop.system = shop.system.model_copy(
        update={"commands": {**shop.system.commands, "integrity_check": shop.system.commands["log_permissions"]}}
    )
    shop.reopen()
    params = {"queries": ["failed_jobs"]}
    preview = await shop.preview("check_integrity", params)
    assert (await shop.apply("check_integrity", params, preview)).says == "nothing wrong was found"
    await shop.fail(UUID)
    (tmp_path / "broken").touch()
    with pytest.raises(ActionFailed, match="1 by failed_jobs; integrity_check: its output tells of a failure"):
        await shop.apply("check_integrity", params, preview)
    shop.system = shop.system.model_copy(update={"lacks": {"commands.integrity_check": "there is none"}})
    shop.reopen()
    left_out = await shop.preview("check_integrity", {})
    assert left_out.notes == ("The system's own check is left out: there is none",)
    assert (await shop.apply("check_integrity", {}, left_out)).evidence == {}


async def test_a_repair_by_hand_is_only_recorded(shop: Shop, tmp_path: Path) -> None:
    preview = await shop.preview("record_repair", {"what": "orphans"})
    assert preview.items == (Item(name="orphans", before="to do", after="done by a person"),)
    assert (await shop.apply("record_repair", {"what": "orphans"}, preview)).changed == preview.items
    with pytest.raises(ActionFailed, match="something else was approved"):
        await shop.apply("record_repair", {"what": "others"}, preview)
    assert calls(tmp_path) == []
