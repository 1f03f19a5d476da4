"""A Bolt app that does nothing but acknowledge: what the bot's acknowledgements are held against."""

import asyncio
import sys

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.http import make_http, serve
from bot.slack.signed_http import http_route


async def main(secret: str, api: str, token: str, port: int) -> None:
    """Serves signed HTTP, by the same server as the bot, until it is ended."""
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=api), signing_secret=secret)

    @app.command("/diagnose")
    async def acknowledge(ack) -> None:  # type: ignore[no-untyped-def]  # Bolt passes by the parameter's name
        await ack()

    async def nothing() -> dict[str, str]:
        return {}

    async def no_figures() -> bytes:
        return b""

    async with serve(make_http(http_route(app), is_ready=nothing, figures=no_figures), "127.0.0.1", port):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
