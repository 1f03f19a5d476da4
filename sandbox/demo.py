"""`make demo`: starts everything that a person needs to try the bot, says so as it goes, and stops all of it."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from rich.console import Console

from bot.embedded import postgres, valkey
from bot.settings import Settings
from bot.wiring import prepared_database
from sandbox.stage import stage, system_to_break
from sandbox.together import together
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import zenamanage

_PORT = 8717
# PostgreSQL would end by having a thousand files written to the disk, for seconds. Nothing here has to survive a crash
# of the machine; where one broke it, the folder is removed, and all of it is made anew.
_QUICK = {"fsync": "off", "full_page_writes": "off"}
_LINES = """
[bold]Open {address}[/bold]   (Ctrl-C stops everything)

  You are Sam, who supports customers. Four things to try:
  1. Under “Break something” choose [bold]{title}[/bold], then type
     [bold]/diagnose stale-data tenant=tenant-abc[/bold] in #backend-support.
  2. Press [bold]Clear cache…[/bold], give a reason; switch to Olga (top left) and approve it. Then: [bold]/audit[/bold]
  3. Say it in your own words: [bold]/diagnose old numbers on the dashboard[/bold]
  4. Break the other system, ZenaManage: [bold]Nobody works on the queues any more[/bold], then
     [bold]/diagnose queue-backlog[/bold]

  Without Slack, in another terminal here: [dim]{python} -m bot diagnose --env {env} stale-data tenant=tenant-abc[/dim]
"""


async def run(settings: Settings, out: Console, port: int) -> None:
    """Runs the demo until Ctrl-C or SIGTERM. Only what it started itself is touched; all of it is on 127.0.0.1."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    folder = settings.state / "demo"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        with out.status("Starting an embedded PostgreSQL, and a Valkey for each system …") as status:
            servers = together(postgres(folder / "postgres", settings=_QUICK), valkey(folder / "valkey"), valkey())
            server, cache, other_cache = await enter(servers)
            status.update("Starting an AI-agents platform and ZenaManage, which are there to be broken …")
            preparing = asyncio.create_task(prepared_database(server, folder, settings.running_role))
            system, zena = await enter(together(system_to_break(server, cache), zenamanage(server, other_cache)))
            database = await preparing
            status.update("Starting the local Slack workspace and the bot …")
            policies = await asyncio.to_thread(_policies_for_whoever_is_here, settings, folder)
            files = await asyncio.to_thread(
                write_systems, settings.systems or settings.folder / "systems", folder / "systems", Kind.POSTGRESQL
            )
            mine = settings.model_copy(update={"policies": policies, "systems": files, "state": folder})
            port = port or usual_port()
            staged = await enter(stage(mine, database, system, zena, port=port))
        named = {"BACKSTOP_POLICIES": str(policies), "BACKSTOP_SYSTEMS": str(files), **system.environment}
        env = await asyncio.to_thread(_write_env, folder, database, {**named, **zena.environment})
        never = next(fault for fault in await system.faults.panel() if fault.name == "never-expires")
        python = _shown(Path(sys.executable))
        if not port:
            out.print(f"Port {_PORT} is taken, perhaps by another demo, so this one is elsewhere.")
        out.print(_LINES.format(address=staged.served.address, title=never.title, python=python, env=_shown(env)))
        await stopped.wait()
        out.print("Stopping everything that was started …")


def usual_port() -> int:
    """The same address each time, so that an open tab finds it again; 0, which is any, while it is taken."""
    with contextlib.closing(socket.socket()) as probe:
        # As a server binds it: what is left of the connections of a demo that just ended is in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _PORT))
        except OSError:
            return 0
    return _PORT


def _policies_for_whoever_is_here(settings: Settings, folder: Path) -> Path:
    """The shipped policies, with this operating-system account as Sam's, so that the terminal can be tried too."""
    source, target = settings.policies or settings.folder / "policies", folder / "policies"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    people = yaml.safe_load((target / "people.yml").read_text(encoding="utf-8"))
    sam = next(person for person in people["people"] if person.get("email") == "sam@example.com")
    sam.setdefault("terminal", []).append(pwd.getpwuid(os.geteuid()).pw_name)
    (target / "people.yml").write_text(yaml.safe_dump(people, sort_keys=False), encoding="utf-8")
    return target


def _write_env(folder: Path, database: str, environment: Mapping[str, str]) -> Path:
    """The settings of the running demo as a file, for `backstop diagnose --env`."""
    path = folder / "demo.env"
    pairs = {"BACKSTOP_DATABASE_URL": database, "BACKSTOP_STATE": str(folder), **environment}
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in pairs.items()), encoding="utf-8")
    return path


def _shown(path: Path) -> str:
    """A path as short as it can be typed here."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    with contextlib.suppress(ValueError):
        return f"~/{path.relative_to(Path.home())}"
    return str(path)
