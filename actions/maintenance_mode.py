"""Puts the whole system into maintenance mode, or takes it out again."""

import json
from typing import Literal

from bot.access.readers import Look, field_of
from bot.access.writers import Change
from bot.errors import ActionFailed, SystemRefused
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_NAME = "maintenance mode"
_OTHER: dict[str, Literal["on", "off"]] = {"on": "off", "off": "on"}


@action(
    label="Maintenance mode",
    source="zenamanage, Data Corruption, immediate action 1",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="setting",
    danger=True,
    asks={"mode": "On or off"},
    is_fix=False,
)
class MaintenanceMode(Params):
    """Keeps everybody out of the system while somebody repairs it, or lets them in again.

    `status` is a command that answers JSON, in which `field` says whether maintenance is on.
    """

    mode: Literal["on", "off"]
    switch_on: CommandName = "maintenance_on"
    switch_off: CommandName = "maintenance_off"
    status: CommandName = "maintenance_status"
    field: str = "environment.maintenance_mode"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """What it is not now."""
        now = await _now(look, cls.model_fields["status"].default, cls.model_fields["field"].default)
        texts = {"on": "On: nobody gets in", "off": "Off: everybody gets in"}
        return {"mode": tuple((mode, text) for mode, text in texts.items() if mode != now)}

    async def preview(self, look: Look) -> Preview:
        """Looks whether it is on now."""
        now = await _now(look, self.status, self.field)
        if now == self.mode:
            return Preview(says=f"Maintenance mode is {now} already.", items=(), at=look.now())
        nobody = "Nobody can use the system, and its workers stand still, until it is switched off again."
        return Preview(
            says=f"Switches maintenance mode {self.mode}",
            items=(Item(name=_NAME, before=now, after=self.mode),),
            circumstances={_NAME: {"runs": " ".join(look.command(self._command).run)}},
            notes=(nobody,) if self.mode == "on" else (),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Switches it, and looks whether it is so."""
        item = next((one for one in change.items if one.name == _NAME and one.after == self.mode), None)
        if item is None:
            raise ActionFailed("Nothing was changed: something else was approved.")
        await change.run(self._command)
        now = await _now(change.look, self.status, self.field)
        if now != self.mode:
            raise ActionFailed(f"The command succeeded, but maintenance mode is still {now}.")
        return Outcome(says=f"maintenance mode is {now}", changed=(item,), undo={"mode": _OTHER[self.mode]})

    @property
    def _command(self) -> str:
        return self.switch_on if self.mode == "on" else self.switch_off


async def _now(look: Look, status: str, field: str) -> Literal["on", "off"]:
    result = await look.run(status)
    try:
        value = field_of(json.loads(result.output), field)
    except ValueError:
        value = None
    if not result.ok or not isinstance(value, bool):
        raise SystemRefused(f"{status} does not say whether maintenance mode is on; check it in the system's file.")
    return "on" if value else "off"
