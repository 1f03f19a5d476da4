"""What several ask at the same moment is asked once; nobody gets an answer from before they asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.access.access import Access
from bot.access.readers import Look
from bot.access.sharing import Sharing
from bot.embedded import PostgresServer
from bot.errors import NotThere
from bot.model.inputs import Inputs
from bot.model.system import System


class Asked:
    """A question whose answer comes when it is let through; counts how often it was asked, and how often given up."""

    def __init__(self) -> None:
        self.times = self.given_up = 0
        self.answer = asyncio.Event()

    async def __call__(self) -> int:
        self.times += 1
        number = self.times
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return number


async def asking(sharing: Sharing, asked: Asked, times: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(sharing.once("question", asked)) for _ in range(times)]
    for _ in range(3):  # until all of them wait
        await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_meanwhile_get_the_same_answer_and_who_asks_afterwards_another() -> None:
    sharing, asked = Sharing(), Asked()
    tasks = await asking(sharing, asked, 3)
    asked.answer.set()
    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert await sharing.once("question", asked) == 2


async def test_other_questions_are_asked_for_themselves() -> None:
    sharing, asked = Sharing(), Asked()
    asked.answer.set()
    assert sorted(await asyncio.gather(sharing.once("one", asked), sharing.once("other", asked))) == [1, 2]


async def test_who_gives_up_leaves_the_others_waiting() -> None:
    sharing, asked = Sharing(), Asked()
    first, *others = await asking(sharing, asked, 3)
    first.cancel()
    await asyncio.wait({first})
    asked.answer.set()
    assert await asyncio.gather(*others) == [1, 1]
    assert asked.given_up == 0


async def test_when_nobody_waits_any_more_asking_ends_and_the_next_one_asks_anew() -> None:
    sharing, asked = Sharing(), Asked()
    for task in await asking(sharing, asked, 2):
        task.cancel()
        await asyncio.wait({task})
    assert asked.given_up == 1
    asked.answer.set()
    assert await sharing.once("question", asked) == 2


async def test_what_goes_wrong_is_told_to_all_and_not_remembered() -> None:
    sharing, is_broken = Sharing(), True

    async def ask() -> str:
        await asyncio.sleep(0)
        if is_broken:
            raise NotThere("There is no such table.")
        return "an answer"

    told = await asyncio.gather(*(sharing.once("question", ask) for _ in range(2)), return_exceptions=True)
    assert [str(one) for one in told] == ["There is no such table."] * 2
    is_broken = False
    assert await sharing.once("question", ask) == "an answer"


@pytest.fixture
async def look(postgres_server: PostgresServer) -> AsyncIterator[Look]:
    """At a database that answers each question with the moment of its asking."""
    system = System.model_validate(
        {
            "name": "one", "family": "f", "title": "One", "roles": {"names": []},
            "connections": {"database": {"kind": "postgresql", "url": {"env": "DB"}}},
            "queries": {"moment": {"sql": "SELECT clock_timestamp()::text AS moment, CAST(:of AS text) AS of"}},
        }
    )  # fmt: skip
    access = Access({"one": system}, {"DB": postgres_server.url()}, lambda: datetime.now(UTC))
    yield access.look("one", Inputs())
    await access.close()


async def test_checks_that_ask_the_same_of_a_database_judge_by_one_answer(look: Look) -> None:
    one, same, of_another = await asyncio.gather(*(look.rows("moment", of=of) for of in ("a", "a", "b")))
    assert one is same
    assert one.column() != of_another.column()
    assert (await look.rows("moment", of="a")).column() != one.column()


async def test_who_counts_what_it_asks_shares_no_answer(look: Look) -> None:
    shared, own = await asyncio.gather(look.rows("moment", of="a"), look.alone().rows("moment", of="a"))
    assert shared.column() != own.column()
