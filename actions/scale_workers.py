"""Sets how many queue workers run."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.inputs import fill
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_NAME, _UNKNOWN = "queue workers", "not known"
_OFFERED = 20


@action(
    label="Scale workers",
    source="zenamanage, Queue backlog increasing, resolution 2",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="setting",
    asks={"count": "How many workers"},
)
class ScaleWorkers(Params):
    """Runs another number of queue workers, within what the system's file allows."""

    count: int
    command: CommandName = "scale_workers"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """The numbers that the command takes."""
        command = look.system.commands.get(cls.model_fields["command"].default)
        spec = command.inputs.get("count") if command else None
        if spec is None:
            return {}
        numbers = range(max(spec.minimum, 1), min(spec.maximum, _OFFERED) + 1)
        return {"count": tuple((str(number), str(number)) for number in numbers)}

    async def preview(self, look: Look) -> Preview:
        """Says how many there are now."""
        command = look.command(self.command)
        spec = command.inputs["count"]
        if not spec.minimum <= self.count <= spec.maximum:
            raise InputError(f"There may be {spec.minimum} to {spec.maximum} workers.")
        alive = await look.workers()
        before = _UNKNOWN if alive is None else str(len(alive))
        if before == str(self.count):
            return Preview(says=f"{self.count} workers run already.", items=(), at=look.now())
        return Preview(
            says=f"Runs {self.count} worker{'' if self.count == 1 else 's'}",
            items=(Item(name=_NAME, before=before, after=str(self.count)),),
            circumstances={
                _NAME: {
                    "runs": " ".join(fill(word, {"count": self.count}) for word in command.run),
                    "alive now": ", ".join(sorted(alive or ())) or "–",
                }
            },
            notes=("Each worker needs a connection to the database, and memory.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Runs the command."""
        wanted = next((item for item in change.items if item.name == _NAME and item.after == str(self.count)), None)
        if wanted is None:
            raise ActionFailed("Nothing was changed: another number was approved.")
        result = await change.run(self.command, count=self.count)
        return Outcome(
            says=f"{wanted.before} → {wanted.after} workers",
            changed=(wanted,),
            evidence={"said": result.output},
            undo={"count": int(wanted.before)} if wanted.before.isdigit() and int(wanted.before) else None,
        )
