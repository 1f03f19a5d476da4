"""Fetches files that people brought along in a form."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InputError, SlackFailed
from bot.model.escalation import Fetched
from bot.slack.calling import call

_LARGEST = 10_000_000  # bytes
_SECONDS = 30


class SlackFiles:
    """Implements `bot.model.escalation.Files`; the token goes to Slack's own address only."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def fetch(self, id: str) -> Fetched:
        """The file of this id. Raises SlackFailed, or InputError for one that is too large."""
        info = (await call(self._client.files_info(file=id)))["file"]
        name, size = str(info.get("name") or "file"), int(info.get("size") or 0)
        if size > _LARGEST:
            raise InputError(f"{name[:80]} is larger than {_LARGEST // 1_000_000} MB; put it somewhere and link to it.")
        address = str(info.get("url_private_download") or info["url_private"])
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        headers = {"Authorization": f"Bearer {self._client.token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(address, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise SlackFailed(f"Slack did not give {name[:80]} ({answer.status}).")
                content = await answer.content.read(_LARGEST + 1)
                while len(content) <= _LARGEST and (more := await answer.content.read(_LARGEST + 1 - len(content))):
                    content += more
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackFailed(f"Slack did not give {name[:80]} in time.") from error
        if len(content) > _LARGEST:
            raise InputError(f"{name[:80]} is larger than {_LARGEST // 1_000_000} MB; put it somewhere and link to it.")
        return Fetched(name=name, mimetype=str(info.get("mimetype") or ""), content=content)
