"""Who somebody is in a system for a tenant: the system's own role table united with `policies/people.yml`."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.access.access import Access
from bot.catalog import Catalog
from bot.errors import BackstopError
from bot.model.inputs import Inputs
from bot.model.people import Actor, Held, Person
from bot.model.policy import Policy, Staff
from bot.model.system import System
from bot.model.values import Clock

_REMEMBERED = timedelta(seconds=20)  # for what is only shown; votes and executions read afresh
_MOST = 2_000


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
        held, doubts = self._granted(person, system, tenant), []
        if system.roles.query and tenant and person.email:
            look = self._access.look(system.name, inputs.only("tenant"))
            for email in self._addresses(person):
                try:
                    rows = await look.rows(system.roles.query, email=email)
                except BackstopError as error:
                    doubts.append(f"the roles in {system.title} could not be read: {error.sentence}")
                    break
                held += [
                    Held(role=str(next(iter(row.values()))), source=f"{system.name} database") for row in rows.rows
                ]
        actor = Actor(
            person=person, system=system.name, tenant=tenant, held=tuple(dict.fromkeys(held)), doubts=tuple(doubts)
        )
        if len(self._memory) > _MOST:
            self._memory.clear()
        self._memory[key] = (self._clock(), actor)
        return actor

    async def holders(self, system: System, inputs: Inputs, roles: Iterable[str]) -> list[str]:
        """E-mail addresses of people who hold one of these roles for the tenant in `inputs`; only to tell them."""
        wanted, tenant = set(roles), str(inputs.binds.get("tenant", ""))
        found: list[str] = []
        if system.roles.holders and tenant:
            look = self._access.look(system.name, inputs.only("tenant"))
            try:
                rows = await asyncio.wait_for(look.rows(system.roles.holders), timeout=3)
            except (BackstopError, TimeoutError):
                pass  # nobody is asked to decide by this list: who presses is looked up afresh
            else:
                found += [str(row["email"]).casefold() for row in rows.rows if row["role"] in wanted]
        for staff in self._catalog.policies.current().people.people:
            for granted in staff.roles:
                fits = granted.system == system.name and granted.role in wanted
                if staff.email and fits and (not granted.tenants or tenant in granted.tenants):
                    found.append(staff.email.casefold())
        return list(dict.fromkeys(found))

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

    def _granted(self, person: Person, system: System, tenant: str | None) -> list[Held]:
        return [
            Held(role=granted.role, source="people.yml", system_wide=not granted.tenants)
            for staff in self._entries(person)
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
        return list(dict.fromkeys([person.email.casefold(), *listed]))
