"""Who somebody is in a system for a tenant: the system's own role table united with `policies/people.yml`."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.access.access import Access
from bot.catalog import Catalog
from bot.errors import BackstopError
from bot.model.inputs import Inputs
from bot.model.people import Actor, Held, Person
from bot.model.policy import Deputy, Policy, Staff
from bot.model.system import System
from bot.model.values import Clock

_REMEMBERED = timedelta(seconds=20)  # for what is only shown; votes and executions read afresh
_MOST = 2_000


@dataclass(frozen=True)
class Holders:
    """E-mail addresses of people who hold a role, and in words why there may be more; empty where all was read."""

    emails: list[str] = field(default_factory=list)
    doubt: str = ""


class Roles:
    """Finds the roles that people hold. A source that cannot be read counts as no role, and is named as a doubt."""

    def __init__(self, catalog: Catalog, access: Access, clock: Clock) -> None:
        self._catalog, self._access, self._clock = catalog, access, clock
        self._memory: dict[tuple[str, str, str], tuple[datetime, Actor]] = {}

    async def of(self, person: Person, system: System, inputs: Inputs, *, fresh: bool = True) -> Actor:
        """The actor that `person` is in `system` for the tenant in `inputs` (none: system-wide roles only)."""
        tenant = str(inputs.binds.get("tenant", "")) or None
        key = (person.id, system.name, tenant or "")
        known = self._memory.get(key)
        if not fresh and known and known[0] > self._clock() - _REMEMBERED and known[1].person == person:
            return known[1]
        held, doubts = list(self._granted(self._entries(person), system, tenant)), []
        answers = [(address, "") for address in self._addresses(person)]
        for absent in self._stands_for(person):
            stood_for = Person(id="", name=absent, email=absent)
            granted = self._granted(self._entries(stood_for), system, tenant)
            held += [one.model_copy(update={"stands_for": absent}) for one in granted]
            answers += [(address, absent) for address in self._addresses(stood_for)]
        if system.roles.query and tenant:
            look = self._access.look(system.name, inputs.only("tenant"))
            for email, absent in answers:
                try:
                    rows = await look.rows(system.roles.query, email=email)
                except BackstopError as error:
                    doubts.append(_unread(system, error))
                    break
                source = f"{system.title} database"
                held += [
                    Held(role=str(next(iter(row.values()))), source=source, stands_for=absent) for row in rows.rows
                ]
        actor = Actor(
            person=person, system=system.name, tenant=tenant, system_title=system.title,
            held=tuple(dict.fromkeys(held)), doubts=tuple(doubts),
            addresses=self.addresses(person), team=self.team(person),
        )  # fmt: skip
        if len(self._memory) > _MOST:
            self._memory.clear()
        self._memory[key] = (self._clock(), actor)
        return actor

    async def holders(self, system: System, inputs: Inputs, roles: Iterable[str]) -> Holders:
        """The people who hold one of these roles for the tenant in `inputs`; only to tell them, and of them."""
        wanted, tenant = set(roles), str(inputs.binds.get("tenant", ""))
        found: list[str] = []
        doubt = ""
        if system.roles.holders and tenant:
            look = self._access.look(system.name, inputs.only("tenant"))
            try:
                rows = await asyncio.wait_for(look.rows(system.roles.holders), timeout=3)
            except (BackstopError, TimeoutError) as error:
                doubt = _unread(system, error)  # nobody decides by this list: who presses is looked up afresh
            else:
                found += [str(row["email"]).casefold() for row in rows.rows if row["role"] in wanted]
        for staff in self._catalog.policies.current().people.people:
            for granted in staff.roles:
                fits = granted.system == system.name and granted.role in wanted
                if staff.email and fits and (not granted.tenants or tenant in granted.tenants):
                    found.append(staff.email.casefold())
        # Groups are told as such; see `groups`.
        found += [one.deputy.casefold() for one in self._deputies() if one.stands_for.casefold() in found]
        return Holders(list(dict.fromkeys(found)), doubt)

    def groups(self, system: System, inputs: Inputs, roles: Iterable[str]) -> list[str]:
        """User groups to which `people.yml` grants one of these roles for the tenant in `inputs`; only to tell them."""
        wanted, tenant = set(roles), str(inputs.binds.get("tenant", "")) or None
        staff = [one for one in self._catalog.policies.current().people.people if one.group]
        return [one.group for one in staff if {held.role for held in self._granted([one], system, tenant)} & wanted]

    def addresses(self, person: Person) -> frozenset[str]:
        """Every e-mail address that is listed as this person's, case-folded."""
        return frozenset(self._addresses(person))

    def team(self, person: Person) -> str:
        """The team of a person; empty while nobody wrote down which it is."""
        return next((staff.team for staff in self._entries(person) if staff.team), "")

    def prefers_mention(self, email: str) -> bool:
        """Whether somebody likes to be told in the thread instead of directly."""
        person = Person(id="", name=email, email=email)
        return any(staff.tell == "mention" for staff in self._entries(person))

    def deputies_of(self, person: Person) -> list[Deputy]:
        """Who stands for this person today, and for whom they stand."""
        mine = set(self._addresses(person))
        return [one for one in self._deputies() if {one.deputy.casefold(), one.stands_for.casefold()} & mine]

    def policy(self) -> Policy:
        """The policy in force."""
        return self._catalog.policies.current()

    def is_auditor(self, person: Person) -> bool:
        """Whether `people.yml` makes this person an auditor, who may read every event."""
        return any(staff.auditor for staff in self._entries(person))

    def at_terminal(self, account: str) -> Staff | None:
        """The staff member that an operating-system account is mapped to."""
        people = self._catalog.policies.current().people.people
        return next((staff for staff in people if account in staff.terminal), None)

    def _deputies(self) -> list[Deputy]:
        """The deputies of today."""
        today = self._clock().astimezone(UTC).date()
        return [one for one in self._catalog.policies.current().people.deputies if one.until >= today]

    def _stands_for(self, person: Person) -> list[str]:
        """Whose deputy somebody is; being one is not handed on."""
        mine = set(self._addresses(person))
        return [one.stands_for.casefold() for one in self._deputies() if one.deputy.casefold() in mine]

    def _granted(self, entries: list[Staff], system: System, tenant: str | None) -> list[Held]:
        return [
            Held(role=granted.role, source="people.yml", system_wide=not granted.tenants)
            for staff in entries
            for granted in staff.roles
            if granted.system == system.name and (not granted.tenants or tenant in granted.tenants)
        ]

    def _entries(self, person: Person) -> list[Staff]:
        email = person.email.casefold()
        return [
            staff
            for staff in self._catalog.policies.current().people.people
            if (email and email in {staff.email.casefold(), *(alias.casefold() for alias in staff.aliases)})
            or (staff.group and staff.group in person.groups)
        ]

    def _addresses(self, person: Person) -> list[str]:
        listed = [
            address.casefold()
            for staff in self._entries(person)
            if staff.email
            for address in (staff.email, *staff.aliases)
        ]
        # An account whose address is not confirmed is in doubt, so that it has no address by a user group either.
        return list(dict.fromkeys([person.email.casefold(), *listed])) if person.email else []


def _unread(system: System, error: BackstopError | TimeoutError) -> str:
    """That a system's roles could not be read, and why; what is advised there is about checks."""
    why = error.sentence.partition(". ")[0].rstrip(".") if isinstance(error, BackstopError) else "it took too long"
    return f"the roles in {system.title} could not be read ({why})"
