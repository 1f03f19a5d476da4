"""`run`: a bot that is connected to Slack, with a worker and the sweeps; stops in the order that loses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot import metrics
from bot.app import Unverified
from bot.audit import Folder, Notary, checkpoint_always, purge_by, report_always
from bot.catalog import Catalog
from bot.errors import BackstopError, ConfigurationError
from bot.model.values import Clock
from bot.registry import Registry
from bot.settings import Settings
from bot.slack.announcing import Announcer
from bot.slack.door import Door, connect
from bot.slack.files import SlackFiles
from bot.slack.link import Identity, identify, make_app, open_client
from bot.slack.people import SlackDirectory
from bot.slack.post import Poster
from bot.slack.socket_mode import Socket
from bot.store import QUEUES
from bot.store.memory import Addresses
from bot.wiring.building import Built, build, make_store, now, read
from bot.wiring.readiness import Readiness
from bot.worker import make_worker, work

log = structlog.get_logger()

RESCUE_SECONDS = 1.0  # what a killed process was to run is run elsewhere within this and a moment
_SWEEP_SECONDS = 3.0
_TIDY_SECONDS = 3600.0
_HTTP_PORT = 8080


class Running:
    """A bot at work. `stop_working` ends only its background tasks, `stop` everything."""

    def __init__(self, built: Built, poster: Poster, door: Door, stack: AsyncExitStack) -> None:
        self.built, self.poster, self.door, self.stack = built, poster, door, stack
        self.port = 0  # of the HTTP door, where that is used
        self.readiness: Readiness | None = None
        self._working: list[asyncio.Task[None]] = []

    def keep_going(self, *works: Coroutine[Any, Any, None]) -> None:
        """Runs these until the work is stopped."""
        self._working += [asyncio.create_task(one) for one in works]

    async def stop_working(self) -> None:
        """Ends the background tasks: nothing is executed, drawn again or expired any more."""
        for task in self._working:
            task.cancel()
        for task in self._working:
            with suppress(asyncio.CancelledError):
                await task
        self._working.clear()
        await self.built.sweeping.stop()

    @property
    def is_working(self) -> bool:
        """Whether the background tasks run."""
        return bool(self._working) and not any(task.done() for task in self._working)

    def say_stopping(self) -> None:
        """From now on it is not ready, so that a balancer sends what comes elsewhere."""
        if self.readiness is not None:
            self.readiness.is_stopping = True

    async def stop(self) -> None:
        """Stops listening, ends what was begun, then lets go of everything."""
        self.say_stopping()
        await self.stack.aclose()


@asynccontextmanager
async def run(
    settings: Settings,
    database: str,
    *,
    environment: Mapping[str, str] | None = None,
    clock: Clock = now,
    timer: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Running]:
    """A connected bot for the time of the block.

    Raises ConfigurationError for tokens that are missing or refused, CatalogError for YAML that does not hold together,
    Unrecordable when the bot's database is away.
    """
    token = _need(settings.slack_bot_token, "SLACK_BOT_TOKEN")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_client(token, settings.slack_api_url))
        identity, known = await _ask_and_read(client, settings)
        store = make_store(database)
        directory = SlackDirectory(client, identity.team, Addresses(store, clock).is_confirmed, clock)
        built = build(settings, store, directory, environment=environment, clock=clock, timer=timer, known=known)
        poster = Poster(client, built.bot, timer=timer)
        built.bot.canvas = poster
        built.escalating.collecting.files = SlackFiles(client)
        secret = settings.slack_signing_secret
        app = make_app(client, secret.get_secret_value() if secret else "")
        running = Running(built, poster, connect(app, built.bot, directory, poster, timer=timer), stack)
        stack.push_async_callback(built.bot.stop)
        stack.push_async_callback(built.presence.release)
        await built.presence.hold()
        stack.push_async_callback(poster.stop)
        tasks = make_worker(
            database, built.executing, built.verifying, built.bot.voting, built.reminding, built.escalating,
            built.bot.watches, poster,
        )  # fmt: skip
        await stack.enter_async_context(tasks.open_async())
        stack.push_async_callback(running.stop_working)
        await _note_start(built, settings, clock)
        stack.push_async_callback(running.door.stop)
        socket = (
            None
            if secret is not None
            else Socket(app, _need(settings.slack_app_token, "SLACK_APP_TOKEN"), settings.socket_connections)
        )
        running.readiness = Readiness(built, settings.state, lambda: running.is_working, socket=socket, timer=timer)
        if secret is not None or settings.http_port is not None:
            # In Socket Mode most bots listen nowhere, and need no server.
            from bot.http import make_http, pager_route, serve  # noqa: PLC0415
            from bot.slack.signed_http import http_route  # noqa: PLC0415

            refused = Unverified(store, clock).note
            # Pagers answer here as well; in Socket Mode only what a supervisor asks is served besides.
            routes = [
                pager_route(built.escalating.paging.hear, refused),
                *([http_route(app, refused)] if secret else []),
            ]
            http = make_http(*routes, is_ready=running.readiness.wrong, figures=running.readiness.figures)
            port = _HTTP_PORT if settings.http_port is None else settings.http_port
            running.port = await stack.enter_async_context(serve(http, settings.http_host, port))
        if socket is not None:
            stack.push_async_callback(socket.stop)
            await socket.start()
        # Last, for their first rounds take a tenth of a second, in which nobody would be heard. What is heard before
        # they begin waits in the database, and who asks for readiness meanwhile is told that nothing is executed yet.
        channel, resolved = settings.audit_channel, built.bot.overview.resolved
        announcer = Announcer(poster, directory, channel, resolved) if channel else None
        notary = Notary(store, Folder(settings.state / "audit"), clock, announcer.checkpoint if announcer else None)
        if announcer is not None:
            running.keep_going(report_always(store, announcer.figures, clock))
        running.keep_going(
            *(work(tasks, queue) for queue in QUEUES),
            checkpoint_always(notary),
            again_and_again(_noting_policy(built, clock)),
            built.presence.watch(),
            again_and_again(built.sweeping.rescue, RESCUE_SECONDS),
            again_and_again(built.sweeping.sweep),
            again_and_again(built.escalating.sweep),
            again_and_again(built.bot.watches.take_turns),
            again_and_again(poster.redraw_due),
            again_and_again(built.bot.diagnoses.record_late),
            again_and_again(built.bot.deliveries.forget_old, _TIDY_SECONDS),
            again_and_again(_purging(built, clock), _TIDY_SECONDS),
        )
        running.keep_going(again_and_again(partial(running.door.homes.follow, built.bot.desk.changes_since)))
        yield running


async def _ask_and_read(client: AsyncWebClient, settings: Settings) -> tuple[Identity, tuple[Registry, Catalog]]:
    """Who the bot is, and what people added and wrote: the files are read while Slack thinks."""
    asking = asyncio.create_task(identify(client))
    try:
        known = await asyncio.to_thread(read, settings)
    except BaseException:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        raise
    return await asking, known


async def _note_start(built: Built, settings: Settings, clock: Clock) -> None:
    """Which settings and policy are in force from now on is on record; where that cannot be, readiness says so."""
    try:
        policy = built.bot.catalog.policies.current()
        await built.bot.audit.note_start(built.presence.replica, policy, settings, clock, built.bot.catalog.digest)
    except BackstopError as error:
        log.warning("start.not_recorded", sentence=error.sentence)


def _noting_policy(built: Built, clock: Clock) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        await built.bot.audit.note_policy(built.bot.catalog.policies.current(), clock)

    return note


def _purging(built: Built, clock: Clock) -> Callable[[], Awaitable[None]]:
    async def remove() -> None:
        await purge_by(built.bot.catalog.policies.current(), built.bot.store, clock)

    return remove


async def again_and_again(step: Callable[[], Awaitable[None]], seconds: float = _SWEEP_SECONDS) -> None:
    """Repairs or draws what was left behind, every few seconds; what fails is tried again in the next round."""
    while True:
        try:
            await step()
        except BackstopError as error:
            metrics.sweep_failures.labels(_name(step)).inc()
            log.warning("sweep.failed", step=_name(step), sentence=error.sentence)
        except Exception:
            metrics.sweep_failures.labels(_name(step)).inc()
            log.exception("sweep.failed", step=_name(step))
        await asyncio.sleep(seconds)


def _name(step: Callable[[], Awaitable[None]]) -> str:
    return str(getattr(step, "__qualname__", step))


def _need(value: SecretStr | None, name: str) -> str:
    if value is None:
        raise ConfigurationError(f"BACKSTOP_{name} is not set; docs/how-to/install.md says where to find it.")
    return value.get_secret_value()
