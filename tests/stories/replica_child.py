"""A whole bot in a process of its own, which stands still once it has claimed a request, to be killed."""

import asyncio
import json
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import structlog
import uvloop
from pydantic import SecretStr

from bot.settings import Settings
from bot.wiring import run


def say(text: str) -> None:
    """Says where it stands."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def main(given: dict[str, Any]) -> None:
    """Runs until it is killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = Settings(
        _env_file=None, state=Path(given["state"]), slack_bot_token=SecretStr(given["bot_token"]),
        slack_app_token=SecretStr(given["app_token"]), slack_api_url=given["api_url"],
    )  # fmt: skip
    async with run(settings, given["database"], environment=given["environment"]) as running:

        def stand(_: object) -> Awaitable[object]:
            say("claimed")
            return asyncio.get_running_loop().create_future()

        running.built.executing._look_again = stand  # type: ignore[method-assign, assignment]  # it is not to go on
        say("ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.stdin.readline())))
