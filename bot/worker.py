"""The background tasks, one line each, and the worker that runs them. A task carries an id only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import procrastinate
import psycopg
from structlog.contextvars import bound_contextvars

from bot.app import Canvas
from bot.app.watches import Watches
from bot.approvals import Reminding, Voting
from bot.escalation import Climbing, Collecting, Escalations, Paging
from bot.execution import Executing, Verifying
from bot.model.talk import Subject, SubjectKind
from bot.store import QUEUES

_AT_ONCE = 16
# Seconds that a drawing leaves to what is to be begun, with which it competes; and what is over by then is drawn once
# instead of three times.
_LET_PASS = 0.1


@dataclass(frozen=True)
class Escalating:
    """What is done for escalations in the background."""

    escalations: Escalations
    collecting: Collecting
    climbing: Climbing
    paging: Paging

    async def sweep(self) -> None:
        """What is due, also what a stopped process left behind."""
        await self.escalations.consider_left()
        await self.climbing.climb_all()
        await self.paging.send_all()
        await self.collecting.collect_all()


def make_worker(
    address: str,
    executing: Executing,
    verifying: Verifying,
    voting: Voting,
    reminding: Reminding,
    escalating: Escalating,
    watches: Watches,
    canvas: Canvas,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> procrastinate.App:
    """The Procrastinate app with every task that `Work.defer` names. Open it, then `work(app)` on each queue."""
    # That a task was begun or is over need not outlive a crash of the server: what it is about has a state of its own,
    # by which a second run sees that it is done. So nobody waits for the disk here.
    connector = procrastinate.PsycopgConnector(
        conninfo=address, min_size=len(QUEUES), max_size=4, configure=_one_by_one,
        kwargs={"options": "-c synchronous_commit=off"},
    )  # fmt: skip
    app = procrastinate.App(connector=connector)

    @app.task(name="requests.execute")
    async def execute(id: str) -> None:
        with bound_contextvars(request=id):
            await executing.execute(id)

    @app.task(name="requests.verify")
    async def verify(id: str) -> None:
        with bound_contextvars(request=id):
            await verifying.verify(id)

    @app.task(name="requests.expire")
    async def expire(id: str) -> None:
        with bound_contextvars(request=id):
            await voting.expire(id)

    @app.task(name="requests.tell")
    async def tell(id: str, notice: str, roles: str, after: str) -> None:
        await reminding.tell_more(id, notice, roles, after)

    @app.task(name="requests.end_undo")
    async def end_undo(id: str) -> None:
        await voting.end_undo(id)

    @app.task(name="escalation.consider")
    async def consider(id: str) -> None:
        await escalating.escalations.consider(id)

    @app.task(name="escalation.collect")
    async def collect(id: str, occasion: str) -> None:
        await escalating.collecting.collect(id, occasion)

    @app.task(name="escalation.climb")
    async def climb(id: str) -> None:
        await escalating.climbing.climb(id)

    @app.task(name="escalation.page")
    async def page(id: str, pager: str) -> None:
        await escalating.paging.send(id, pager)

    @app.task(name="watches.look")
    async def look(id: str) -> None:
        await watches.look(id)

    @app.task(name="drawings.redraw")
    async def redraw(kind: str, id: str) -> None:
        await sleep(_LET_PASS)
        await canvas.redraw(Subject(kind=SubjectKind(kind), id=id))

    return app


async def _one_by_one(connection: psycopg.AsyncConnection[Any]) -> None:
    """Procrastinate's statements stand for themselves: a transaction around each would take three times as long."""
    await connection.set_autocommit(True)


async def work(app: procrastinate.App, queue: str) -> None:
    """Runs the tasks of one of `QUEUES` until cancelled; those that have begun are given a moment to end."""
    await app.run_worker_async(
        queues=[queue],
        concurrency=_AT_ONCE,
        fetch_job_polling_interval=1.0,
        delete_jobs="successful",
        install_signal_handlers=False,
        shutdown_graceful_timeout=5.0,
    )
