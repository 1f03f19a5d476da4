"""A person of the workspace whom a test acts as: what they say, press, fill in and open."""

# ruff: noqa: ASYNC109 - these are deadlines for what others do, and say what was seen instead

from typing import Any

from sandbox.slack.filling import find_input, find_pressable, state_for
from sandbox.slack.seeing import HOME_CHANNEL, TIMEOUT, Seeing, Wanted, has_texts, listed, texts_in
from sandbox.slack.seen import Json, Place, Said, SeenMessage, SeenView, Submitted, Suggestion, view_from


class Person(Seeing):
    """Somebody in the workspace."""

    async def says(
        self,
        text: str,
        channel: str = HOME_CHANNEL,
        *,
        thread: SeenMessage | Said | None = None,
        heard: bool = True,
        files: list[str] | None = None,
    ) -> Said:
        """Say something, or send a slash command, in a channel (`@name`: directly), or in the thread of a message.

        Raises Refused when Slack does not allow it, AssertionError when a command is not acknowledged in time
        (unless `heard=False`).
        """
        answer = await self._post(
            "say",
            channel=thread.channel if thread else channel,
            text=text,
            thread_ts=thread.ts if thread else None,
            files=files,
        )
        said = Said(
            ts=answer["ts"],
            channel=answer["channel"],
            kind=answer["kind"],
            is_acknowledged=answer.get("acknowledged", True),
            failure=answer.get("failure", ""),
        )
        assert said.is_acknowledged or not heard, f"{self.name} said {text!r}: {said.failure}"  # noqa: S101 - a test's driver
        return said

    async def says_directly(self, text: str, *, thread: SeenMessage | Said | None = None) -> Said:
        """Write to the app in direct messages."""
        return await self.says(text, self.direct_channel, thread=thread)

    async def presses(
        self,
        place: Place,
        button: str | None = None,
        *,
        action_id: str | None = None,
        block_id: str | None = None,
        value: str | None = None,
        heard: bool = True,
    ) -> Said:
        """Press a button (by its text or ids), choose in a menu or select (by the option's text, or ids and `value`).

        `place` is a message, a modal or the App Home. Raises AssertionError when it is not there or not acknowledged.
        """
        block, element, chosen = find_pressable(place, button, action_id=action_id, block_id=block_id, value=value)
        if element["type"] == "external_select" and isinstance(chosen, str):
            chosen = (await self._state(place, block, element, chosen))["selected_option"]
        answer = await self._post(
            "press",
            **place.address(),
            block_id=block["block_id"],
            action_id=element["action_id"],
            value=element.get("value"),
            selected=chosen,
        )
        channel = place.channel if isinstance(place, SeenMessage) else ""
        said = Said("", channel, "press", answer["acknowledged"], answer.get("failure", ""))
        if heard and not said.is_acknowledged:
            raise AssertionError(
                f"{self.name} pressed {button or element['action_id']!r}: {said.failure}\n{place.described()}"
            )
        return said

    async def submits(self, view: SeenView, values: dict[str, Any] | None = None, *, heard: bool = True) -> Submitted:
        """Fill a modal in (by label, action id or block id) and send it off. The result tells of field errors.

        Raises AssertionError when an input is not there, or the app did not acknowledge (unless `heard=False`).
        """
        filled: Json = {}
        for name, value in (values or {}).items():
            block, element = find_input(view, name)
            filled.setdefault(block["block_id"], {})[element["action_id"]] = await self._state(
                view, block, element, value
            )
        answer = await self._post("submit", view_id=view.id, values=filled)
        failure = answer.get("failure", "")
        if heard and failure:
            raise AssertionError(f"{self.name} sent off {view.title!r}: {failure}\n{view.described()}")
        labels = {block["block_id"]: block["label"]["text"] for block in view.blocks if block["type"] == "input"}
        errors = {labels[block_id]: text for block_id, text in answer.get("errors", {}).items()}
        return Submitted(answer["response_action"], errors, not failure, failure)

    async def closes(self, view: SeenView, *, all_of_them: bool = False) -> None:
        """Close a modal, or all that are open."""
        await self._post("close", view_id=view.id, all=all_of_them)

    async def suggests(self, place: Place, name: str, text: str) -> list[Suggestion]:
        """Type into an external select (by label or action id): what it offers then."""
        return await self._suggestions(place, *find_input(place, name), text)

    async def shortcut(self, message: SeenMessage | None, callback_id: str) -> Said:
        """Use a shortcut on a message, or a global one. Raises AssertionError when it is not acknowledged."""
        address = message.address() if message else {}
        answer = await self._post("shortcut", callback_id=callback_id, **address)
        if not answer["acknowledged"]:
            raise AssertionError(f"{self.name} used the shortcut {callback_id!r}: {answer['failure']}")
        return Said("", message.channel if message else "", "shortcut", is_acknowledged=True)

    async def uploads(self, name: str, text: str) -> str:
        """Bring a text file along; returns its id, for a form or for `says(files=…)`."""
        return str((await self._post("upload", name=name, text=text))["id"])

    async def home(self, *, containing: Wanted = (), timeout: float = TIMEOUT) -> SeenView:
        """Open the App Home and wait until the app has drawn it anew (with these texts)."""
        wanted = texts_in(containing)
        before = (await self._get("view"))["home"]
        seen: list[SeenView] = []
        await self._post("home")

        async def look() -> SeenView | None:
            shown = (await self._get("view"))["home"]
            if shown is None or (before is not None and shown["hash"] == before["hash"]):
                return None
            seen[:] = [view_from(shown, self.client.name_of)]
            return seen[0] if has_texts(seen[0].all_text, "", wanted) else None

        return await self.client.wait_for(
            look, lambda: f"{self.name} opened the App Home for {wanted}, but sees:\n{listed(seen)}", timeout
        )

    async def _state(self, place: Place, block: Json, element: Json, value: Any) -> Json:
        if element["type"] == "users_select" and value is not None:
            value = (await self.client.person(value)).id

        async def suggest(block: Json, element: Json, text: str) -> list[Suggestion]:
            return await self._suggestions(place, block, element, text)

        return await state_for(block, element, value, suggest)

    async def _suggestions(self, place: Place, block: Json, element: Json, text: str) -> list[Suggestion]:
        answer = await self._post(
            "options", **place.address(), block_id=block["block_id"], action_id=element["action_id"], value=text
        )
        if failure := answer.get("failure"):
            raise AssertionError(f"{self.name} typed {text!r} into {element['action_id']!r}: {failure}")
        options = [*answer["options"], *(one for group in answer.get("option_groups", ()) for one in group["options"])]
        return [Suggestion(option["text"]["text"], option["value"], option) for option in options]

    async def _post(self, what: str, **fields: Any) -> Any:
        return await self.client.post(what, person=self.id, **fields)
