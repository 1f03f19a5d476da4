"""Looks at HTTP services: catalogued requests only, no redirects to other hosts, answers cut at a size."""

import functools
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from bot.access.answers import HttpAnswer
from bot.access.deadline import within
from bot.access.ports import inside
from bot.errors import ConfigurationError, InputError, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import HttpConnection
from bot.model.inputs import fill, places
from bot.model.system import Endpoint
from bot.model.values import Json, Scalar, write_duration
from bot.redaction import redact, redact_text

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOPS = 3
_IDLE = 2.0  # seconds; servers hang up after five or so, and who asks at that moment gets no answer
_LATER = "Look again in a moment; if it lasts, escalate."


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts. Reading them all takes longer than anything else of a start, so they are read once."""
    return httpx.create_ssl_context(trust_env=False)


class HttpReader:
    """Asks one service; `headers` already hold the secrets that go with every request."""

    def __init__(self, place: str, url: str, connection: HttpConnection, headers: Mapping[str, str]) -> None:
        self._place, self._connection = place, connection
        self._limit = write_duration(connection.timeout)
        self._seconds = connection.timeout.total_seconds()
        self._base = httpx.URL(url.rstrip("/"))
        if self._base.scheme not in {"http", "https"} or not self._base.host:
            raise ConfigurationError(f"The address of {inside(place)} is not one of HTTP.")
        self._client = httpx.AsyncClient(
            headers={"Accept": "application/json", "User-Agent": "backstop", **headers},
            timeout=self._seconds,
            limits=httpx.Limits(max_connections=connection.pool, keepalive_expiry=_IDLE),
            follow_redirects=False,
            verify=_authorities(),
            trust_env=False,  # a proxy of the bot's environment would see the system's tokens
        )

    async def fetch(self, endpoint: Endpoint, binds: Mapping[str, Scalar]) -> HttpAnswer:
        """Sends a catalogued request. Any status is an answer; raises SystemUnreachable, TookTooLong, SystemRefused."""
        if endpoint.method not in _READS and not endpoint.safe:
            raise SystemRefused(f"{endpoint.method} {endpoint.path} is not marked safe, so a look may not send it.")
        encoded = {name: _segment(value) for name, value in binds.items()}
        url = httpx.URL(str(self._base) + fill(endpoint.path, encoded))
        given = {name: value for name, value in endpoint.optional.items() if _is_known(value, binds)}
        query = {name: fill(value, binds) for name, value in {**endpoint.query, **given}.items()}
        headers = {name: _header(fill(value, binds)) for name, value in endpoint.headers.items()}
        body = None if endpoint.json_body is None else json.dumps(_filled(endpoint.json_body, binds)).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        request = self._client.build_request(
            endpoint.method, url.copy_merge_params(query) if query else url, headers=headers, content=body
        )
        return replace(await self._send(request), fields=endpoint.fields)

    async def ping(self) -> str:
        """Says that the service answers anything at all; raises as `fetch` does."""
        answer = await self._send(self._client.build_request("HEAD", self._base))
        if answer.status >= 500:
            raise SystemRefused(f"{self._place} answers {answer.status}.")
        return f"answers in {write_duration(answer.took)}"

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _send(self, request: httpx.Request) -> HttpAnswer:
        what = f"{request.method} {request.url.path}"
        started = time.monotonic()
        try:
            # httpx bounds each step; a service that answers drop by drop must not cost more than all of them.
            response, raw, is_cut = await within(self._seconds, self._follow(request))
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            raise SystemUnreachable(f"{self._place} cannot be reached. {_LATER}") from problem
        except (httpx.TimeoutException, TimeoutError) as problem:
            raise TookTooLong(f"{self._place} did not answer within {self._limit}. {_LATER}") from problem
        except httpx.HTTPError as problem:
            raise SystemUnreachable(f"{self._place} broke off its answer. {_LATER}") from problem
        took = timedelta(seconds=time.monotonic() - started)
        text = raw.decode(response.encoding or "utf-8", errors="replace")
        return HttpAnswer(
            what, response.status_code, redact({name.lower(): value for name, value in response.headers.items()}),
            redact_text(text), redact(_json(text)), took, is_cut,
        )  # fmt: skip

    async def _follow(self, request: httpx.Request) -> tuple[httpx.Response, bytes, bool]:
        for hop in range(_HOPS + 1):
            response = await self._client.send(request, stream=True)
            following = response.next_request
            is_read = request.method in _READS and following is not None and _is_same(following.url, request.url)
            if following is None or not is_read or hop == _HOPS:
                break
            await response.aclose()
            request = following
        try:
            raw, is_cut = await self._read(response)
        finally:
            await response.aclose()
        return response, raw, is_cut

    async def _read(self, response: httpx.Response) -> tuple[bytes, bool]:
        kept = bytearray()
        async for chunk in response.aiter_bytes():
            kept += chunk
            if len(kept) > self._connection.size_cap:
                return bytes(kept[: self._connection.size_cap]), True
        return bytes(kept), False


def _is_same(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _is_known(template: str, binds: Mapping[str, Scalar]) -> bool:
    return all(binds.get(name) is not None for name in places(template))


def _segment(value: Scalar) -> Scalar:
    if value is None:
        return None
    text = str(value)
    if text in {".", ".."}:
        raise InputError(f"{text} cannot be part of an address.")
    return quote(text, safe="")


def _header(value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise InputError("A value with line breaks or special characters cannot be sent in a header.")
    return value


def _filled(template: Json, binds: Mapping[str, Scalar]) -> Json:
    if isinstance(template, str):
        return fill(template, binds)
    if isinstance(template, Mapping):
        return {name: _filled(value, binds) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, binds) for value in template]
    return template


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
