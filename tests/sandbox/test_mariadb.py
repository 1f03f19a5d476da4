"""A MariaDB of one's own keeps its data, lets nobody in without a password, and goes when its parent does."""

import asyncio
import signal
import sys
from pathlib import Path

import asyncmy
import pytest
from asyncmy.errors import OperationalError

from bot.embedded.errors import EmbeddedError
from sandbox.mariadb import MariadbServer, mariadb
from tests.supported import ROOT

PARENT = """
import asyncio, pathlib, sys
from sandbox.mariadb import mariadb
async def main():
    async with mariadb(pathlib.Path(sys.argv[1])) as server:
        print(server.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_nobody_gets_in_without_a_password(mariadb_server: MariadbServer) -> None:
    for user in ("root", "admin", ""):
        with pytest.raises(OperationalError):
            await asyncmy.connect(host=mariadb_server.host, port=mariadb_server.port, user=user, password="")


async def test_it_goes_when_its_parent_is_killed_and_its_data_stays(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        pid = int(await parent.stdout.readline())
    with pytest.raises(EmbeddedError, match="is in use by another"):
        async with mariadb(folder):
            pytest.fail("one folder is one server's")
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(20):
        while await asyncio.to_thread(Path(f"/proc/{pid}/exe").exists):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    async with mariadb(folder) as again:
        assert again.pid != pid
