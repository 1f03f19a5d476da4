"""Logs are JSON where a machine reads them, carry the ids of what is done, and never a secret."""

import json
import logging
import secrets
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog

from bot import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What the suite logs is as it was."""
    yield
    logs.for_people()


def lines(said: str) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in said.splitlines()]


def test_a_machine_reads_json_with_ids() -> None:
    said = StringIO()  # nobody looks at it
    logs.for_whoever_reads(to=said)
    with structlog.contextvars.bound_contextvars(delivery="Ev1", request="01R", run="01D"):
        structlog.get_logger().info("door.served", kind="command")
        logging.getLogger("slack_sdk").warning("The session seems to be %s", "stale")
    ours, theirs = lines(said.getvalue())
    assert ours["event"] == "door.served"
    assert theirs["event"] == "The session seems to be stale"
    assert theirs["logger"] == "slack_sdk"
    for line in (ours, theirs):
        assert (line["delivery"], line["request"], line["run"]) == ("Ev1", "01R", "01D")
        assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("configure", [logs.for_machines, logs.for_people])
def test_secrets_stand_nowhere(configure: Any) -> None:
    token, password = secrets.token_hex(12), secrets.token_hex(12)
    logs.never_show([token, f"postgresql://app:{password}@db/backstop"])
    stream = StringIO()
    configure(to=stream)
    log = structlog.get_logger()
    log.warning("said", about=f"it is {token}", deep={"more": [f"x{password}y"]}, api_key="short")
    try:
        raise ValueError(f"cannot connect with {password}, {token} or password=opensesame1")
    except ValueError:
        log.exception("raised")
        logging.getLogger("library").exception("raised for %s", token)
    said = stream.getvalue()
    assert "ValueError" in said
    for secret in (token, password, "short", "opensesame1"):
        assert secret not in said
