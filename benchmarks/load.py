"""Sends signed slash commands to an app over HTTP, all at once or so many a second; prints the acknowledgements' times.

`python -m benchmarks.load URL SECRET TEAM USER CHANNEL COUNT PER_SECOND TEXT` prints one line of JSON: for each
command the seconds to its acknowledgement (null: none), those from the first command to the last one, and when that
first one was said, in seconds of the epoch.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
import urllib.parse
import uuid
from dataclasses import dataclass

import aiohttp

_PATIENCE = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Sender:
    """Who says the command, and where to."""

    url: str
    secret: str
    team: str
    user: str
    channel: str
    text: str
    response_url: str

    def request(self) -> tuple[bytes, dict[str, str]]:
        """One command as Slack would send it now."""
        form = {
            "command": "/diagnose", "text": self.text, "team_id": self.team, "user_id": self.user,
            "channel_id": self.channel, "trigger_id": uuid.uuid4().hex, "api_app_id": "A0BENCH",
            "response_url": self.response_url, "is_enterprise_install": "false",
        }  # fmt: skip
        body = urllib.parse.urlencode(form).encode()
        timestamp = str(int(time.time()))
        signature = hmac.new(self.secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
        return body, {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature.hexdigest()}",
        }


async def main(sender: Sender, count: int, per_second: float) -> None:
    """Sends and prints."""
    took: list[float | None] = [None] * count
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=_PATIENCE) as session:
        requests = [sender.request() for _ in range(count)]
        begun, at = time.perf_counter(), time.time()

        async def one(number: int) -> None:
            if per_second:
                await asyncio.sleep(begun + number / per_second - time.perf_counter())
            body, headers = requests[number] if not per_second else sender.request()
            started = time.perf_counter()
            async with session.post(sender.url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status == 200:
                    took[number] = time.perf_counter() - started

        await asyncio.gather(*(one(number) for number in range(count)), return_exceptions=True)
        whole = time.perf_counter() - begun
    sys.stdout.write(json.dumps({"took": took, "whole": whole, "at": at}) + "\n")


if __name__ == "__main__":
    *who, sent, rate = sys.argv[1:]
    asyncio.run(main(Sender(*who), int(sent), float(rate)))
