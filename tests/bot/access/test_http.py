"""The HTTP reader sends catalogued requests only, stays on its host, and cuts what is too long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot.access.http import HttpReader
from bot.errors import ConfigurationError, InputError, NotThere, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import HttpConnection, Secret
from bot.model.system import Endpoint

PLACE = "The api of test"


async def echo(request: web.Request) -> web.Response:
    return web.json_response({"path": request.raw_path, "headers": dict(request.headers), "body": await request.text()})


async def away(_: web.Request) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:1/elsewhere")


async def near(_: web.Request) -> web.Response:
    raise web.HTTPFound("/api/echo")


async def circle(_: web.Request) -> web.Response:
    raise web.HTTPFound("/api/circle")


async def long(_: web.Request) -> web.Response:
    return web.json_response({"rows": ["x" * 100] * 100})


async def secret(_: web.Request) -> web.Response:
    body = {"role": "viewer", "access_token": "abc", "note": "postgresql://u:hunter2@h/d"}
    return web.json_response(body, headers={"Set-Cookie": "session=hunter2", "X-Cache": "HIT"})


async def slow(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def plain(_: web.Request) -> web.Response:
    return web.Response(text="Welcome to nginx!")


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(600):
        await response.write(b"x")
        await asyncio.sleep(0.1)
    return response


async def status(request: web.Request) -> web.Response:
    return web.json_response({}, status=int(request.match_info["status"]))


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    app = web.Application()
    for path, handler in (("away", away), ("near", near), ("circle", circle), ("long", long), ("secret", secret)):
        app.router.add_route("*", f"/api/{path}", handler)
    app.router.add_get("/api/slow", slow)
    app.router.add_get("/api/drip", drip)
    app.router.add_get("/api/status/{status}", status)
    app.router.add_get("/api/text", plain)
    app.router.add_route("*", "/api/{rest:.*}", echo)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    await runner.cleanup()


@pytest.fixture
async def reader(address: str) -> AsyncIterator[HttpReader]:
    connection = HttpConnection(kind="http", url=Secret(env="X"), timeout=timedelta(milliseconds=500), size_cap=2_000)
    made = HttpReader(PLACE, f"{address}/", connection, {"Authorization": "Bearer abcdefghijkl"})
    yield made
    await made.close()


async def test_values_are_encoded_where_they_stand(reader: HttpReader) -> None:
    endpoint = Endpoint(
        path="/echo/{user}/x", query={"tenant_id": "{tenant}", "fixed": "1"}, headers={"X-Tenant": "{tenant}"}
    )
    answer = await reader.fetch(endpoint, {"user": "a/../b?c#d e", "tenant": "t&u=1"})
    assert answer.json["path"] == "/api/echo/a%2F..%2Fb%3Fc%23d%20e/x?tenant_id=t%26u%3D1&fixed=1"
    assert answer.json["headers"]["X-Tenant"] == "t&u=1"
    assert answer.json["headers"]["Accept"] == "application/json"
    assert answer.what.startswith("GET /api/echo/")


async def test_a_body_is_filled_by_value_and_not_by_text(reader: HttpReader) -> None:
    endpoint = Endpoint(method="PUT", path="/echo", json_body={"name": "{name}", "list": ["{name}", 1]}, safe=True)
    answer = await reader.fetch(endpoint, {"name": '", "admin": true, "x": "'})
    assert answer.json["body"] == (
        '{"name": "\\", \\"admin\\": true, \\"x\\": \\"", "list": ["\\", \\"admin\\": true, \\"x\\": \\"", 1]}'
    )


@pytest.mark.parametrize("value", [".", ".."])
async def test_a_value_cannot_climb_the_path(reader: HttpReader, value: str) -> None:
    with pytest.raises(InputError, match="cannot be part of an address"):
        await reader.fetch(Endpoint(path="/echo/{user}/x"), {"user": value})


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "ü"])
async def test_a_value_cannot_add_a_header(reader: HttpReader, value: str) -> None:
    with pytest.raises(InputError, match="cannot be sent in a header"):
        await reader.fetch(Endpoint(path="/echo", headers={"X-Tenant": "{tenant}"}), {"tenant": value})


async def test_what_changes_things_is_not_sent(reader: HttpReader) -> None:
    unsafe = Endpoint.model_construct(method="DELETE", path="/echo", safe=False)
    with pytest.raises(SystemRefused, match="not marked safe"):
        await reader.fetch(unsafe, {})


async def test_redirects_stay_on_the_host(reader: HttpReader) -> None:
    assert (await reader.fetch(Endpoint(path="/near"), {})).json["path"] == "/api/echo"
    answer = await reader.fetch(Endpoint(path="/away"), {})
    assert answer.status == 302
    assert (await reader.fetch(Endpoint(path="/circle"), {})).status == 302


async def test_long_answers_are_cut(reader: HttpReader) -> None:
    answer = await reader.fetch(Endpoint(path="/long"), {})
    assert (answer.cut, len(answer.text)) == (True, 2_000)
    with pytest.raises(SystemRefused, match="size cap"):
        answer.need_json()


async def test_secrets_do_not_leave_the_reader(reader: HttpReader) -> None:
    answer = await reader.fetch(Endpoint(path="/secret"), {})
    assert answer.need_json()["role"] == "viewer"
    assert answer.headers["x-cache"] == "HIT"
    assert "hunter2" not in repr(answer)
    assert "abcdefghijkl" not in repr(await reader.fetch(Endpoint(path="/echo"), {}))


async def test_statuses_are_answers_until_data_is_needed(reader: HttpReader) -> None:
    for code in (404, 405, 401, 403, 503):
        expected = NotThere if code in {404, 405} else SystemRefused
        answer = await reader.fetch(Endpoint(path="/status/{code}"), {"code": code})
        assert answer.status == code
        with pytest.raises(expected):
            answer.need_json()
    with pytest.raises(SystemRefused, match="without JSON"):
        (await reader.fetch(Endpoint(path="/text"), {})).need_json()


@pytest.mark.parametrize("path", ["/slow", "/drip"])
async def test_a_slow_answer_costs_its_time_limit(reader: HttpReader, path: str) -> None:
    async with asyncio.timeout(20):  # the service would take a minute
        with pytest.raises(TookTooLong, match="within 500 ms"):
            await reader.fetch(Endpoint(path=path), {})


async def test_a_service_that_is_away(reader: HttpReader) -> None:
    assert (await reader.ping()).startswith("answers in")
    gone = HttpReader(PLACE, "http://127.0.0.1:1", HttpConnection(kind="http", url=Secret(env="X")), {})
    with pytest.raises(SystemUnreachable, match="cannot be reached"):
        await gone.ping()
    await gone.close()


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/d", "localhost:8000", "file:///etc/passwd"])
def test_an_address_of_something_else_is_a_wrong_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        HttpReader(PLACE, url, HttpConnection(kind="http", url=Secret(env="X")), {})
    assert "secret" not in str(wrong.value)
