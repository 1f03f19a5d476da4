"""Faults of the log: what goes wrong does not stand in it."""

import asyncio
import stat

from sandbox.zenamanage.faults.fault import Fault, setting
from sandbox.zenamanage.measured import TASKS
from sandbox.zenamanage.world import World

_HINT = "/diagnose errors-not-logged"
_PROBLEM = ("ErrorException", 'Undefined array key "assignee"')


async def _protect(world: World) -> None:
    folder = world.product.folder
    await asyncio.to_thread(folder.log.chmod, 0o444)
    await asyncio.to_thread(folder.logs.chmod, 0o555)


async def _unprotect(world: World) -> None:
    folder = world.product.folder
    if await _is_protected(world):
        await asyncio.to_thread(folder.logs.chmod, 0o755)
        await asyncio.to_thread(folder.log.chmod, 0o644)


async def _is_protected(world: World) -> bool:
    mode = (await asyncio.to_thread(world.product.folder.logs.stat)).st_mode
    return not mode & stat.S_IWUSR


async def _move(world: World) -> None:
    await world.product.folder.set("LOG_CHANNEL", "daily")
    await asyncio.to_thread(world.product.folder.log.unlink, missing_ok=True)


async def _move_back(world: World) -> None:
    if await _is_moved(world):
        await world.product.folder.set("LOG_CHANNEL")
        await world.product.log.begin()


async def _is_moved(world: World) -> bool:
    return world.product.folder.settings["LOG_CHANNEL"] == "daily"


async def _silence(world: World) -> None:
    if not await _is_silent(world):
        world.product.log.is_silent = True
        world.product.measured.record(TASKS, 30, has_failed=True, times=8)


async def _report(world: World) -> None:
    if await _is_silent(world):
        world.product.log.is_silent = False
        world.product.measured.begin()


async def _is_silent(world: World) -> bool:
    return world.product.log.is_silent and not world.product.behaviour.failing


LOG_FAULTS = (
    setting("log-channel-off", "Since the move nothing is logged: the channel is “null”", _HINT, "LOG_CHANNEL", "null"),
    setting("log-level-too-high", "Only emergencies are logged", _HINT, "LOG_LEVEL", "emergency"),
    Fault("log-not-writable", "The product may not write its log", _HINT, _protect, _unprotect, _is_protected),
    Fault("log-missing", "Since the last release there is a log for each day, and none where it was",
          _HINT, _move, _move_back, _is_moved),
    Fault("handler-silent", "Errors happen, and the handler of exceptions keeps them to itself",
          _HINT, _silence, _report, _is_silent),
)  # fmt: skip
