"""Who is somebody, and who is nobody who may speak to the bot."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotAPerson, SlackFailed, Unrecordable
from bot.slack.link import make_client
from bot.slack.people import SlackDirectory
from sandbox.slack import Client, Workspace, serve
from tests.bot.slack.conftest import MANIFEST


class Office:
    """A workspace, the directory on it, and a clock that is moved by hand."""

    def __init__(self, client: Client, team: str, token: str, api: str) -> None:
        self.client = client
        self.now = datetime(2026, 11, 24, tzinfo=UTC)
        self.confirmed: dict[str, str] = {}
        self.is_away = False
        self.directory = SlackDirectory(make_client(token, api), team, self.is_confirmed, lambda: self.now)

    async def is_confirmed(self, user: str, email: str) -> bool:
        """As the store does it: the first address that is seen is the one."""
        if self.is_away:
            raise Unrecordable("away")
        return self.confirmed.setdefault(user, email) == email


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """A fresh workspace."""
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        yield Office(client, served.team_id, served.bot_token, served.api_url)


async def test_a_person_has_a_name_an_address_and_groups(office: Office) -> None:
    olga = await office.directory.person("U0OLGA")
    assert (olga.name, olga.email) == ("Olga Lindt", "olga@example.com")
    assert "backend-oncall" in olga.groups
    assert (await office.directory.person("U0SAM")).groups == frozenset()
    assert await office.directory.find("OLGA@example.com") == olga
    assert await office.directory.find("nobody@example.com") is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"deleted": True}, "deactivated"),
        ({"is_restricted": True}, "Guests"),
        ({"team_id": "T0OTHER"}, "Only people of this workspace"),
        ({"is_bot": True}, "Apps and bots"),
    ],
)
async def test_others_are_refused_with_a_sentence(office: Office, change: dict[str, object], sentence: str) -> None:
    await office.client.changes_person("oscar", **change)
    with pytest.raises(NotAPerson, match=sentence):
        await office.directory.person("U0OSCAR")
    assert await office.directory.find("oscar@example.com") is None


async def test_somebody_unknown_is_refused(office: Office) -> None:
    with pytest.raises(NotAPerson, match="does not know you"):
        await office.directory.person("U0NOBODY")


async def test_a_changed_address_gives_no_authority(office: Office) -> None:
    assert (await office.directory.person("U0SAM")).email == "sam@example.com"
    await office.client.changes_person("sam", email="ada.boss@example.com")
    assert (await office.directory.person("U0SAM", fresh=True)).email == ""


async def test_what_slack_said_is_remembered_for_a_minute(office: Office) -> None:
    await office.directory.person("U0SAM")
    await office.client.changes_person("sam", deleted=True)
    await office.directory.person("U0SAM")
    with pytest.raises(NotAPerson):
        await office.directory.person("U0SAM", fresh=True)
    await office.client.changes_person("sam", deleted=False)
    office.now += timedelta(seconds=61)
    assert (await office.directory.person("U0SAM")).name == "Sam Rivera"
    assert len(await office.client.calls("users.info")) == 3


async def test_a_workspace_without_groups_has_none(office: Office) -> None:
    await office.client.faults(error={"method": "usergroups.list", "error": "paid_teams_only", "times": 1})
    assert (await office.directory.person("U0OLGA")).groups == frozenset()


async def test_when_slack_fails_nobody_is_believed(office: Office) -> None:
    await office.client.faults(error={"method": "users.info", "error": "internal_error", "times": 1})
    with pytest.raises(SlackFailed, match="try again"):
        await office.directory.person("U0SAM")


async def test_channels_and_their_members(office: Office) -> None:
    channel = await office.directory.channel("database-support")
    assert channel is not None
    assert await office.directory.is_member("U0OLGA", channel)
    assert not await office.directory.is_member("U0SAM", channel)
    assert await office.directory.channel("nowhere") is None
    new = await office.client.opens_channel("nowhere", "sam")
    assert await office.directory.channel("nowhere") is None  # asked a moment ago
    office.now += timedelta(seconds=6)
    assert await office.directory.channel("#nowhere") == new


async def test_while_the_database_is_away_who_was_known_is_known_for_looking_alone(office: Office) -> None:
    sam = await office.directory.person("U0SAM")
    office.is_away = True
    office.now += timedelta(minutes=59)
    assert await office.directory.person("U0SAM") == sam
    with pytest.raises(Unrecordable):
        await office.directory.person("U0SAM", fresh=True)  # as whoever decides is asked for
    with pytest.raises(Unrecordable):
        await office.directory.find(sam.email)
    with pytest.raises(Unrecordable):
        await office.directory.person("U0OLGA")  # nobody has seen her yet
    await office.client.changes_person("sam", email="olga@example.com")
    office.now += timedelta(seconds=5)
    with pytest.raises(Unrecordable):
        await office.directory.person("U0SAM", fresh=True)
    office.is_away = False
    assert (await office.directory.person("U0SAM")).email == ""


async def test_a_confirmed_address_is_not_remembered_for_ever(office: Office) -> None:
    await office.directory.person("U0SAM")
    office.is_away = True
    office.now += timedelta(hours=1)
    with pytest.raises(Unrecordable):
        await office.directory.person("U0SAM")
