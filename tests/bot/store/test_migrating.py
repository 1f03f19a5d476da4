"""Migrations: the newest revision is known without Alembic, and applying them twice changes nothing."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.store import migrate
from bot.store.migrating import FOLDER, newest
from bot.store.provisioning import RUNNING, Addresses


def test_files_are_in_the_order_of_their_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


def test_a_second_time_does_nothing(addresses: Addresses) -> None:
    assert migrate(addresses.owner, RUNNING) == newest()
