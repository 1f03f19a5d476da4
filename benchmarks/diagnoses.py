"""How long a diagnosis takes, beside its slowest check and beside the runbook's commands."""

import asyncio
import json
import os
import shlex
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.child import child, line
from benchmarks.figure import Figure, median
from benchmarks.ground import Ground
from bot.embedded.account import choose_account
from bot.embedded.programs import find_postgres

_TIMES = 20
_OF_VERA = (
    "SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = "
    "(SELECT id FROM users WHERE email = 'vera@example.com')"
)
_ALL = "data-sync tenant=tenant-abc user=vera@example.com"


async def diagnoses(on: Ground) -> list[Figure]:
    """Both figures."""
    past = on.past_gates()
    return [await _overhead(past), await _against_commands(past)]


async def _overhead(on: Ground) -> Figure:
    taken = await _taken(on, "stale-data tenant=tenant-abc", _TIMES * 2)
    return Figure(
        "a diagnosis, beyond its slowest check", median([whole - slowest for whole, slowest in taken]) * 1000, "ms", 50
    )


async def _against_commands(on: Ground) -> Figure:
    script = await _script(on)
    # Before and after, for the machine is others' as well, and is not always as quick.
    commands = [await _carried_out(script) for _ in range(_TIMES // 2)]
    whole = [took for took, _ in await _taken(on, _ALL, _TIMES)]
    commands += [await _carried_out(script) for _ in range(_TIMES // 2)]
    return Figure(
        "data-sync, all branches", median(whole) * 1000, "ms", 1 / 3,
        f"the runbook's {script.count(chr(10)) + 1} commands one after the other", median(commands) * 1000,
        note="without the time that `docker exec` would add",
    )  # fmt: skip


async def _carried_out(script: str) -> float:
    """The seconds that the commands take."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        "bash", "-eo", "pipefail", "-c", script, stdout=asyncio.subprocess.DEVNULL, env={**os.environ}
    )
    if await process.wait():
        raise RuntimeError("the runbook's commands failed, so nothing can be held against them")
    return time.perf_counter() - started


async def _taken(on: Ground, text: str, times: int) -> list[tuple[float, float]]:
    """Of so many diagnoses, the seconds of each and of its slowest check; the platform answers from here."""
    olga = await on.client.person("olga")
    arguments = (olga.id, olga.name, text, str(times))
    async with child("benchmarks.diagnosing", *arguments, environment=on.environment()) as process:
        return [(whole, slowest) for whole, slowest in json.loads(await line(process))]


async def _script(on: Ground) -> str:
    """The commands of the source runbook, section by section: psql, redis (spoken by bash itself) and curl."""
    psql = (await find_postgres(await choose_account())) / "psql"
    if not psql.exists():
        psql = Path(shutil.which("psql") or "psql")
    env = on.system.environment
    database, cache = shlex.quote(env["AIOPS_DATABASE_URL"]), urlsplit(env["AIOPS_CACHE_URL"])
    login = f"AUTH {cache.username} {cache.password}"

    def sql(text: str) -> str:
        return f"{psql} {database} -qc {shlex.quote(text)}"

    def redis(text: str) -> str:
        said = shlex.quote(f"{login}\\r\\n{text}\\r\\nQUIT\\r\\n")
        return f"(exec 3<>/dev/tcp/{cache.hostname}/{cache.port}; printf {said} >&3; cat <&3)"

    def api(path: str) -> str:
        return f"curl -sS -H 'Authorization: Bearer {env['AIOPS_API_TOKEN']}' '{env['AIOPS_API_URL']}/api/v1/{path}'"

    return "\n".join((
        sql("SELECT COUNT(*) FROM agents WHERE tenant_id = 'tenant-abc'"),
        sql("SELECT current_setting('app.current_tenant_id', true)"),
        sql("SELECT * FROM agents WHERE tenant_id = 'tenant-abc'"),
        api("agents?tenant_id=tenant-abc"),
        sql(_OF_VERA + " AND tenant_id = 'tenant-abc'"),
        sql(_OF_VERA),
        redis("TTL metrics:dashboard:tenant-abc"),
        redis("TTL metrics:agents:tenant-abc"),
        redis("TTL tenant-config:tenant-abc"),
        api("metrics/summary?tenant_id=tenant-abc"),
        sql(
            "SELECT id, agent_id, status, created_at FROM agent_executions WHERE tenant_id = 'tenant-abc' "
            "ORDER BY created_at DESC LIMIT 10"
        ),
        api("executions?tenant_id=tenant-abc&limit=10"),
        sql("SELECT tenant_id, COUNT(*) FROM agents GROUP BY tenant_id ORDER BY tenant_id"),
        sql(
            "SELECT tenant_id, COUNT(*) FROM agent_executions WHERE created_at > NOW() - INTERVAL '24 hours' "
            "GROUP BY tenant_id ORDER BY tenant_id"
        ),
        sql("SELECT u.email, r.tenant_id, r.role FROM users u JOIN user_tenant_roles r ON u.id = r.user_id"),
        sql(
            "SELECT COUNT(*) FROM agents a LEFT JOIN tenant_configs t ON a.tenant_id = t.tenant_id "
            "WHERE t.tenant_id IS NULL"
        ),
        f"tail -n 100 {shlex.quote(env['AIOPS_API_LOG'])} | (grep -i 'error\\|exception' || true)",
    ))  # fmt: skip
