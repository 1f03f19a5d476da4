"""People as Slack knows them: who is somebody, in which user groups, in which channel."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotAPerson, SlackFailed, Unrecordable
from bot.model.people import Person
from bot.model.values import Clock
from bot.slack.calling import CallFailed, call

log = structlog.get_logger()

_SHORT = timedelta(seconds=60)  # how long an answer of Slack is taken for true
_SHORTEST = timedelta(seconds=5)  # … when it says that somebody or something is not there
_WITHOUT_RECORD = timedelta(hours=1)  # how long a confirmed address does for looking while the bot's database is away
_REMEMBERED = 5_000
_NO_GROUPS = frozenset({"paid_teams_only", "missing_scope", "plan_upgrade_required", "feature_not_enabled"})


class SlackDirectory:
    """Implements `bot.model.people.Directory`.

    `is_confirmed(user id, e-mail)` says whether this address is known to belong to this id; without it an address
    gives no authority. While it raises Unrecordable, who was confirmed here a while ago is still known, so that they
    can look; whoever decides is asked for `fresh`, and then no memory does.
    """

    def __init__(
        self, client: AsyncWebClient, team: str, is_confirmed: Callable[[str, str], Awaitable[bool]], clock: Clock
    ) -> None:
        self._client, self._team, self._is_confirmed, self._clock = client, team, is_confirmed, clock
        self._users: OrderedDict[str, tuple[datetime, Mapping[str, Any]]] = OrderedDict()
        self._groups: tuple[datetime, Mapping[str, frozenset[str]]] | None = None
        self._reading_groups = asyncio.Lock()  # who comes while they are read takes the same answer
        self._handles: dict[str, str] = {}  # handles and ids of groups, each with its id
        self._channels: tuple[datetime, Mapping[str, str]] | None = None
        self._confirmed: OrderedDict[str, tuple[datetime, str]] = OrderedDict()
        self._members: OrderedDict[str, tuple[datetime, frozenset[str]]] = OrderedDict()

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """The person behind a user id; `fresh` asks Slack and the bot's database again.

        Raises NotAPerson for bots, deactivated accounts, guests and people of other workspaces, Unrecordable for whom
        nobody knows while the database is away.
        """
        user = await self._user(user_id, fresh=fresh)
        if sentence := _refusal(user, self._team):
            raise NotAPerson(sentence, _name(user))
        return await self._as_person(user, fresh=fresh)

    async def find(self, email: str) -> Person | None:
        """The person of this workspace with this e-mail address; nobody who would be refused."""
        try:
            answer = await call(self._client.users_lookupByEmail(email=email))
        except CallFailed as error:
            if error.code in {"users_not_found", "user_not_found"}:
                return None
            raise _failed(error) from error
        user = answer["user"]
        return None if _refusal(user, self._team) else await self._as_person(user, fresh=True)

    async def channel(self, name: str) -> str | None:
        """The id of the channel with this name, if the bot can see it."""
        wanted = name.removeprefix("#")
        held = self._channels
        if held is None or self._is_old(held, _SHORT if wanted in held[1] else _SHORTEST):
            self._channels = (self._clock(), await self._read_channels())
        return self._channels[1].get(wanted) if self._channels else None

    async def group(self, name: str) -> str | None:
        """The id of the user group with this handle or id; nobody's where the workspace's plan has no groups."""
        await self._known_groups()
        return self._handles.get(name.removeprefix("@"))

    async def is_member(self, user_id: str, channel: str) -> bool:
        """Whether a person is in a channel."""
        held = self._members.get(channel)
        if held is None or self._is_old(held, _SHORT if user_id in held[1] else _SHORTEST):
            held = (self._clock(), await self._read_members(channel))
            _remember(self._members, channel, held)
        return user_id in held[1]

    async def _as_person(self, user: Mapping[str, Any], *, fresh: bool) -> Person:
        id, profile = str(user["id"]), user.get("profile") or {}
        email = str(profile.get("email") or "").strip().casefold()
        is_theirs = (
            bool(email) and user.get("is_email_confirmed", True) and await self._is_known(id, email, fresh=fresh)
        )
        if email and not is_theirs:
            log.info("people.address_not_confirmed", user=id)
        groups = await self._group_names(id)
        return Person(id=id, name=_name(user), email=email if is_theirs else "", team=self._team, groups=groups)

    async def _is_known(self, id: str, email: str, *, fresh: bool) -> bool:
        try:
            is_theirs = await self._is_confirmed(id, email)
        except Unrecordable:
            held = self._confirmed.get(id)
            if fresh or held is None or held[1] != email or self._is_old(held, _WITHOUT_RECORD):
                raise
            return True
        if is_theirs:
            _remember(self._confirmed, id, (self._clock(), email))
        else:
            self._confirmed.pop(id, None)
        return is_theirs

    async def _user(self, user_id: str, *, fresh: bool) -> Mapping[str, Any]:
        held = self._users.get(user_id)
        if held is not None and not fresh and not self._is_old(held):
            return held[1]
        try:
            answer = await call(self._client.users_info(user=user_id))
        except CallFailed as error:
            if error.code in {"user_not_found", "user_not_visible"}:
                raise NotAPerson("Slack does not know you as a person of this workspace.") from error
            raise _failed(error) from error
        user: Mapping[str, Any] = answer["user"]
        _remember(self._users, user_id, (self._clock(), user))
        return user

    async def _group_names(self, user_id: str) -> frozenset[str]:
        """The groups of a person, by handle and by id; none where the workspace's plan has no groups."""
        groups = await self._known_groups()
        return frozenset(name for name, people in groups.items() if user_id in people)

    async def _known_groups(self) -> Mapping[str, frozenset[str]]:
        async with self._reading_groups:
            if self._groups is None or self._is_old(self._groups):
                self._groups = (self._clock(), await self._read_groups())
            return self._groups[1]

    async def _read_groups(self) -> Mapping[str, frozenset[str]]:
        try:
            answer = await call(self._client.usergroups_list(include_users=True))
        except CallFailed as error:
            if error.code in _NO_GROUPS:
                return {}
            raise _failed(error) from error
        found: dict[str, frozenset[str]] = {}
        for group in answer["usergroups"]:
            members = frozenset(group.get("users") or ())
            found[str(group["id"])] = members
            found[str(group["handle"])] = members
            self._handles |= {str(group["id"]): str(group["id"]), str(group["handle"]): str(group["id"])}
        return found

    async def _read_channels(self) -> Mapping[str, str]:
        kinds = "public_channel,private_channel"
        channels = self._pages("conversations_list", "channels", types=kinds, exclude_archived=True)
        return {str(one["name"]): str(one["id"]) async for one in channels}

    async def _read_members(self, channel: str) -> frozenset[str]:
        return frozenset([str(one) async for one in self._pages("conversations_members", "members", channel=channel)])

    async def _pages(self, method: str, name: str, **arguments: Any) -> Any:
        cursor = ""
        while True:
            try:
                answer = await call(getattr(self._client, method)(limit=500, cursor=cursor or None, **arguments))
            except CallFailed as error:
                raise _failed(error) from error
            for one in answer[name]:
                yield one
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _is_old(self, held: tuple[datetime, Any] | None, age: timedelta = _SHORT) -> bool:
        return held is None or self._clock() - held[0] >= age


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile") or {}
    return str(profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"])


def _refusal(user: Mapping[str, Any], team: str) -> str:
    """Why this account is nobody who may speak to the bot; empty for people of the workspace."""
    is_app = bool(user.get("is_bot")) or user.get("id") == "USLACKBOT"
    is_guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
    is_elsewhere = bool(user.get("is_stranger")) or str(user.get("team_id") or team) != team
    checks = (
        (is_app, "Apps and bots can't use Backstop; a person has to ask."),
        (bool(user.get("deleted")), "This account is deactivated, so it can't use Backstop."),
        (is_guest, "Guests can't use Backstop; ask a member of this workspace."),
        (is_elsewhere, "Only people of this workspace can use Backstop; ask one of them."),
    )
    return next((sentence for is_so, sentence in checks if is_so), "")


def _remember(memory: OrderedDict[str, Any], key: str, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _failed(error: CallFailed) -> SlackFailed:
    return SlackFailed(f"Slack did not say who you are or where this is ({error.code}); try again in a moment.")
