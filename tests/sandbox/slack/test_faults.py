"""Slack's misbehaviour on request, and its pace."""

import asyncio

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.client import Refused
from sandbox.slack.rates import Pace
from sandbox.slack.refusals import SlackRefusal
from tests.sandbox.slack.conftest import Scene


async def test_rate_limit_says_how_long_to_wait(scene: Scene) -> None:
    await scene.client.faults(rate_limit={"method": "auth.test", "times": 2, "retry_after": 7})
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await scene.web.auth_test()
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == "7"
    assert (await scene.web.auth_test())["ok"]


async def test_retry_handler_of_the_sdk_waits_it_out(scene: Scene) -> None:
    await scene.client.faults(rate_limit={"method": "chat.postMessage", "times": 1, "retry_after": 0})
    web = AsyncWebClient(
        token=scene.served.bot_token,
        base_url=scene.served.api_url,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)],
    )
    before = len(await scene.client.calls("chat.postMessage"))
    assert (await web.chat_postMessage(channel="#backend-support", text="at last"))["ok"]
    calls = (await scene.client.calls("chat.postMessage"))[before:]
    assert [call["ok"] for call in calls] == [False, True]


async def test_errors_come_as_often_as_wished(scene: Scene) -> None:
    await scene.client.faults(error={"method": "users.info", "error": "internal_error", "times": 1})
    with pytest.raises(SlackApiError, match="internal_error"):
        await scene.web.users_info(user="U0SAM")
    assert (await scene.web.users_info(user="U0SAM"))["ok"]
    await scene.client.faults(error={"method": "*", "error": "fatal_error", "status": 503})
    with pytest.raises(SlackApiError) as caught:
        await scene.web.auth_test()
    assert caught.value.response.status_code == 503


async def test_answers_are_late_as_wished(scene: Scene) -> None:
    await scene.client.faults(delay_seconds={"auth.test": 0.15})
    started = asyncio.get_running_loop().time()
    await scene.web.auth_test()
    assert asyncio.get_running_loop().time() - started >= 0.15
    await scene.client.faults(clear=True)
    started = asyncio.get_running_loop().time()
    await scene.web.auth_test()
    assert asyncio.get_running_loop().time() - started < 0.15


async def test_wishes_that_make_no_sense_are_refused(scene: Scene) -> None:
    with pytest.raises(Refused, match="There is no fault fire"):
        await scene.client.faults(fire=True)
    with pytest.raises(Refused, match="cannot be understood"):
        await scene.client.faults(error={"method": "x"})


def test_pace_is_kept_only_when_asked_for() -> None:
    now = 100.0
    pace = Pace(lambda: now)
    for _ in range(200):
        pace.check("chat.update", {})
    pace.is_kept = True
    for _ in range(50):
        pace.check("chat.update", {"channel": "C1"})
    with pytest.raises(SlackRefusal) as refusal:
        pace.check("chat.update", {"channel": "C2"})
    assert (refusal.value.error, refusal.value.retry_after) == ("ratelimited", 60)
    now = 160.0
    pace.check("chat.update", {})


def test_messages_are_paced_by_channel() -> None:
    pace = Pace(lambda: 100.0)
    pace.is_kept = True
    for channel in ("C1", "C2"):
        for _ in range(5):
            pace.check("chat.postMessage", {"channel": channel})
    with pytest.raises(SlackRefusal):
        pace.check("chat.postMessage", {"channel": "C1"})


async def test_pace_is_kept_by_the_web_api(scene: Scene) -> None:
    await scene.client.faults(keep_pace=True)
    answers = await asyncio.gather(*(scene.web.usergroups_list() for _ in range(21)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, SlackApiError)]
    assert [error.response["error"] for error in refused] == ["ratelimited"]
