"""Small things to be remembered: deliveries that were seen, addresses that were confirmed."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from bot.errors import Unrecordable
from bot.model.audit import Event
from bot.model.people import BACKSTOP
from bot.model.values import Clock
from bot.store.database import Store
from bot.store.tables import deliveries, people

_REPEATS_END = timedelta(hours=24)  # Slack's last retry comes after minutes


class Deliveries:
    """Drops what Slack delivers, or people press, more than once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def is_new(self, id: str) -> bool:
        """True the first time that this id is seen, in any replica; each later time is put on record."""
        async with self._store.work() as work:
            statement = insert(deliveries).values(id=id, at=self._clock()).on_conflict_do_nothing()
            is_new = (await work.execute(statement.returning(deliveries.c.id))).first() is not None
        if not is_new:
            # Apart from the answer: where this cannot be written, what came twice must not be done twice.
            with suppress(Unrecordable):
                await self._note_repeat(id)
        return is_new

    async def _note_repeat(self, id: str) -> None:
        async with self._store.work() as work:
            work.record(
                Event(
                    verb="delivery.repeated", person=BACKSTOP, at=self._clock(), outcome="refused",
                    says="The same came once more, and was not done again", detail={"delivery": id},
                )
            )  # fmt: skip

    async def forget_old(self) -> None:
        """Removes what can no longer be repeated."""
        async with self._store.work() as work:
            await work.execute(delete(deliveries).where(deliveries.c.at < self._clock() - _REPEATS_END))


class Addresses:
    """The e-mail address that each Slack id is known by. A changed one gives no authority until it is confirmed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def is_confirmed(self, person: str, email: str) -> bool:
        """True when this id was first seen with this address, or the address was confirmed since."""
        read = select(people.c.email).where(people.c.id == person)
        async with self._store.work() as work:
            known = (await work.execute(read)).scalar_one_or_none()
            if known is None:  # for the first time, and maybe in two processes at once
                await work.execute(
                    insert(people).values(id=person, email=email, seen=self._clock()).on_conflict_do_nothing()
                )
                known = (await work.execute(read)).scalar_one()
            return bool(known == email)

    async def confirm(self, person: str, email: str) -> None:
        """Takes the new address of an id as theirs; an operator does this after asking the person."""
        async with self._store.work() as work:
            await work.execute(
                text("""INSERT INTO people (id, email, seen) VALUES (:id, :email, :now)
                        ON CONFLICT (id) DO UPDATE SET email = excluded.email, seen = excluded.seen"""),
                {"id": person, "email": email, "now": self._clock()},
            )
