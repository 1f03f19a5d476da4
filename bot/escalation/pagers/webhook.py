"""A signed webhook for any other service: who has the secret can tell that it comes from here, and when."""

import hashlib
import hmac
import json

from bot.escalation.pagers.posting import post
from bot.model.paging import Page


class Webhook:
    """Posts JSON with `X-Backstop-Signature: t=<epoch seconds>,v1=<HMAC-SHA256 of "<t>.<body>">`."""

    def __init__(self, title: str, url: str, key: str) -> None:
        self._title, self._url, self._key = title, url, key

    async def send(self, page: Page) -> None:
        """See `bot.model.paging.Pager`. A repetition has the same `key` and `signal`."""
        body = json.dumps(page.model_dump(mode="json"), sort_keys=True).encode()
        at = int(page.at.timestamp())
        await post(self._title, self._url, body, {"X-Backstop-Signature": f"t={at},v1={sign(self._key, at, body)}"})


def sign(key: str, at: int, body: bytes) -> str:
    """The signature of a body at a moment (epoch seconds), in hex."""
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
