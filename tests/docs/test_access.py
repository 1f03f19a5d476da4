"""The rights that the page gives are enough for every runbook, and too few to change anything as the reader."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError
from sqlalchemy import make_url

from bot.access.redis import READS
from bot.access.redis_writer import WRITES
from bot.embedded import PostgresServer, ValkeyServer
from bot.model.diagnosis import Verdict
from bot.model.request import Helped, State
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps
from sandbox.aiops.database import DATABASE
from tests.bot.test_path import OLGA, SAM, People, asked, diagnosed
from tests.supported import ROOT

PAGE = (ROOT / "docs" / "how-to" / "give-access.md").read_text(encoding="utf-8")
STATEMENTS = "\n".join(re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RULES = {line.split()[2]: line.split()[3:] for line in PAGE.splitlines() if line.startswith("ACL SETUSER")}
PASSWORD = "a-password"


@pytest.fixture
async def granted(
    system: AiOps, postgres_server: PostgresServer, valkey_server: ValkeyServer
) -> AsyncIterator[Mapping[str, str]]:
    """The environment of a bot that has the rights of the page and no others."""
    names = ("backstop_reader", "backstop_tenant", "backstop_writer")
    statements = STATEMENTS.replace("'…'", f"'{PASSWORD}'")
    documented = {name: name.replace("backstop", "documented") for name in names}
    for name, other in documented.items():
        statements = statements.replace(name, other)
    admin = Redis.from_url(valkey_server.url())
    database = make_url(postgres_server.url(DATABASE))
    async with await psycopg.AsyncConnection.connect(postgres_server.url(DATABASE), autocommit=True) as superuser:
        await superuser.execute(statements.encode())
        for other in documented.values():
            await superuser.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {other}".encode())
        for name, rules in RULES.items():
            await admin.execute_command(
                *["ACL", "SETUSER", documented[name], *(one.replace("…", PASSWORD) for one in rules)]
            )  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

        def at(name: str) -> str:
            url = database.set(username=documented[name], password=PASSWORD)
            return url.render_as_string(hide_password=False)

        def cache(name: str) -> str:
            return re.sub(r"//[^@]*@", f"//{documented[name]}:{PASSWORD}@", valkey_server.url())

        yield {
            **system.environment,
            "AIOPS_DATABASE_URL": at("backstop_reader"), "AIOPS_DATABASE_TENANT_URL": at("backstop_tenant"),
            "AIOPS_DATABASE_WRITER_URL": at("backstop_writer"), "AIOPS_CACHE_URL": cache("backstop_reader"),
            "AIOPS_CACHE_WRITER_URL": cache("backstop_writer"),
        }  # fmt: skip
        await system.faults.heal_all()
        for other in documented.values():
            await admin.execute_command("ACL", "DELUSER", other)  # type: ignore[no-untyped-call]  # the same
            await superuser.execute(f"DROP OWNED BY {other}; DROP ROLE {other}".encode())
    await admin.aclose()


@pytest.fixture
async def built(granted: Mapping[str, str], addresses: Addresses, tmp_path: Path) -> AsyncIterator[Built]:
    """The bot with these rights."""
    settings = Settings(_env_file=None, state=tmp_path)
    made = build(settings, make_store(addresses.running), People(), environment=granted)
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()


async def test_every_runbook_works_with_these_rights_and_a_remedy_does(built: Built, system: AiOps) -> None:
    given = {"tenant": "tenant-abc", "user": "vera@example.com", "action": '"edit agents"'}
    for name, runbook in built.bot.catalog.runbooks.items():
        if runbook.family == "aiops":
            text = " ".join(f"{key}={value}" for key, value in given.items() if key in runbook.inputs)
            diagnosis = await diagnosed(built, SAM, f"{name} {text}")
            assert diagnosis.verdict is Verdict.NO_FAULT, [
                (one.check, one.code, one.seen) for one in diagnosis.unknowns
            ]
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    await built.bot.voting.approve(OLGA, request.id)
    await built.executing.execute(request.id)
    await built.verifying.verify(request.id)
    done = await built.bot.voting.get(request.id)
    assert (done.state, done.verification and done.verification.helped) == (State.DONE, Helped.YES)


async def test_the_reader_cannot_write(granted: Mapping[str, str]) -> None:
    async with await psycopg.AsyncConnection.connect(granted["AIOPS_DATABASE_URL"], autocommit=True) as reader:
        await reader.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await reader.execute("UPDATE agents SET name = name")
    async with Redis.from_url(granted["AIOPS_CACHE_URL"]) as cache:
        for command in (("SET", "a", "b"), ("UNLINK", "a"), ("FLUSHALL",), ("KEYS", "*"), ("EVAL", "return 1", 0)):
            with pytest.raises(NoPermissionError):
                await cache.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


def test_the_page_allows_exactly_the_commands_that_the_bot_sends() -> None:
    def allowed(name: str) -> set[str]:
        every = {one[1:].replace("|", " ").upper() for one in RULES[name] if one.startswith("+")}
        return every - {"HELLO", "SELECT", "CLIENT SETNAME", "CLIENT SETINFO"}  # what a connection begins with

    assert allowed("backstop_reader") == READS
    assert allowed("backstop_writer") == WRITES
