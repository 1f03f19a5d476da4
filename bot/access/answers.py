"""What an HTTP service answered; stands apart from how it is asked, which needs a client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.access.fields import field_of
from bot.errors import NotThere, SystemRefused
from bot.model.values import Json


@dataclass(frozen=True)
class HttpAnswer:
    """What a service answered, without secrets. `json` is None when the text is no JSON; `cut` when it was too long.

    `fields` are the names that the system's file gives to places of the answer.
    """

    what: str  # "GET /api/v1/agents"
    status: int
    headers: Mapping[str, str]  # names in lower case
    text: str
    json: Json
    took: timedelta
    cut: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    def place(self, name: str) -> str:
        """Where the answer of this installation holds what runbooks call so."""
        return self.fields.get(name, name)

    def field(self, name: str) -> Json:
        """A value of a successful answer, by the name that runbooks give it; ABSENT when there is none."""
        return field_of(self.need_json(), self.place(name))

    def header(self, name: str) -> str | None:
        """A header of the answer, by the name that runbooks give it."""
        return self.headers.get(self.place(name).lower())

    def need_json(self) -> Json:
        """The JSON of a successful answer. Raises NotThere for 404, SystemRefused for anything else that is no data."""
        if self.status in {404, 405, 501}:
            raise NotThere(f"{self.what} answers {self.status}: this installation has no such endpoint.")
        if self.status >= 400:
            advice = " Check the bot's token." if self.status == 401 else ""
            raise SystemRefused(f"{self.what} answers {self.status}.{advice}")
        if self.cut:
            raise SystemRefused(f"{self.what} answers more than the size cap allows; raise size_cap or ask for less.")
        if self.json is None:
            raise SystemRefused(f"{self.what} answers {self.status} without JSON.")
        return self.json
