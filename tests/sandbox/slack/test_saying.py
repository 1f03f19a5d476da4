"""What becomes of what people say: escaping, mentions, threads, direct messages, commands that fail."""

import re
from typing import Any

import pytest
from hypothesis import given, strategies

from sandbox.slack.acting import Person
from sandbox.slack.client import Refused
from sandbox.slack.text import escape, rich_text, typed_command, typed_message
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import MANIFEST, Scene


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """A workspace that nobody serves."""
    return Workspace(manifest=MANIFEST, clock=lambda: 1_800_000_000.0)


@pytest.mark.parametrize(
    ("typed", "delivered"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("ask @sam, not @nobody", "ask <@U0SAM>, not @nobody"),
        ("ping <@U0SAM> but not <@U0NOBODY>", "ping <@U0SAM> but not &lt;@U0NOBODY&gt;"),
        ("@here and <!channel>", "<!here> and &lt;!channel&gt;"),
        ("see https://example.com/a?b=1&c=2.", "see <https://example.com/a?b=1&amp;c=2>."),
        ("mail tom@example.com", "mail <mailto:tom@example.com|tom@example.com>"),
        ("zenamanage.io is down", "<http://zenamanage.io|zenamanage.io> is down"),
        ("notes.txt and v1.2.3 stay", "notes.txt and v1.2.3 stay"),
        ("`@sam tom@example.com <b>`", "`@sam tom@example.com &lt;b&gt;`"),
        ("an@sam", "an@sam"),
    ],
)
def test_message_is_delivered_as_slack_writes_it(workspace: Workspace, typed: str, delivered: str) -> None:
    assert typed_message(workspace, typed) == delivered


def test_channels_and_groups_are_resolved(workspace: Workspace) -> None:
    channel = workspace.channel_named("backend-support")
    group = next(iter(workspace.groups.values()))
    assert channel is not None
    typed = "#backend-support #nowhere @backend-oncall"
    assert typed_message(workspace, typed) == f"<#{channel.id}|backend-support> #nowhere <!subteam^{group.id}>"


@pytest.mark.parametrize(
    ("typed", "plain", "escaped"),
    [
        ("user=tom@example.com", "user=tom@example.com", "user=tom@example.com"),
        ("https://example.com/?a&b", "https://example.com/?a&amp;b", "https://example.com/?a&amp;b"),
        ("@sam", "@sam", "<@U0SAM|sam>"),
        ("<script>", "&lt;script&gt;", "&lt;script&gt;"),
    ],
)
def test_text_of_a_command_stays_plain(workspace: Workspace, typed: str, plain: str, escaped: str) -> None:
    assert typed_command(workspace, typed, should_escape=False) == plain
    assert typed_command(workspace, typed, should_escape=True) == escaped


def test_escape_takes_ampersands_first() -> None:
    assert escape("<&>") == "&lt;&amp;&gt;"


@given(typed=strategies.text(alphabet="ab <>&@#!|`.:/sam", max_size=40))
def test_nothing_that_is_typed_becomes_markup_of_its_own(workspace: Workspace, typed: str) -> None:
    delivered = typed_message(workspace, typed)
    for mark in re.findall(r"<[^>]*>?", delivered):
        assert re.fullmatch(r"<(@U0\w+|#C\w+\|[\w-]+|https?://[^<>]+|mailto:[^<>|]+\|[^<>|]+)>", mark), delivered
    assert ">" not in re.sub(r"<[^>]*>", "", delivered)


@given(typed=strategies.text(alphabet="ab <>&!|`", min_size=1, max_size=40))
def test_rich_text_says_what_was_typed(workspace: Workspace, typed: str) -> None:
    (block,) = rich_text(typed_message(workspace, typed))
    assert "".join(part["text"] for part in block["elements"][0]["elements"]) == typed


async def test_command_reaches_the_app_in_slacks_shape(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo   one two  ")
    (body,) = await scene.heard.until("command")
    workspace = scene.workspace
    assert body.pop("response_url").startswith(f"{scene.served.address}/response/")
    assert body.pop("trigger_id").count(".") == 2
    assert body == {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": said.channel,
        "channel_name": "backend-support",
        "user_id": "U0SAM",
        "user_name": "sam",
        "command": "/echo",
        "text": "one two",
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
    }


async def test_command_in_direct_messages_says_so(scene: Scene, sam: Person) -> None:
    await sam.says_directly("/echo here")
    (body,) = await scene.heard.until("command")
    assert body["channel_name"] == "directmessage"
    assert body["channel_id"].startswith("D")


async def test_text_of_an_acknowledgement_is_shown_to_the_person_alone(scene: Scene, sam: Person) -> None:
    said = await sam.says("/whois @olga")
    answer = await sam.sees(containing="You mean @olga", after=said)
    assert answer.is_ephemeral
    assert answer.text == "You mean <@U0OLGA|olga>"
    olga = await scene.client.person("olga")
    assert answer.ts not in [message.ts for message in await olga.messages()]


@pytest.mark.usefixtures("impatience")
async def test_command_without_acknowledgement_fails_before_the_persons_eyes(scene: Scene, sam: Person) -> None:
    with pytest.raises(AssertionError, match="sam said '/silence': operation_timeout"):
        await sam.says("/silence")
    said = await sam.says("/silence", heard=False)
    assert said.failure == "operation_timeout"
    notice = await sam.sees(containing='/silence failed with the error "operation_timeout"', after=said)
    assert notice.is_ephemeral
    assert notice.by == "slackbot"
    assert len(scene.heard.of("silence")) == 2  # commands are not repeated


@pytest.mark.usefixtures("impatience")
async def test_exception_right_after_the_acknowledgement_loses_it(scene: Scene, sam: Person) -> None:
    said = await sam.says("/crash", heard=False)
    assert not said.is_acknowledged
    assert (await scene.client.deliveries("/crash"))[-1]["failure"] == "operation_timeout"


async def test_unknown_commands_and_commands_in_threads_are_refused(sam: Person) -> None:
    with pytest.raises(Refused, match="/nonsense is not a valid command") as refusal:
        await sam.says("/nonsense")
    assert refusal.value.error == "unknown_command"
    said = await sam.says("hello")
    with pytest.raises(Refused, match="/echo is not supported in threads") as refusal:
        await sam.says("/echo hello", thread=said)
    assert refusal.value.error == "commands_in_threads_not_supported"


async def test_mention_in_a_thread_is_answered_there(scene: Scene, sam: Person) -> None:
    parent = await sam.says("something is odd")
    said = await sam.says("@parrot come & look", thread=parent)
    reply = await sam.sees(thread=parent, containing="You called?")
    assert reply.thread_ts == parent.ts
    (body,) = await scene.heard.until("app_mention")
    event: dict[str, Any] = body["event"]
    assert event["text"] == f"<@{scene.workspace.bot_user_id}> come &amp; look"
    assert (event["ts"], event["thread_ts"], event["channel"]) == (said.ts, parent.ts, said.channel)
    assert event["blocks"][0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": scene.workspace.bot_user_id},
        {"type": "text", "text": " come & look"},
    ]
    assert body["authorizations"][0]["user_id"] == scene.workspace.bot_user_id
    assert [message.text for message in await sam.thread(parent)] == [event["text"], "You called?"]
    assert (await sam.messages())[-1].reply_count == 2


async def test_messages_in_channels_are_not_sent_without_a_subscription(scene: Scene, sam: Person) -> None:
    await sam.says("just between us")
    await sam.says_directly("hello, parrot")
    await sam.sees_directly(containing="I am only a parrot.")
    heard = [body["event"] for body in scene.heard.of("message") if "subtype" not in body["event"]]
    assert [(event["channel_type"], event["text"]) for event in heard] == [("im", "hello, parrot")]


async def test_mention_where_the_app_is_not_a_member_reaches_nobody(scene: Scene, sam: Person) -> None:
    said = await sam.says("@parrot are you here?", "random")
    notice = await sam.sees("random", containing="they're not in this channel", after=said)
    assert notice.is_ephemeral
    assert scene.heard.of("app_mention") == []


async def test_nobody_speaks_where_they_are_not(scene: Scene) -> None:
    sam = await scene.client.person("sam")
    with pytest.raises(Refused, match="sam is in no channel 'database-support'; only in backend-support"):
        await sam.says("hello", "database-support")
