"""What is left out of a start is not there, and is given to whoever asks for it after all."""

import subprocess
import sys

import pytest

_START = """
import ssl, sys
from bot import lean
with lean.imports():
    import bot.commands.run
"""
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


def _said(program: str) -> str:
    whole = [sys.executable, "-c", _START + program]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)  # noqa: S603  # written above
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_start_reads_nothing_that_is_never_used() -> None:
    assert _said(f"print([name for name in {_LEFT_OUT!r} if name in sys.modules])") == "[]"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("from sqlalchemy.ext.asyncio import AsyncSession; print(AsyncSession.__name__)", "AsyncSession"),
        ("import sqlalchemy.ext.asyncio; print(hasattr(sqlalchemy.ext.asyncio, 'none'))", "False"),
        ("import croniter; print(croniter.croniter('* * * * *').expanded[0])", "['*']"),
        ("from rich.console import Console; Console().print('[bold]painted[/]')", "painted"),
        ("from bot.catalog.catalog import nearest; print(nearest('one', ['ones', 'xyz']))", "['ones']"),
        ("import httpx; print(httpx.URL('http://here/path').path)", "/path"),
    ],
)
def test_who_asks_for_what_was_left_out_is_given_it(asked: str, answer: str) -> None:
    assert _said(asked) == answer


def test_whom_slack_is_believed_to_be_is_read_as_ever() -> None:
    counts = "from aiohttp import connector; own = ssl.create_default_context().cert_store_stats()"
    checks = "theirs = connector._SSL_CONTEXT_VERIFIED; print(theirs.cert_store_stats() == own, theirs.verify_mode)"
    assert _said(f"{counts}; {checks}") == "True 2"
    assert _said("print('set_default_verify_paths' in vars(ssl.SSLContext))") == "False"


def test_a_traceback_is_logged_as_ever() -> None:
    program = """
from bot import logs
for whom in (logs.for_people, logs.for_machines):
    whom(to=sys.stdout)
    try:
        1 / 0
    except ZeroDivisionError:
        __import__("structlog").get_logger().exception("wrong")
"""
    assert _said(program).count("division by zero") == 2
