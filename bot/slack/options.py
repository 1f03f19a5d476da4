"""Type-ahead: the answer is the acknowledgement, within a second, and empty when something goes wrong."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from bot.errors import BackstopError
from bot.model.people import Directory
from bot.slack.blocks import Block, options
from bot.slack.heard import values
from bot.slack.needs import Services

log = structlog.get_logger()

_BUDGET = 1.0  # seconds


async def suggested(
    bot: Services, directory: Directory, body: Mapping[str, Any], budget: float = _BUDGET
) -> list[Block]:
    """The options for what somebody types; a system that was chosen in the form goes before the one it began with."""
    name, typed = str(body.get("action_id") or ""), str(body.get("value") or "")
    handler = bot.registry.handlers.get(("suggestion", name))
    if handler is None:
        log.warning("options.unknown", source=name)
        return []
    about = str(body.get("block_id") or "").partition("|")[2]
    about = values(body.get("view") or {}).get("system", about)
    try:
        async with asyncio.timeout(budget):
            person = await directory.person(str(body["user"]["id"]))
            return options(await handler.call(bot, person, about, typed))
    except TimeoutError:
        log.info("options.too_slow", source=name)
    except BackstopError as error:
        log.info("options.failed", source=name, sentence=error.sentence)
    except Exception:
        log.exception("options.failed", source=name)
    return []
