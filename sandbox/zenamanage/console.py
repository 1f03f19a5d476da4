"""The commands of an administrator, carried out on the running product, with the output that the real ones have."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import RedisError

from sandbox.gate import Passage
from sandbox.zenamanage.product import kpi_key
from sandbox.zenamanage.queues import RESTART, USUAL_TEAMS, key, written
from sandbox.zenamanage.seed import TENANTS
from sandbox.zenamanage.slo import violations
from sandbox.zenamanage.world import World

_MODE = re.compile(r"[0-7]{3}")
_SERVICES = {
    "mysql": "database", "mariadb": "database", "redis": "cache", "redis-server": "cache",
    "php-fpm": "php", "php8.2-fpm": "php", "nginx": "web", "websocket": "socket", "zena-websocket": "socket",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a command ended with."""

    output: str
    status: int = 0


@dataclass(frozen=True)
class Console:
    """Carries out argument vectors. A command that is not known is answered as the real one would answer it."""

    world: World

    async def run(self, words: list[str]) -> Said:
        """Carries out one command."""
        rest = words[1:] if words[:1] == ["sudo"] else words
        match rest:
            case ["php", "artisan", name, *arguments]:
                try:
                    said = await self._artisan(name, arguments)
                except RedisError as problem:
                    said = Said(f"\n   RedisException\n\n  {problem}\n\n", 1)
            case ["systemctl", "restart", service] if service in _SERVICES:
                said = await self._restart(_SERVICES[service])
            case ["systemctl", "is-active", service] if service in _SERVICES:
                said = self._is_active(_SERVICES[service])
            case ["supervisorctl", "restart", *_]:
                await self._restart_workers([])
                said = Said("zena-workers:zena-workers_00: stopped\nzena-workers:zena-workers_00: started\n")
            case ["zena-workers", "scale", "workers", number] if number.isdigit():
                said = await self._scale(int(number))
            case ["chmod", "-R", mode, "storage/logs"] if _MODE.fullmatch(mode):
                said = await asyncio.to_thread(self._chmod, int(mode, 8))
            case _:
                said = Said(f"{rest[0] if rest else ''}: command not found\n", 127)
        return said

    async def _artisan(self, name: str, arguments: list[str]) -> Said:
        commands: dict[str, Callable[[list[str]], Awaitable[Said]]] = {
            "queue:restart": self._restart_workers, "queue:retry": self._retry, "queue:forget": self._forget,
            "queue:failed": self._failed, "queue:scale": self._scale_to, "cache:clear": self._clear_cache,
            "config:clear": self._clear_config, "down": self._down, "up": self._up, "db:backup": self._back_up,
            "db:check-integrity": self._check_integrity, "slo:check": self._check_slo, "test": self._test,
            "about": self._about, "password:send-reset": self._send_reset, "websocket:serve": self._serve_socket,
        }  # fmt: skip
        if name not in commands:
            return Said(f'\n  ERROR  Command "{name}" is not defined.\n\n', 1)
        return await commands[name](arguments)

    async def _restart_workers(self, _: list[str]) -> Said:
        world = self.world
        await world.cache.set(RESTART, str(world.clock().timestamp()))
        if not world.product.workforce.workers:
            await world.hire_the_usual()  # their supervisor starts them
        await world.product.workforce.turn()
        return Said("\n   INFO  Broadcasting queue restart signal.\n\n")

    async def _retry(self, arguments: list[str]) -> Said:
        lines = []
        for uuid in arguments:
            found = await self.world.rows("SELECT queue, payload FROM failed_jobs WHERE uuid = %s", uuid)
            if not found:
                lines.append(f'   ERROR  Unable to find failed job with ID [{uuid}].')  # fmt: skip
                continue
            try:
                job = json.loads(found[0]["payload"])
            except ValueError:
                return Said("".join([*lines, "\n   ERROR  Syntax error.\n"]), 1)
            await self.world.cache.rpush(key(found[0]["queue"]), written({**job, "attempts": 0}))
            await self.world.change("DELETE FROM failed_jobs WHERE uuid = %s", uuid)
            lines.append(f"   INFO  Pushing failed queue jobs back onto the queue.\n\n  {uuid} ..... DONE")
        return Said("\n" + "\n".join(lines) + "\n")  # also for an id that is not known: as Laravel does

    async def _forget(self, arguments: list[str]) -> Said:
        if arguments and await self.world.change("DELETE FROM failed_jobs WHERE uuid = %s", arguments[0]):
            return Said("\n   INFO  Failed job deleted successfully.\n\n")
        return Said("\n   ERROR  No failed job matches the given ID.\n\n")

    async def _failed(self, _: list[str]) -> Said:
        found = await self.world.rows("SELECT uuid, queue, failed_at FROM failed_jobs ORDER BY id DESC LIMIT 50")
        lines = [f"  {row['failed_at']} {row['uuid']} ... redis@{row['queue']}" for row in found]
        return Said("\n".join(lines) + "\n" if lines else "\n   INFO  No failed jobs found.\n\n")

    async def _scale_to(self, arguments: list[str]) -> Said:
        return await self._scale(int(arguments[0]))

    async def _scale(self, workers: int) -> Said:
        force = self.world.product.workforce
        teams = [USUAL_TEAMS[number % len(USUAL_TEAMS)] for number in range(workers)]
        await force.hire(*teams, forgotten_by=self.world.cache)
        force.per_turn = max(force.per_turn, 50)
        await force.turn()
        return Said(f"zena-workers: {workers} processes\n")

    async def _clear_cache(self, _: list[str]) -> Said:
        # The real one empties the whole database, queues and revoked tokens with it. Here it would end the demo.
        for tenant in TENANTS:
            await self.world.cache.unlink(kpi_key(tenant.id))
        async for name in self.world.cache.scan_iter("cache:tenant:*", 1000):
            await self.world.cache.unlink(name)
        return Said("\n   INFO  Application cache cleared successfully.\n\n")

    async def _clear_config(self, _: list[str]) -> Said:
        return Said("\n   INFO  Configuration cache cleared successfully.\n\n")

    async def _down(self, _: list[str]) -> Said:
        self.world.product.behaviour.is_in_maintenance = True
        return Said("\n   INFO  Application is now in maintenance mode.\n\n")

    async def _up(self, _: list[str]) -> Said:
        self.world.product.behaviour.is_in_maintenance = False
        return Said("\n   INFO  Application is now live.\n\n")

    async def _back_up(self, _: list[str]) -> Said:
        folder = self.world.product.folder.path / "storage/backups"
        counts = {table: await self.world.ask(f"SELECT count(*) FROM {table}") for table in ("projects", "tasks")}
        path = folder / f"zenamanage-{self.world.clock():%Y%m%d-%H%M%S}.sql"
        await asyncio.to_thread(path.write_text, f"-- rows: {json.dumps(counts)}\n", "utf-8")
        return Said(f"Backup written: storage/backups/{path.name}\n")

    async def _check_integrity(self, _: list[str]) -> Said:
        problems = [] if self.world.product.behaviour.integrity_holds else ["checksum of table audit_logs differs"]
        orphans = await self.world.ask(
            "SELECT count(*) FROM tasks LEFT JOIN projects ON projects.id = project_id WHERE projects.id IS NULL"
        )
        if orphans:
            problems.append(f"{orphans} tasks without a project")
        if problems:
            return Said("".join(f"CORRUPT {one}\n" for one in problems), 1)
        return Said("Integrity check passed: no problems found.\n")

    async def _check_slo(self, _: list[str]) -> Said:
        broken = await violations(self.world)
        if broken:
            return Said("".join(f"VIOLATED {one}\n" for one in broken), 1)
        return Said("All SLOs are met.\n")

    async def _test(self, arguments: list[str]) -> Said:
        if arguments not in (["--filter", "TenantIsolation"], ["--filter=TenantIsolation"]):
            return Said("\n   INFO  No tests found.\n\n")
        if self.world.product.behaviour.isolation_holds:
            return Said("\n   PASS  Tests\\Feature\\TenantIsolationTest\n\n  Tests:    6 passed (14 assertions)\n")
        return Said(
            "\n   FAIL  Tests\\Feature\\TenantIsolationTest\n  ⨯ tenant cannot see projects of another tenant\n\n"
            "  Tests:    1 failed, 5 passed (14 assertions)\n", 1,
        )  # fmt: skip

    async def _about(self, _: list[str]) -> Said:
        settings, behaviour = self.world.product.folder.settings, self.world.product.behaviour
        drivers = {
            "cache": settings["CACHE_DRIVER"],
            "logs": settings["LOG_CHANNEL"],
            "queue": settings["QUEUE_CONNECTION"],
        }
        environment = {"application_name": "ZenaManage", "maintenance_mode": behaviour.is_in_maintenance}
        return Said(json.dumps({"environment": environment, "drivers": drivers}) + "\n")

    async def _send_reset(self, arguments: list[str]) -> Said:
        found = await self.world.rows("SELECT id FROM users WHERE id = %s", *arguments[:1]) if arguments else []
        if not found:
            return Said("We can't find a user with that id.\n", 1)
        self.world.product.mails.append(arguments[0])
        return Said("Password reset link sent.\n")

    async def _serve_socket(self, _: list[str]) -> Said:
        return await self._restart("socket")

    async def _restart(self, service: str) -> Said:
        world = self.world
        if service == "php":
            world.product.behaviour.php_runs = True
            world.product.behaviour.remembered.clear()
            await world.end_connections("connections-full", "connections-leak")
        elif gate := world.gates.get({"web": "api"}.get(service, service)):
            await gate.set(Passage.OPEN)
            if world.product.behaviour.health_says == "up":
                world.product.behaviour.health_says = ""  # what it says is true again
        if service == "socket":
            world.sockets.is_running = True
            world.sockets.answers = True  # it hung
        if service == "database":
            await world.end_connections(*world.held)
        return Said("")

    def _is_active(self, service: str) -> Said:
        is_active = self.world.product.behaviour.php_runs
        if service != "php":
            is_active = self.world.gates[{"web": "api"}.get(service, service)].passage is not Passage.REFUSED
        return Said("active\n") if is_active else Said("inactive\n", 3)

    def _chmod(self, mode: int) -> Said:
        folder = self.world.product.folder
        for place in (folder.logs, folder.log):
            with contextlib.suppress(FileNotFoundError):
                place.chmod(mode)
        return Said("")
