"""What is left out of a start is not there, and is given to whoever asks for it after all."""

import json
import subprocess
import sys

import pytest

_LEFT_OUT = (
    "rich",
    "pygments",
    "sqlalchemy.orm",
    "croniter.croniter",
    "httpx",
    "rapidfuzz.fuzz",
    "starlette",
    "uvicorn",
    "alembic",
)
_LOGGED = """
from bot import logs
for whom in (logs.for_people, logs.for_machines):
    whom(to=sys.stdout)
    try:
        1 / 0
    except ZeroDivisionError:
        __import__("structlog").get_logger().exception("wrong")
"""
_OWN = "own = ssl.create_default_context().cert_store_stats()"
_THEIRS = "theirs = __import__('aiohttp').connector._SSL_CONTEXT_VERIFIED"
# In this order, for each brings something in.
_ASKED = {
    f"print([name for name in {_LEFT_OUT!r} if name in sys.modules])": "[]",
    "import sqlalchemy.ext.asyncio; print(hasattr(sqlalchemy.ext.asyncio, 'none'))": "False",
    "from sqlalchemy.ext.asyncio import AsyncSession; print(AsyncSession.__name__)": "AsyncSession",
    "import croniter; print(croniter.croniter('* * * * *').expanded[0])": "['*']",
    "from rich.console import Console; Console().print('[bold]painted[/]')": "painted",
    "from bot.catalog.catalog import nearest; print(nearest('one', ['ones', 'xyz']))": "['ones']",
    "import httpx; print(httpx.URL('http://here/path').path)": "/path",
    f"{_OWN}; {_THEIRS}; print(theirs.cert_store_stats() == own, theirs.verify_mode)": "True 2",
    "print('set_default_verify_paths' in vars(ssl.SSLContext))": "False",
}
_START = """
import contextlib, io, json, ssl, sys
from bot import lean
with lean.imports():
    import bot.commands.run
for asked in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(asked)
    print(json.dumps(said.getvalue().strip()))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What each of these says in a process that has just started."""
    asked = [*_ASKED, _LOGGED]
    whole = [sys.executable, "-c", _START]
    done = subprocess.run(  # noqa: S603  # written above
        whole, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(asked, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize(("asked", "answer"), _ASKED.items())
def test_what_is_never_used_is_left_out_and_given_to_whoever_asks(
    said: dict[str, str], asked: str, answer: str
) -> None:
    assert said[asked] == answer


def test_a_traceback_is_logged_as_ever(said: dict[str, str]) -> None:
    assert said[_LOGGED].count("division by zero") == 2
