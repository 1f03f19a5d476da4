"""Tells whoever looks at the workspace that something they may see has changed."""

import asyncio
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


class Subscription:
    """What one open page has not been told yet; equal notices are kept once."""

    def __init__(self, person: str) -> None:
        self.person = person
        self._notices: dict[str, dict[str, Any]] = {}
        self._is_there = asyncio.Event()

    def add(self, notice: dict[str, Any]) -> None:
        """Remember a notice until it is taken."""
        self._notices[json.dumps(notice, sort_keys=True)] = notice
        self._is_there.set()

    async def wait(self) -> None:
        """Wait until there is at least one notice."""
        await self._is_there.wait()

    def take(self) -> list[dict[str, Any]]:
        """Every notice since the last time, oldest first."""
        notices = list(self._notices.values())
        self._notices.clear()
        self._is_there.clear()
        return notices


class Changes:
    """Counts changes, and spreads notices of them to the subscriptions of those who may see them."""

    def __init__(self) -> None:
        self.version = 0
        self._is_over = False
        self._subscriptions: set[Subscription] = set()
        self._waiters: set[asyncio.Future[None]] = set()

    def publish(self, notice: dict[str, Any], people: Collection[str] | None = None) -> None:
        """Something changed; `people` may see it (None: everybody)."""
        self.version += 1
        for subscription in self._subscriptions:
            if people is None or subscription.person in people:
                subscription.add(notice)
        self._wake()

    def end(self) -> None:
        """Nothing will change any more: nobody waits from now on."""
        self._is_over = True
        self._wake()

    @contextmanager
    def subscribe(self, person: str) -> Iterator[Subscription]:
        """A subscription for one person's page, for the time of the block."""
        subscription = Subscription(person)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def wait_beyond(self, version: int, seconds: float) -> int:
        """Wait until more has happened than `version`, at most so many seconds; returns the version then."""
        if self.version <= version and not self._is_over:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, seconds)
            except TimeoutError:
                pass  # nothing changed in that time: the caller sees it in the version
            finally:
                self._waiters.discard(waiter)
        return self.version

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
