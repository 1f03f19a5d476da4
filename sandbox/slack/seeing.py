"""What a person of the workspace sees: messages, threads, modals; all that has to come is waited for."""

# ruff: noqa: ASYNC109 - these are deadlines for what others do, and say what was seen instead

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.slack.seen import Said, SeenMessage, SeenView, message_from, view_from

if TYPE_CHECKING:
    from sandbox.slack.client import Client

HOME_CHANNEL = "backend-support"
TIMEOUT = 20.0
SHOWN_IN_FAILURES = 8

Wanted = str | Iterable[str]


class Seeing:
    """The eyes of a person. What they wait for must come within `timeout` seconds, else AssertionError."""

    def __init__(self, client: "Client", person_id: str, name: str, bot_id: str) -> None:
        self.client = client
        self.id = person_id
        self.name = name
        self.bot_id = bot_id

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def direct_channel(self) -> str:
        """The direct messages with the app."""
        return f"@{self.client.name_of(self.bot_id)}"

    async def sees(
        self,
        channel: str = HOME_CHANNEL,
        *,
        containing: Wanted = (),
        thread: SeenMessage | Said | None = None,
        after: SeenMessage | Said | None = None,
        where: Callable[[SeenMessage], bool] | None = None,
        timeout: float = TIMEOUT,
    ) -> SeenMessage:
        """Wait for a message of somebody else that contains these texts; the newest such one.

        With `after`, only what came later than that; with `thread`, the replies.
        Raises AssertionError that shows what is there instead.
        """
        wanted = texts_in(containing)
        seen: list[SeenMessage] = []

        async def look() -> SeenMessage | None:
            seen[:] = await self.thread(thread) if thread else await self.messages(channel)
            for message in reversed(seen):
                if after is not None and message.ts <= after.ts:
                    break
                is_wanted = message.user != self.id and has_texts(message.all_text, message.text, wanted)
                if is_wanted and (where is None or where(message)):
                    return message
            return None

        place = f"the thread of {thread.ts}" if thread else f"#{channel.removeprefix('#')}"
        return await self.client.wait_for(
            look, lambda: f"{self.name} sees nothing with {wanted} in {place}, but:\n{listed(seen)}", timeout
        )

    async def sees_directly(self, *, containing: Wanted = (), **how: Any) -> SeenMessage:
        """Wait for a direct message of the app; see `sees`."""
        return await self.sees(self.direct_channel, containing=containing, **how)

    async def watches(
        self,
        message: SeenMessage,
        *,
        containing: Wanted = (),
        where: Callable[[SeenMessage], bool] | None = None,
        timeout: float = TIMEOUT,
    ) -> SeenMessage:
        """Wait until this very message contains these texts: apps redraw their messages."""
        wanted = texts_in(containing)
        seen = message

        async def look() -> SeenMessage | None:
            nonlocal seen
            seen = await self.rereads(message)
            return seen if has_texts(seen.all_text, seen.text, wanted) and (where is None or where(seen)) else None

        return await self.client.wait_for(
            look, lambda: f"{self.name} watches a message for {wanted}, but it is:\n{seen.described()}", timeout
        )

    async def rereads(self, message: SeenMessage) -> SeenMessage:
        """The same message as it is now. Raises AssertionError when it is gone."""
        parent = message.thread_ts or message.ts
        for seen in await self._messages(channel=message.channel, thread_ts=parent):
            if seen.ts == message.ts:
                return seen
        raise AssertionError(f"{self.name} no longer sees the message\n{message.described()}")

    async def messages(self, channel: str = HOME_CHANNEL) -> list[SeenMessage]:
        """The messages of a channel, oldest first, without replies in threads."""
        return await self._messages(channel=channel)

    async def thread(self, message: SeenMessage | Said) -> list[SeenMessage]:
        """The replies to a message, oldest first."""
        parent = message.thread_ts if isinstance(message, SeenMessage) and message.thread_ts else message.ts
        return (await self._messages(channel=message.channel, thread_ts=parent))[1:]

    async def direct_messages(self) -> list[SeenMessage]:
        """The direct messages with the app, oldest first."""
        return await self.messages(self.direct_channel)

    async def modal(self, *, containing: Wanted = (), title: str | None = None, timeout: float = TIMEOUT) -> SeenView:
        """Wait for a modal on top (with these texts, with this title).

        One that only asks for a moment is passed over, unless its own text is waited for.
        """
        wanted = texts_in(containing)
        stack: list[SeenView] = []

        async def look() -> SeenView | None:
            stack[:] = await self.modals()
            top = stack[-1] if stack else None
            if top is None or title not in (None, top.title):
                return None
            if top.is_waiting and not (wanted and has_texts(top.all_text, "", wanted)):
                return None
            return top if has_texts(top.all_text, top.title, wanted) else None

        return await self.client.wait_for(
            look, lambda: f"{self.name} has no modal {title or ''} with {wanted} on top, but:\n{listed(stack)}", timeout
        )

    async def sees_home(self, *, containing: Wanted = (), timeout: float = TIMEOUT) -> SeenView:
        """Wait until the App Home, as it was left open, contains these texts."""
        wanted = texts_in(containing)
        seen: list[SeenView] = []

        async def look() -> SeenView | None:
            shown = (await self._get("view"))["home"]
            seen[:] = [view_from(shown, self.client.name_of)] if shown else []
            return seen[0] if seen and has_texts(seen[0].all_text, "", wanted) else None

        return await self.client.wait_for(
            look, lambda: f"{self.name} has an App Home without {wanted}:\n{listed(seen)}", timeout
        )

    async def no_modal(self, *, timeout: float = TIMEOUT) -> None:
        """Wait until no modal is open."""
        stack: list[SeenView] = []

        async def look() -> bool | None:
            stack[:] = await self.modals()
            return None if stack else True

        await self.client.wait_for(look, lambda: f"{self.name} still has open:\n{listed(stack)}", timeout)

    async def modals(self) -> list[SeenView]:
        """The modals that are open, the topmost last."""
        view = await self._get("view")
        return [view_from(shown, self.client.name_of) for shown in view["modal_stack"]]

    async def _messages(self, **where: Any) -> list[SeenMessage]:
        answer = await self._get("messages", **where)
        return [message_from(shown, self.client.name_of) for shown in answer["messages"]]

    async def _get(self, what: str, **parameters: Any) -> Any:
        return await self.client.get(what, person=self.id, **parameters)


def texts_in(containing: Wanted) -> list[str]:
    """The texts that are wanted, as a list."""
    return [containing] if isinstance(containing, str) else list(containing)


def has_texts(shown: str, fallback: str, wanted: list[str]) -> bool:
    """Whether each wanted text is in what is shown or in the fallback."""
    return all(text in shown or text in fallback for text in wanted)


def listed(places: list[Any]) -> str:
    """The last few things that were seen, for a failure message."""
    shown = "\n".join(place.described() for place in places[-SHOWN_IN_FAILURES:])
    earlier = len(places) - SHOWN_IN_FAILURES
    return (f"  ({earlier} earlier ones)\n" if earlier > 0 else "") + (shown or "  (nothing at all)")
