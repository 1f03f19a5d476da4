"""The people of the local workspace, for a bot that is measured without its connection to Slack."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import NotAPerson
from bot.model.people import Person
from sandbox.slack.client import Client


@dataclass(frozen=True)
class People:
    """A directory that holds just them."""

    by_name: Mapping[str, Person]

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:  # noqa: ARG002  # it never remembers
        """See `bot.model.people.Directory`."""
        for person in self.by_name.values():
            if person.id == user_id:
                return person
        raise NotAPerson("Nobody of this id is measured.")

    async def find(self, email: str) -> Person | None:
        """See `bot.model.people.Directory`."""
        return next((one for one in self.by_name.values() if one.email == email), None)

    async def group(self, name: str) -> str | None:
        """See `bot.model.people.Directory`."""
        return f"S{name}"

    async def channel(self, name: str) -> str | None:
        """See `bot.model.people.Directory`."""
        return f"C{name}"

    async def is_member(self, user_id: str, channel: str) -> bool:
        """See `bot.model.people.Directory`."""
        return bool(user_id and channel)


async def people(client: Client, *names: str) -> People:
    """These people under the ids that the workspace gives them."""
    groups = (await client.workspace())["groups"]
    found: dict[str, Person] = {}
    for name in names:
        one = await client.person(name)
        mine = [group for group in groups if one.id in group["users"]]
        found[name] = Person(
            id=one.id, name=one.name.title(), email=f"{one.name}@example.com",
            groups=frozenset(word for group in mine for word in (group["id"], group["handle"])),
        )  # fmt: skip
    return People(found)
