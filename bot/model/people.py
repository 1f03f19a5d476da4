"""People, the roles that they hold in one system for one tenant, and where people are looked up."""

from enum import StrEnum
from typing import Protocol

from bot.model.values import Value


class Via(StrEnum):
    """Where somebody spoke to the bot; the terminal may look, never act."""

    SLACK = "slack"
    TERMINAL = "terminal"
    BOT = "bot"


class Person(Value):
    """A person as Slack (or the operating system) knows them. `email` is empty while it gives no authority."""

    id: str  # Slack user id, or the OS account behind `terminal:`
    name: str
    email: str = ""
    team: str = ""
    via: Via = Via.SLACK
    groups: frozenset[str] = frozenset()  # Slack user groups


BACKSTOP = Person(id="backstop", name="Backstop", via=Via.BOT)


class Held(Value):
    """One role that somebody holds, and where that is written."""

    role: str
    source: str  # "aiops database" | "people.yml"
    system_wide: bool = False
    stands_for: str = ""  # e-mail address of the person whose deputy they are


class Actor(Value):
    """A person with the roles that they hold in one system for one tenant (no tenant: system-wide roles only)."""

    person: Person
    system: str
    tenant: str | None
    held: tuple[Held, ...] = ()
    doubts: tuple[str, ...] = ()  # sources that could not be read, in words
    addresses: frozenset[str] = frozenset()  # every e-mail address that is listed as theirs, case-folded
    team: str = ""  # empty while nobody wrote down which it is
    system_title: str = ""  # how people call the system

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles held for this tenant."""
        return frozenset(one.role for one in self.held)

    @property
    def system_wide(self) -> frozenset[str]:
        """The names of the roles that hold for every tenant."""
        return frozenset(one.role for one in self.held if one.system_wide)

    def is_known_as(self, person: Person) -> bool:
        """Whether that person is the same human: the same account, or an address that is listed as theirs."""
        mine = {self.person.email.casefold(), *self.addresses} - {""}
        return person.id == self.person.id or person.email.casefold() in mine


class Directory(Protocol):
    """Finds people and their user groups; Slack is one, the tests' is another."""

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """The person behind a user id; `fresh` does not answer from memory.

        Raises NotAPerson for bots, deactivated users, guests and strangers.
        """
        ...

    async def find(self, email: str) -> Person | None:
        """The person with this e-mail address, if the workspace has one."""
        ...

    async def group(self, name: str) -> str | None:
        """The id of the user group with this handle or id, if the workspace has one."""
        ...

    async def channel(self, name: str) -> str | None:
        """The id of the channel with this name, if the bot can see it."""
        ...

    async def is_member(self, user_id: str, channel: str) -> bool:
        """Whether a person is in the channel of this id."""
        ...
