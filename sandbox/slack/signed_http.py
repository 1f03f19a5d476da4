"""HTTP delivery: posts payloads to the app's request URL, signed as Slack signs them."""

import hashlib
import hmac
import json
import urllib.parse
from typing import Any

import httpx

from sandbox.slack.delivery import COMMANDS, EVENTS, Answer, Parcel
from sandbox.slack.workspace import Workspace


class SignedHttp:
    """Carries parcels to the request URL that the workspace has at that moment."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._client = httpx.AsyncClient(trust_env=False)

    async def carry(self, parcel: Parcel, seconds: float) -> Answer:
        """See Carrier."""
        body, content_type = _body(parcel)
        try:
            response = await self._client.post(
                self._workspace.request_url or "",
                content=body,
                headers=self._headers(parcel, body, content_type),
                timeout=seconds,
            )
        except httpx.TimeoutException:
            return Answer(is_acknowledged=False, failure="operation_timeout")
        except httpx.HTTPError:
            return Answer(is_acknowledged=False, failure="dispatch_failed")
        if response.status_code != 200:
            return Answer(is_acknowledged=False, failure="http_error")
        return Answer(is_acknowledged=True, payload=_payload(response))

    async def close(self) -> None:
        """Close the connections to the app."""
        await self._client.aclose()

    def _headers(self, parcel: Parcel, body: bytes, content_type: str) -> dict[str, str]:
        timestamp = str(int(self._workspace.clock()))
        secret = self._workspace.signing_secret.encode()
        signature = hmac.new(secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        if parcel.attempt:
            headers |= {"X-Slack-Retry-Num": str(parcel.attempt), "X-Slack-Retry-Reason": parcel.reason}
        return headers


def _body(parcel: Parcel) -> tuple[bytes, str]:
    if parcel.kind == EVENTS:
        return json.dumps(parcel.payload).encode(), "application/json"
    form = parcel.payload if parcel.kind == COMMANDS else {"payload": json.dumps(parcel.payload)}
    return urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"


def _payload(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith("application/json"):
        return response.json()
    return {"text": response.text}
