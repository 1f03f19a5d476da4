"""The doctor at a system on MariaDB: what its accounts may do there is tried as well."""

from pathlib import Path

from pydantic import SecretStr

from bot.commands import doctor
from bot.model.checkup import Health, Line
from sandbox.mariadb import MariadbServer
from sandbox.zenamanage.database import DATABASE, WRITER
from sandbox.zenamanage.sessions import session
from sandbox.zenamanage.standin import ZenaManage
from tests.stories.conftest import Story


async def _lines(story: Story, environment: dict[str, str], folder: Path) -> dict[str, Line]:
    env = folder / "settings.env"
    env.touch(mode=0o600)
    env.write_text("".join(f"{name}={value}\n" for name, value in environment.items()), encoding="utf-8")
    settings = story.stage.settings.model_copy(update={"database_url": SecretStr(story.addresses.running)})
    found = await doctor.examine(settings, env)
    return {line.what: line for line in found if line.area == "zenamanage"}


async def _rows(address: str) -> dict[str, object]:
    """How many rows every table has."""
    async with session(address) as looking:
        found = await looking.rows("SELECT table_name AS name FROM information_schema.tables "
                                   "WHERE table_schema = %s", DATABASE)  # fmt: skip
        return {
            str(one["name"]): (await looking.rows(f"SELECT count(*) AS rows_there FROM `{one['name']}`"))[0]  # noqa: S608  # the server's own names
            for one in found
        }


async def test_what_the_accounts_may_do_is_tried_on_mariadb_too(
    zena_story: Story, zena: ZenaManage, mariadb_server: MariadbServer, tmp_path: Path
) -> None:
    environment = dict(zena.environment)
    lines = await _lines(zena_story, environment, tmp_path)
    assert {what: line.says for what, line in lines.items() if line.health is Health.BAD} == {}
    for what, says in {
        "database": "looked as",
        "database: reader": "every one was refused",
        "database: queries": "with the grants for it",
        "database: writer": "with the grants for it",
    }.items():
        assert says in lines[what].says, lines[what]

    admin = mariadb_server.url(DATABASE)
    before = await _rows(admin)
    assert before
    writer = environment["ZENA_DATABASE_WRITER_URL"]
    assert WRITER in writer
    reader = (await _lines(zena_story, {**environment, "ZENA_DATABASE_URL": writer}, tmp_path))["database: reader"]
    assert reader.health is Health.BAD
    assert "DELETE on failed_jobs" in reader.says
    lines = await _lines(zena_story, {**environment, "ZENA_DATABASE_URL": admin}, tmp_path)
    assert lines["database: reader"].health is Health.BAD
    assert lines["database: reader"].fix == "Give the reader a role that may only SELECT."
    assert await _rows(admin) == before
