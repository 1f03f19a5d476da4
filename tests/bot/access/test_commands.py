"""Commands are argument vectors: nothing typed becomes another word, they end in time, and success is what they say."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.access.access import Access
from bot.access.commands import CommandResult, Commands, vector
from bot.access.secrets import Secrets
from bot.errors import BackstopError, InputError, NotThere, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.commands import Command, CommandInput, Transport
from bot.model.inputs import Inputs
from bot.model.system import Roles, System
from bot.model.values import Scalar
from tests.bot.access.shell import Ssh, ssh_server

UUID = "0d9f7b9a-1c1e-4a0b-9c6e-3f1f0c2b7a11"
ULID = "01JDC0V9XK4ZQ8W2T6R5M3N7PA"
HATED = ("$(id)", "`id`", "; rm -rf /", "a b", "'", '"', "*", "-rf", "\n", "{job}", "%s", "|| true", "ü", "")
# Says its words, one a line, with the length of each, so that none can hide in another.
WORDS = "import sys; print('\\n'.join('%d:%s' % (len(word), word) for word in sys.argv[1:]))"


def command(*run: str, **more: Any) -> Command:
    return Command.model_validate({"run": run, "success": {"exit_is_enough": True}, "safe": True, **more})


def python(code: str, **more: Any) -> Command:
    return command(sys.executable, "-c", code, **more)


async def ran(
    it: Command, transport: Transport | None = None, environment: Mapping[str, str] | None = None, **typed: Scalar
) -> CommandResult:
    system = System(
        name="s", family="f", title="S", connections={}, roles=Roles(names=()), commands={"it": it},
        transports={"app": transport or Transport()},
    )  # fmt: skip
    return await Commands(system, Secrets(environment or {})).run("it", typed)


async def test_a_command_is_run_and_what_it_says_is_kept() -> None:
    result = await ran(python("import sys; print('one', flush=True); print('two', file=sys.stderr)"))
    assert (result.exit, result.output, result.ok, result.cut) == (0, "one\ntwo", True, False)


@pytest.mark.parametrize("value", HATED)
def test_only_values_of_the_type_get_into_a_command(value: str) -> None:
    for spec in (
        CommandInput(type="uuid"),
        CommandInput(type="number", maximum=9),
        CommandInput(type="choice", choices=("a", "b")),
    ):
        with pytest.raises(InputError):
            vector(command("retry", "{job}", inputs={"job": spec}), Transport(), {"job": value})


def test_typed_values_are_put_where_they_belong() -> None:
    made = command("scale", "--count={count}", "{job}", inputs={"count": {"type": "number"}, "job": {"type": "uuid"}})
    assert vector(made, Transport(), {"count": 4, "job": UUID.upper()}) == ["scale", "--count=4", UUID]
    assert vector(made, Transport(), {"count": "4", "job": ULID})[-1] == ULID
    with pytest.raises(InputError, match="from 0 to 9"):
        small = command("scale", "{count}", inputs={"count": {"type": "number", "maximum": 9}})
        vector(small, Transport(), {"count": 10})
    wrong: list[dict[str, Scalar]] = [{"count": 4}, {"count": 4, "job": UUID, "x": 1}, {"count": True, "job": UUID}]
    for typed in wrong:
        with pytest.raises(InputError):
            vector(made, Transport(), typed)


def test_the_transport_is_a_prefix() -> None:
    words = command("php", "artisan", "test", "--filter", "a b; c")
    assert vector(words, Transport(prefix=("docker", "exec", "app")), {}) == [
        "docker", "exec", "app", "php", "artisan", "test", "--filter", "a b; c",
    ]  # fmt: skip
    kubectl = Transport(prefix=("kubectl", "exec", "deploy/app", "--"))
    assert vector(words, kubectl, {})[:4] == ["kubectl", "exec", "deploy/app", "--"]
    ssh = Transport(prefix=("ssh", "web1", "--"), quoting="shell")
    assert vector(words, ssh, {})[-2:] == ["--filter", "'a b; c'"]
    with pytest.raises(ValidationError, match="quoting: shell"):
        Transport(prefix=("/usr/bin/ssh", "web1", "--"))


# A brace may open the place of an input, which is another matter.
@given(st.lists(st.text(st.characters(exclude_characters="\x00{", exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_each_word_is_quoted_as_one_for_the_remote_shell(words: list[str]) -> None:
    import shlex  # noqa: PLC0415 - what reads it back, and no part of what is tested

    made = vector(command("x").model_copy(update={"run": tuple(words)}), Transport(quoting="shell"), {})
    assert shlex.split(" ".join(made)) == words


@pytest.mark.parametrize(
    ("code", "success", "why"),
    [
        ("print('done')", {"says": "^done$"}, ""),
        ("print('done'); exit(3)", {"says": "done"}, "it ended with exit code 3"),
        ("print('done'); exit(3)", {"says": "done", "exit": [0, 3]}, ""),
        ("print('No job matches')", {"says": "pushed back"}, "its output does not say that it succeeded"),
        ("print('DONE\\nan ERROR')", {"says": "done", "fails": "error"}, "its output tells of a failure"),
        ("", {"fails": "error"}, ""),
    ],
)
async def test_success_is_what_was_declared(code: str, success: Mapping[str, Any], why: str) -> None:
    result = await ran(python(code, success=success))
    assert (result.why, result.ok) == (why, not why)


def test_exit_codes_alone_are_not_believed_by_accident() -> None:
    with pytest.raises(ValidationError, match="say what success looks like"):
        command("true", success={"exit": [0]})
    with pytest.raises(ValidationError, match="no regular expression"):
        command("true", success={"says": "("})


async def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    code = f"sleep 60 & echo $! > {mark}; wait"
    async with asyncio.timeout(20):
        with pytest.raises(TookTooLong, match="did not end within 1 s"):
            await ran(command("sh", "-c", code, timeout="1s"))
    await _gone(int(mark.read_text()))


async def test_who_stops_waiting_ends_it_too(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    waiting = asyncio.create_task(ran(command("sh", "-c", f"echo $$ > {mark}; sleep 60; true", timeout="60s")))
    async with asyncio.timeout(20):
        while not mark.exists() or not mark.read_text():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await _gone(int(mark.read_text()))


async def _gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():  # noqa: ASYNC110, ASYNC240 - another process
            await asyncio.sleep(0.02)


async def test_a_child_that_keeps_the_output_open_is_not_waited_for() -> None:
    code = "import subprocess; print('begun', flush=True); subprocess.Popen(['sleep', '30'])"
    async with asyncio.timeout(20):
        result = await ran(python(code, success={"says": "begun"}))
    assert result.ok


async def test_of_a_long_output_the_end_is_kept() -> None:
    result = await ran(python("print('x' * 100_000); print('the end')", output_cap=1_000))
    assert result.cut
    assert result.output.endswith("the end")
    assert len(result.output) <= 1_000


async def test_secrets_leave_neither_the_bot_nor_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTOP_SLACK_BOT_TOKEN", "xoxb-very-secret")
    code = "import os; print(sorted(os.environ)); print(os.environ['HANDED_ON'], 'PASSWORD=hunter2', '\\x1b[31mred')"
    transport = Transport(environment=("HANDED_ON", "NOT_SET"))
    result = await ran(python(code), transport, {"HANDED_ON": "correct horse", "OTHER": "x"})
    assert "BACKSTOP_SLACK_BOT_TOKEN" not in result.output
    assert "OTHER" not in result.output
    assert result.output.splitlines()[1] == "[removed] PASSWORD=[removed] red"


async def test_what_cannot_be_run_is_told_apart(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_text("#!/bin/sh\n")
    for words, kind in ((("no-such-program",), NotThere), ((str(locked),), SystemRefused)):
        with pytest.raises(kind):
            await ran(command(*words))
    for code, error in ((127, NotThere), (126, SystemRefused)):
        with pytest.raises(error):
            await ran(python(f"exit({code})"))
    with pytest.raises(NotThere, match="folder in which it of S runs"):
        folder = Transport.model_validate({"folder": {"env": "FOLDER"}})
        await ran(command("true"), folder, {"FOLDER": str(tmp_path / "none")})
    here = Transport.model_validate({"folder": {"env": "FOLDER"}})
    assert (await ran(command("pwd"), here, {"FOLDER": str(tmp_path)})).output == str(tmp_path)


@pytest.fixture(scope="module")
async def ssh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ssh]:
    async with ssh_server(tmp_path_factory.mktemp("ssh")) as made:
        yield made


async def test_through_ssh_each_word_arrives_as_it_is(ssh: Ssh) -> None:
    transport = Transport(prefix=ssh.prefix, quoting="shell")
    hated = [word for word in HATED if word != "\n" and "{" not in word]  # a line each, and no places
    result = await ran(command(sys.executable, "-c", WORDS, *hated), transport)
    assert result.output.splitlines() == [f"{len(word)}:{word}" for word in hated]
    assert (await ran(command("sh", "-c", "exit 3"), transport)).why == "it ended with exit code 3"
    with pytest.raises(NotThere):
        await ran(command("no-such-program"), transport)


async def test_a_machine_that_ssh_cannot_reach_is_not_a_failed_command(ssh: Ssh) -> None:
    elsewhere = tuple(
        "1" if before == "-p" else word for before, word in zip(("", *ssh.prefix), ssh.prefix, strict=False)
    )
    with pytest.raises(SystemUnreachable):
        await ran(command("true"), Transport(prefix=elsewhere, quoting="shell"))


async def test_a_remote_command_ends_at_its_limit_here(ssh: Ssh) -> None:
    with pytest.raises(BackstopError, match="did not end within"):
        await ran(command("sleep", "30", timeout="1s"), Transport(prefix=ssh.prefix, quoting="shell"))


async def test_a_look_runs_only_what_is_safe_and_reads_a_log_by_it() -> None:
    line = "[2026-11-24 10:00:00] production.ERROR: it broke"
    header = r"\[(?P<time>[^\]]+)\] \w+\.(?P<level>\w+): (?P<message>.*)"
    commands = {
        "restart": command("true", safe=False),
        "read": python(f"print({line!r}); print('#0 trace')"),
        "fails": python("exit(1)"),
    }
    system = System.model_validate(
        {
            "name": "s", "family": "f", "title": "S", "connections": {}, "roles": {"names": []}, "commands": commands,
            "logs": {"app": {"command": "read", "header": header}, "none": {"command": "fails", "header": header}},
        }
    )  # fmt: skip
    look = Access({"s": system}, {}, lambda: datetime.now(UTC)).look("s", Inputs())
    with pytest.raises(SystemRefused, match="restart is not marked safe"):
        await look.run("restart")
    one, other = await asyncio.gather(look.log("app"), look.log("app"))
    assert one is other  # several checks that need it read it once
    assert await look.log("app") is not one
    (record,) = one.records
    assert (record.level, record.message, record.more) == ("ERROR", "it broke", ("#0 trace",))
    with pytest.raises(SystemRefused, match="could not read the log: it ended with exit code 1"):
        await look.log("none")
    assert await look.answers("read") == "read says that it works"
