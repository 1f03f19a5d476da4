"""Run as a program by test_embedded.py: starts both servers, says where they are, and waits to be killed."""

import asyncio
import json
import sys
from pathlib import Path

from bot.embedded import postgres, valkey


async def main(folder: Path, template: Path | None) -> None:
    async with postgres(folder / "pg", template=template) as database, valkey(folder / "vk") as cache:
        facts = {"pids": [database.pid, cache.pid], "database": database.url(), "cache": cache.url()}
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
