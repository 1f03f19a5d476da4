"""The Web API as slack_sdk calls it: what it answers, and Slack's names for what it refuses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Client, Workspace, serve
from sandbox.slack.acting import Person
from tests.sandbox.slack.conftest import MANIFEST, Scene
from tests.sandbox.slack.parrot import plain

Call = Callable[[AsyncWebClient], Awaitable[Any]]


async def refusal_of(call: Awaitable[Any]) -> str:
    """The error that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def id_of(scene: Scene, name: str) -> str:
    """The id of a channel."""
    channel = scene.workspace.channel_named(name)
    assert channel is not None
    return channel.id


async def test_app_learns_who_it_is(scene: Scene) -> None:
    answer = await scene.web.auth_test()
    assert (answer["team_id"], answer["bot_id"]) == (scene.workspace.team_id, scene.workspace.bot_id)
    bot = await scene.web.bots_info(bot=answer["bot_id"])
    assert bot["bot"]["user_id"] == answer["user_id"]


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("app", "not_allowed_token_type")],
)
async def test_wrong_tokens_are_refused(scene: Scene, token: str, error: str) -> None:
    web = AsyncWebClient(base_url=scene.served.api_url, token=scene.served.app_token if token == "app" else token)
    assert await refusal_of(web.auth_test()) == error


async def test_token_may_come_as_an_argument(scene: Scene) -> None:
    web = AsyncWebClient(base_url=scene.served.api_url)
    assert (await web.users_info(user="U0SAM", token=scene.served.bot_token))["user"]["name"] == "sam"
    assert all("token" not in entry["arguments"] for entry in await scene.client.calls("users.info"))


async def test_unknown_method_is_named(scene: Scene) -> None:
    with pytest.raises(SlackApiError, match="unknown_method") as caught:
        await scene.web.api_call("chat.shout")
    assert caught.value.response["req_method"] == "chat.shout"


async def test_scopes_of_the_manifest_are_asked_for(scene: Scene) -> None:
    with pytest.raises(SlackApiError) as caught:
        await scene.web.team_info()
    assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", "team:read")
    assert await refusal_of(scene.web.conversations_list(types="public_channel,mpim")) == "missing_scope"


async def test_people_are_shown_as_slack_shows_them(scene: Scene) -> None:
    sam = (await scene.web.users_info(user="U0SAM"))["user"]
    assert sam["profile"]["email"] == "sam@example.com"
    assert (sam["is_bot"], sam["deleted"], sam["is_restricted"]) == (False, False, False)
    assert (await scene.web.users_lookupByEmail(email="SAM@example.com"))["user"]["id"] == "U0SAM"
    assert await refusal_of(scene.web.users_lookupByEmail(email="nobody@example.com")) == "users_not_found"
    assert await refusal_of(scene.web.users_info(user="U0NOBODY")) == "user_not_found"


async def test_guests_strangers_and_those_who_left_can_be_told_apart(scene: Scene) -> None:
    await scene.client.changes_person("gus", is_restricted=True, email="gus@example.com")
    await scene.client.changes_person("eve", team_id="T0ELSEWHERE")
    await scene.client.changes_person("lou", deleted=True)
    await scene.client.changes_person("robot", is_bot=True)
    people = {person["name"]: person for person in (await scene.web.users_list())["members"]}
    assert people["gus"]["is_restricted"] is True
    assert (people["eve"]["is_stranger"], people["eve"]["team_id"]) == (True, "T0ELSEWHERE")
    assert people["lou"]["deleted"] is True
    assert people["robot"]["is_bot"] is True
    assert await refusal_of(scene.web.conversations_open(users="U0LOU")) == "user_disabled"

    eve = await scene.client.person("eve")
    await scene.client.post("member", channel="backend-support", person="eve")
    await eve.says("/echo from elsewhere")
    (body,) = await scene.heard.until("command")
    assert body["team_id"] == "T0ELSEWHERE"


async def test_lists_come_in_pages(scene: Scene) -> None:
    names: list[str] = []
    async for page in await scene.web.users_list(limit=3):
        assert len(page["members"]) <= 3
        names += [person["name"] for person in page["members"]]
    assert len(names) == len(set(names)) == len(scene.workspace.people)
    assert await refusal_of(scene.web.users_list(cursor="nonsense")) == "invalid_cursor"


async def test_user_groups_know_their_members(scene: Scene) -> None:
    groups = (await scene.web.usergroups_list(include_users=True))["usergroups"]
    assert (groups[0]["handle"], groups[0]["users"]) == ("backend-oncall", ["U0OLGA", "U0ADA"])
    assert (await scene.web.usergroups_users_list(usergroup=groups[0]["id"]))["users"] == ["U0OLGA", "U0ADA"]
    assert await refusal_of(scene.web.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"


async def test_channels_are_listed_and_described(scene: Scene) -> None:
    listed = (await scene.web.conversations_list(types="public_channel,im"))["channels"]
    support = next(channel for channel in listed if channel.get("name") == "backend-support")
    assert (support["is_member"], support["is_private"]) == (True, False)
    assert {channel["user"] for channel in listed if channel["is_im"]} >= {"U0SAM", "U0OLGA"}
    described = await scene.web.conversations_info(channel=support["id"], include_num_members=True)
    assert described["channel"]["num_members"] == len(
        (await scene.web.conversations_members(channel=support["id"]))["members"]
    )


async def test_private_channels_are_unknown_to_outsiders(scene: Scene) -> None:
    secret = await scene.client.opens_channel("secret", "sam", is_private=True)
    for call in (
        scene.web.conversations_info(channel=secret),
        scene.web.conversations_members(channel=secret),
        scene.web.chat_postMessage(channel=secret, text="x"),
    ):
        assert await refusal_of(call) == "channel_not_found"
    await scene.client.post("member", channel="secret", person="parrot")
    assert (await scene.web.chat_postMessage(channel=secret, text="x"))["ok"]


async def test_direct_messages_are_opened_once(scene: Scene, sam: Person) -> None:
    first = (await scene.web.conversations_open(users="U0SAM"))["channel"]["id"]
    second = await scene.web.conversations_open(users=["U0SAM"], return_im=True)
    assert (second["channel"]["id"], second["channel"]["is_im"], second["already_open"]) == (first, True, True)
    posted = await scene.web.chat_postMessage(channel="U0SAM", text="hello, Sam")
    assert posted["channel"] == first
    assert (await sam.direct_messages())[-1].text == "hello, Sam"
    group = (await scene.web.conversations_open(users=["U0SAM", "U0OLGA"]))["channel"]["id"]
    assert group.startswith("G")
    assert await refusal_of(scene.web.conversations_open(users="U0NOBODY")) == "user_not_found"
    assert await refusal_of(scene.web.api_call("conversations.open")) == "users_list_not_supplied"


WHERE: dict[str, Any] = {"channel": "#backend-support"}
REFUSED: list[tuple[str, Call, str]] = [
    ("no text", lambda web: web.api_call("chat.postMessage", json=WHERE), "no_text"),
    ("not a channel", lambda web: web.chat_postMessage(channel="C0NONE", text="x"), "channel_not_found"),
    ("not a member", lambda web: web.chat_postMessage(channel="#random", text="x"), "not_in_channel"),
    ("no thread", lambda web: web.chat_postMessage(**WHERE, text="x", thread_ts="1.1"), "thread_not_found"),
    ("not blocks", lambda web: web.chat_postMessage(**WHERE, text="x", blocks="[nonsense"), "invalid_blocks_format"),
    (
        "wrong metadata",
        lambda web: web.chat_postMessage(**WHERE, text="x", metadata={"event_type": "x"}),
        "invalid_metadata_schema",
    ),
    ("somebody outside", lambda web: web.chat_postEphemeral(**WHERE, text="x", user="U0NOBODY"), "user_not_in_channel"),
    ("no user", lambda web: web.views_publish(user_id="U0NONE", view={"type": "home", "blocks": []}), "user_not_found"),
    ("no file", lambda web: web.files_info(file="F0NONE"), "file_not_found"),
    ("no view", lambda web: web.views_update(view_id="V0NONE", view={"type": "modal"}), "not_found"),
    ("no type", lambda web: web.conversations_list(types="secret"), "invalid_types"),
]


@pytest.mark.parametrize(("name", "call", "error"), REFUSED, ids=[refused[0] for refused in REFUSED])
async def test_calls_are_refused_by_slacks_names(scene: Scene, name: str, call: Call, error: str) -> None:
    assert await refusal_of(call(scene.web)) == error, name


async def test_message_is_changed_and_deleted_by_its_author_alone(scene: Scene, sam: Person) -> None:
    said = await sam.says("mine")
    assert await refusal_of(scene.web.chat_update(channel=said.channel, ts=said.ts, text="x")) == "cant_update_message"
    assert await refusal_of(scene.web.chat_delete(channel=said.channel, ts=said.ts)) == "cant_delete_message"
    posted = await scene.web.chat_postMessage(channel=said.channel, text="bot's", blocks=[{"type": "divider"}])
    ts = posted["ts"]
    nothing = scene.web.api_call("chat.update", json={"channel": said.channel, "ts": ts})
    assert await refusal_of(nothing) == "no_text"
    assert await refusal_of(scene.web.chat_update(channel=said.channel, ts=ts, text="x" * 4001)) == "msg_too_long"
    assert await refusal_of(scene.web.chat_update(channel=said.channel, ts="1.1", text="x")) == "message_not_found"

    updated = await scene.web.chat_update(channel=said.channel, ts=ts, text="still with its blocks")
    assert updated["message"]["blocks"][0]["type"] == "divider"
    updated = await scene.web.chat_update(channel=said.channel, ts=ts, text="without", blocks=[])
    assert "blocks" not in updated["message"]
    await scene.web.chat_delete(channel=said.channel, ts=ts)
    assert ts not in [message.ts for message in await sam.messages()]


async def test_deleted_parent_leaves_its_replies(scene: Scene, sam: Person) -> None:
    posted = await scene.web.chat_postMessage(**WHERE, text="parent")
    await scene.web.chat_postMessage(channel=posted["channel"], text="reply", thread_ts=posted["ts"])
    await scene.web.chat_delete(channel=posted["channel"], ts=posted["ts"])
    message = (await sam.messages())[-1]
    assert message.text == "This message was deleted."
    assert [reply.text for reply in await sam.thread(message)] == ["reply"]


async def test_long_text_is_cut(scene: Scene) -> None:
    posted = await scene.web.chat_postMessage(**WHERE, text="x" * 50_000)
    assert len(posted["message"]["text"]) == 40_000


async def test_thread_is_read_back_in_order(scene: Scene) -> None:
    parent = await scene.web.chat_postMessage(**WHERE, text="head")
    channel, ts = parent["channel"], parent["ts"]
    replies = [
        (await scene.web.chat_postMessage(channel=channel, text=text, thread_ts=ts))["ts"] for text in ("one", "two")
    ]
    read = await scene.web.conversations_replies(channel=channel, ts=replies[0])
    assert [message["text"] for message in read["messages"]] == ["head", "one", "two"]
    assert (read["messages"][0]["reply_count"], read["messages"][0]["latest_reply"]) == (2, replies[1])
    broadcast = await scene.web.chat_postMessage(
        channel=channel, text="all", thread_ts=replies[0], reply_broadcast=True
    )
    assert broadcast["message"]["thread_ts"] == ts
    history = await scene.web.conversations_history(channel=channel, limit=2)
    assert [message["text"] for message in history["messages"]] == ["all", "head"]
    assert history["has_more"] is True
    older = await scene.web.conversations_history(channel=channel, latest=ts, inclusive=True, limit=1)
    assert older["messages"][0]["text"] == "head"


async def test_permalink_leads_into_the_thread(scene: Scene) -> None:
    parent = await scene.web.chat_postMessage(**WHERE, text="head")
    channel, ts = parent["channel"], parent["ts"]
    reply = await scene.web.chat_postMessage(channel=channel, text="reply", thread_ts=ts)
    link = (await scene.web.chat_getPermalink(channel=channel, message_ts=reply["ts"]))["permalink"]
    assert link == (
        f"{scene.served.address}/archives/{channel}/p{reply['ts'].replace('.', '')}?thread_ts={ts}&cid={channel}"
    )


async def test_reactions_are_put_once(scene: Scene, sam: Person) -> None:
    said = await sam.says("look")
    await scene.web.reactions_add(channel=said.channel, timestamp=said.ts, name="eyes")
    again = scene.web.reactions_add(channel=said.channel, timestamp=said.ts, name="eyes")
    assert await refusal_of(again) == "already_reacted"
    assert (await sam.messages())[-1].reactions == ["eyes"]
    await scene.web.reactions_remove(channel=said.channel, timestamp=said.ts, name="eyes")
    assert (await sam.messages())[-1].reactions == []


async def test_arguments_may_come_as_a_form(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=scene.served.api_url, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {scene.served.bot_token}"}
        blocks = '[{"type":"divider"}]'
        form = {"channel": "#backend-support", "text": "form & co", "blocks": blocks}
        answer = (await http.post("chat.postMessage", data=form, headers=headers)).json()
        assert (answer["ok"], answer["message"]["text"]) == (True, "form & co")
        broken = await http.post(
            "chat.postMessage", content=b"{", headers={**headers, "Content-Type": "application/json"}
        )
        assert broken.json() == {"ok": False, "error": "invalid_json"}


@pytest.fixture(scope="module")
async def bare() -> AsyncIterator[tuple[Client, AsyncWebClient]]:
    """A workspace of an app whose manifest asks for nothing: then nothing is asked of it."""
    path = MANIFEST.with_name("bare_manifest.yml")
    async with serve(Workspace(manifest=path)) as served, Client(served.address) as client:
        yield client, AsyncWebClient(token=served.bot_token, base_url=served.api_url)


async def test_app_without_home_and_messages_has_none(bare: tuple[Client, AsyncWebClient]) -> None:
    client, web = bare
    assert (await web.team_info())["team"]["name"] == "Backstop Local"
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("x")}]}
    assert await refusal_of(web.views_publish(user_id="U0SAM", view=home)) == "not_enabled"
    assert await refusal_of(web.chat_postMessage(channel="U0SAM", text="x")) == "messages_tab_disabled"
    sam = await client.person("sam")
    with pytest.raises(AssertionError, match="turned off"):
        await sam.says_directly("hello?")


async def test_app_joins_public_channels(bare: tuple[Client, AsyncWebClient]) -> None:
    client, web = bare
    channel = await client.opens_channel("open", "sam")
    assert await refusal_of(web.chat_postMessage(channel=channel, text="x")) == "not_in_channel"
    await web.conversations_join(channel=channel)
    assert (await web.conversations_join(channel=channel))["warning"] == "already_in_channel"
    await web.chat_postMessage(channel=channel, text="here I am")
    await client.post("channel", name="open", archived=True)
    assert await refusal_of(web.chat_postMessage(channel=channel, text="x")) == "is_archived"
