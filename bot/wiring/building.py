"""`build`: every service of the bot, joined; nothing is connected to Slack yet."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.access.access import Access
from bot.access.secrets import Secrets
from bot.app import Bot, Canvas, Intake
from bot.app.lookup import Finder
from bot.app.procedure import Procedures
from bot.app.revealing import Revealing
from bot.app.watches import Watches
from bot.approvals import Asking, Desk, Reminding, Standing, Telling, Voting
from bot.audit import AuditTrail
from bot.catalog import Catalog
from bot.diagnosis import Checks, Diagnoses
from bot.escalation import Climbing, Collecting, Escalations, Grounds, Handling, Offering, Overview, Paging, Undelivered
from bot.execution import Claims, Executing, Sweeping, Verifying
from bot.model.people import Directory
from bot.model.values import Clock, NewId
from bot.registry import Registry, load
from bot.roles import Roles
from bot.settings import Settings
from bot.store import Store
from bot.store.drawings import Drawings
from bot.store.memory import Deliveries
from bot.store.presence import Presence
from bot.worker import Escalating

_PEOPLE_ADD = ("probes", "actions", "handlers")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Built:
    """A bot without its connections to Slack and its worker."""

    bot: Bot
    presence: Presence
    executing: Executing
    verifying: Verifying
    reminding: Reminding
    sweeping: Sweeping
    escalating: Escalating


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id that sorts by time and cannot be guessed (a ULID)."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))


def registry() -> Registry:
    """Everything that probes, actions and handlers declare."""
    return load(*_PEOPLE_ADD)


def make_store(database: str) -> Store:
    """The bot's database at this address."""
    return Store(database)


def read(settings: Settings) -> tuple[Registry, Catalog]:
    """What people added and wrote. Raises CatalogError when the YAML files do not hold together."""
    declared = registry()
    return declared, Catalog.read(settings.folder, declared, settings.policies, settings.systems)


def build(
    settings: Settings,
    store: Store,
    directory: Directory,
    *,
    environment: Mapping[str, str] | None = None,
    clock: Clock = now,
    ids: NewId = new_id,
    timer: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    canvas: Canvas | None = None,
    known: tuple[Registry, Catalog] | None = None,
) -> Built:
    """Joins the services on the bot's database; `known` is what `read` gave, where that was read before.

    Raises CatalogError when the YAML files do not hold together.
    """
    declared, catalog = known or read(settings)
    environment = os.environ if environment is None else environment
    access = Access(catalog.systems, environment, clock, sleep)
    roles = Roles(catalog, access, clock)
    standing = Standing(catalog, declared, roles, directory, store, clock)
    checks = Checks(declared, access, timer)
    # No two processes share a name, also not one after the other: what the first left behind is found by its name.
    replica = f"{settings.replica or f'{socket.gethostname()}-{os.getpid()}'}-{secrets.token_hex(3)}"
    presence = Presence(store.address, replica)
    telling = Telling(standing, directory, clock)
    asking = Asking(standing, telling, access, store, clock, ids)
    voting = Voting(standing, asking, telling, store, clock)
    claims = Claims(standing, telling, store, presence, clock)
    executing = Executing(claims, asking, checks, catalog, access, store, clock, sleep)
    reminding = Reminding(standing, telling, store, clock)
    # Slack comes by HTTP where it has a signing secret; pagers answer by the same listener.
    listens = settings.slack_signing_secret is not None
    paging = Paging(standing, Secrets(environment), store, clock, listens=listens)
    offering = Offering(standing, access, Secrets(environment), clock)
    diagnoses = Diagnoses(catalog, declared, checks, store, clock, ids, timer, replica)
    grounds = Grounds(standing, catalog, diagnoses, store, clock)
    escalations = Escalations(standing, catalog, directory, offering, grounds, store, clock, ids)
    finder = Finder(access, standing)
    intake = Intake(catalog, finder)
    bot = Bot(
        catalog=catalog, registry=declared, clock=clock, access=access, store=store, directory=directory,
        drawings=Drawings(store, clock, presence), deliveries=Deliveries(store, clock), intake=intake,
        finder=finder, standing=standing, asking=asking, voting=voting, desk=Desk(standing, store),
        audit=AuditTrail(store, settings.state / "audit"),
        diagnoses=diagnoses, watches=Watches(catalog, intake, standing, diagnoses, directory, store, clock, ids),
        revealing=Revealing(standing, diagnoses, store, clock),
        escalations=escalations, procedures=Procedures(catalog, asking, store),
        overview=Overview(standing, store, clock),
        handling=Handling(standing, directory, paging, store, clock),
        undelivered=Undelivered(standing, catalog, directory, store, clock),
    )  # fmt: skip
    if canvas is not None:
        bot.canvas = canvas
    return Built(
        bot=bot, presence=presence, executing=executing,
        verifying=Verifying(claims, checks, catalog, store, clock, sleep), reminding=reminding,
        sweeping=Sweeping(claims, executing, voting, reminding, presence, store, declared, clock),
        escalating=Escalating(
            escalations, Collecting(standing, catalog, access, store, clock, ids),
            Climbing(standing, directory, paging, store, clock), paging,
        ),
    )  # fmt: skip
