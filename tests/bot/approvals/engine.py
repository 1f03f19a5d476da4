"""The approval engine on a real PostgreSQL, with one small action in a world of its own, and people who can change."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from bot.access.access import Access
from bot.approvals import Asking, Desk, Reminding, Standing, Telling, Voting
from bot.audit import AuditTrail
from bot.catalog import Catalog
from bot.diagnosis import Checks
from bot.errors import CatalogError, NotAPerson
from bot.execution import Claims, Executing, Sweeping
from bot.model.inputs import Input, Inputs, InputType
from bot.model.people import Person
from bot.model.policy import ApprovalsFile, Policy, Scope
from bot.model.policy import PeopleFile as People
from bot.model.request import Item, Outcome, Preview, Request
from bot.model.system import Roles as RoleNames
from bot.model.system import System
from bot.registry import Action, Params, Registry
from bot.roles import Roles
from bot.store import Store
from bot.store.presence import Presence
from bot.wiring import make_store

ROLES = ("super_admin", "operator", "viewer")
ASK = {
    "viewer": {"approvals": 1, "by": ["operator", "super_admin"]},
    "operator": {"approvals": 2, "by": ["operator", "super_admin"]},
    "super_admin": "allow",
}
RULE = {"id": "touch", "action": "touch", "ask": ASK, "break_glass": {"roles": ["operator"], "review": "24h"}}
SYSTEM = System(
    name="s", family="f", title="S", connections={}, caches={},
    roles=RoleNames(names=ROLES, may_grant={"super_admin": ROLES, "operator": ("viewer",)}),
)  # fmt: skip


@dataclass
class World:
    """What the action changes, and how it behaves."""

    left: list[str] = field(default_factory=lambda: ["a", "b"])
    applied: list[str] = field(default_factory=list)  # ids of requests
    gate: asyncio.Event | None = None
    fails: BaseException | None = None
    items: tuple[Item, ...] = ()  # what is to be changed, where it is something else than what is left


class Touch(Params):
    """Touches what is left in the world."""

    grants: str = ""

    async def preview(self, look: Any) -> Preview:
        """What is left."""
        left = tuple(Item(name=name, before="there", after="gone") for name in look.world.left)
        items = look.world.items or left
        if self.grants and not look.world.items:
            items = (Item(name="somebody", before="none", after=self.grants),)
        return Preview(says=f"Touches {len(items)}", items=items, at=look.now())

    async def apply(self, change: Any) -> Outcome:
        """Touches all that was approved."""
        if change.world.gate is not None:
            await change.world.gate.wait()
        change.world.applied.append(change.request.id)
        if change.world.fails is not None:
            raise change.world.fails
        return Outcome(says="touched", undo={})


def action(name: str = "touch", scope: Scope = Scope.TENANT, **fields: Any) -> Action:
    """The action as it would be declared."""
    declared: dict[str, Any] = {
        "says": "Touches.", "label": name.title(), "needs": ("tenant",) if scope is Scope.TENANT else (),
        "about": ("tenant",) if scope is Scope.TENANT else (), "idempotent": False, "unit": "item", "source": "tests",
        "danger": False, "benefits": "", "grants": "", "asks": {}, "params": Touch,
        "takes": (), "is_fix": True, "limit": timedelta(seconds=60),
    }  # fmt: skip
    return Action(name=name, scope=scope, **{**declared, **fields})


class Files:
    """Policy files that a test can change, or break."""

    def __init__(self, *rules: Mapping[str, Any], people: Mapping[str, Any], **more: Any) -> None:
        self.is_broken = False
        self.change(*rules, people=people, **more)

    def change(self, *rules: Mapping[str, Any], people: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Puts other rules or people in force."""
        if rules:
            self.rules, self.more = rules, more
        if people is not None:
            self.people = people
        approvals = ApprovalsFile.model_validate({"look": ROLES, "rules": self.rules, **self.more})
        # Escalation has no part in this, so that its file is left out.
        held: dict[str, Any] = {"approvals": approvals, "people": People.model_validate(self.people), "digest": "1"}
        self.policy = Policy.model_construct(**held)

    def current(self) -> Policy:
        """The policy in force; raises CatalogError while it is broken."""
        if self.is_broken:
            raise CatalogError(["policies/approvals.yml: line 3 is no YAML"])
        return self.policy


class Workspace:
    """A directory whose people can be renamed, deactivated, or given another address."""

    def __init__(self, *people: Person) -> None:
        self.known = {person.id: person for person in people}
        self.gone: set[str] = set()
        self.away: Exception | None = None

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:  # noqa: ARG002  # it never remembers
        """See `bot.model.people.Directory`."""
        if self.away is not None:
            raise self.away
        if user_id in self.gone or user_id not in self.known:
            raise NotAPerson("This account is deactivated, so it can't use Backstop.")
        return self.known[user_id]

    async def find(self, email: str) -> Person | None:
        """See `bot.model.people.Directory`."""
        return next((one for one in self.known.values() if one.email == email and one.id not in self.gone), None)

    async def channel(self, name: str) -> str | None:
        """See `bot.model.people.Directory`."""
        return f"C{name}"

    async def is_member(self, user_id: str, channel: str) -> bool:
        """See `bot.model.people.Directory`."""
        return bool(user_id and channel)

    async def group(self, name: str) -> str | None:
        """See `bot.model.people.Directory`."""
        return f"S{name}"


def person(name: str) -> Person:
    """Somebody with an address."""
    return Person(id=f"U{name.upper()}", name=name.title(), email=f"{name}@example.com")


SAM, OLGA, TOM, ADA, OSCAR = (person(name) for name in ("sam", "olga", "tom", "ada", "oscar"))


def staff(**roles: str) -> list[dict[str, Any]]:
    """Entries of people.yml: each holds the role for the whole system, or `role@tenant` for one tenant."""
    made = []
    for name, written in roles.items():
        role, _, tenant = written.partition("@")
        granted = {"system": "s", "role": role, **({"tenants": [tenant]} if tenant else {})}
        made.append({"email": f"{name}@example.com", "name": name.title(), "roles": [granted]})
    return made


STAFF = staff(sam="viewer", olga="operator", tom="operator", ada="super_admin")


class Engine:
    """One replica: everything between asking and outcome."""

    def __init__(self, address: str, shared: "Shared", name: str, store: Store | None = None) -> None:
        self.shared = shared
        self.store = store or make_store(address)
        self.presence = Presence(self.store.address, name)
        registry = Registry(actions=dict(shared.actions))
        catalog = cast("Catalog", _Catalog(shared.files, registry))
        clock = shared.clock
        access = cast("Access", _Access(shared.world, clock))
        self.standing = Standing(
            catalog, registry, Roles(catalog, access, clock), shared.workspace, self.store, clock
        )  # fmt: skip
        telling = Telling(self.standing, shared.workspace, clock)
        self.asking = Asking(self.standing, telling, access, self.store, clock, shared.new_id)
        self.voting = Voting(self.standing, self.asking, telling, self.store, clock)
        self.claims = Claims(self.standing, telling, self.store, self.presence, clock)
        self.executing = Executing(
            self.claims, self.asking, cast("Checks", None), catalog, access, self.store, clock, shared.sleep
        )
        self.reminding = Reminding(self.standing, telling, self.store, clock)
        self.sweeping = Sweeping(
            self.claims, self.executing, self.voting, self.reminding, self.presence, self.store, registry, clock
        )
        self.desk = Desk(self.standing, self.store)
        self.audit = AuditTrail(self.store)

    async def ask(
        self, who: Person, tenant: str = "t1", *, name: str = "touch", undo_of: str = "", **more: Any
    ) -> Request:
        """Files a request."""
        inputs = Inputs() if not tenant else inputs_of(tenant)
        wanted = self.asking.want(name, {}, "s", inputs, undo_of=undo_of)
        request, _ = await self.asking.file(await self.asking.prepare(who, wanted), "because", **more)
        return request

    async def verbs(self, request: Request) -> list[str]:
        """What the trail says of a request."""
        return [row.event.verb for row in await self.audit.of_request(request)]

    async def close(self) -> None:
        """Ends this replica."""
        await self.presence.release()
        await self.store.close()


@dataclass
class Shared:
    """What all replicas and the test see."""

    files: Files = field(default_factory=lambda: Files(RULE, people={"people": STAFF}))
    world: World = field(default_factory=World)
    workspace: Workspace = field(default_factory=lambda: Workspace(SAM, OLGA, TOM, ADA, OSCAR))
    actions: Mapping[str, Action] = field(default_factory=lambda: {"touch": action()})
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    ahead: timedelta = timedelta()
    sleep: Callable[[float], Any] = asyncio.sleep
    _number: int = 0

    def clock(self) -> datetime:
        """The time: it stands still, as far ahead as the test says, however long the test takes."""
        return self.begun + self.ahead

    def new_id(self) -> str:
        """Ids in order."""
        self._number += 1
        return f"R{self._number:06}"


def inputs_of(tenant: str, **binds: str) -> Inputs:
    """The inputs of a tenant."""
    given = {"tenant": Input(type=InputType.TENANT, shown=tenant, binds={"tenant": tenant})}
    for name, value in binds.items():
        given[name] = Input(type=InputType.USER, shown=value, binds={name: value, f"{name}_email": value})
    return Inputs(given=given)


class _Catalog:
    def __init__(self, files: Files, registry: Registry) -> None:
        self.policies, self.systems, self.registry = files, {"s": SYSTEM}, registry

    def system(self, name: str) -> System:
        return self.systems[name]


class _Access:
    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        self._world, self._clock = world, clock

    def look(self, system: str, inputs: Inputs) -> Any:
        return SimpleNamespace(world=self._world, now=self._clock, system=system, inputs=inputs)

    def change(self, permit: Any, inputs: Inputs) -> Any:
        return SimpleNamespace(world=self._world, request=permit.request, inputs=inputs)
