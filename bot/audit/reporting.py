"""Hands the figures of the past week to whoever posts them, once a week, by whichever replica comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

import structlog

from bot.audit.figures import Figures
from bot.audit.trail import AuditTrail
from bot.errors import BackstopError
from bot.model.audit import Event
from bot.model.people import BACKSTOP
from bot.model.values import Clock
from bot.store import Store, trail

log = structlog.get_logger()

_HOUR = time(8)  # UTC, on Mondays
_WEEK = timedelta(days=7)


async def report(store: Store, post: Callable[[Figures], Awaitable[None]], clock: Clock) -> bool:
    """Posts the figures of the past week if it is over and nobody did; that is on record. Raises what `post` raises."""
    now = clock()
    monday = datetime.combine(now.date() - timedelta(days=now.weekday()), _HOUR, now.tzinfo)
    end = monday if monday <= now else monday - _WEEK
    subject = f"week {(end - _WEEK).date():%G-W%V}"
    async with store.work() as work:
        await trail.wait_for_turn(work)  # two replicas that come at once go one after the other
        if await trail.about(work, [subject], limit=1):
            return False
        found = await AuditTrail(store).count(end - _WEEK, end)
        await post(found)
        work.record(Event(verb="audit.reported", person=BACKSTOP, at=now, subject=subject, says=found.says))
    return True


async def report_always(
    store: Store, post: Callable[[Figures], Awaitable[None]], clock: Clock, *, every: float = 600.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:  # fmt: skip
    """Looks every so many seconds whether a week is to be reported, until cancelled; what fails is tried again."""
    while True:
        try:
            await report(store, post, clock)
        except BackstopError as error:
            log.warning("audit.not_reported", sentence=error.sentence)
        except Exception:
            log.exception("audit.not_reported")
        await sleep(every)
