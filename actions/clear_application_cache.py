"""Has the application empty its own cache store and read its configuration afresh."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.model.system import CacheKind
from bot.registry import CommandName, Params, action

_BEFORE, _AFTER = "kept", "cleared"


@action(
    label="Clear application cache",
    source="zenamanage, Dashboard shows incorrect data, resolution 1, and Cache not working, resolution 2",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="store",
    danger=True,
)
class ClearApplicationCache(Params):
    """Runs the application's own commands that clear its cache and its configuration, for all tenants.

    `store` empties everything that the application keeps in its cache store, also what is no cache.
    """

    store: CommandName = "cache_clear"
    configuration: CommandName = "config_clear"

    async def preview(self, look: Look) -> Preview:
        """Says what goes with the cache where both share a server: the application does not tell them apart."""
        commands = [look.command(name) for name in (self.store, self.configuration)]
        items = tuple(Item(name=name, before=_BEFORE, after=_AFTER) for name in (self.store, self.configuration))
        return Preview(
            says="Empties the application's cache store for all tenants, and its configuration",
            items=items,
            circumstances={
                item.name: {"runs": " ".join(command.run), "says": command.says.rstrip(".")}
                for item, command in zip(items, commands, strict=True)
            },
            notes=tuple(await _lost(look)),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Runs what was approved, one after the other."""
        approved = [item for item in change.items if (item.before, item.after) == (_BEFORE, _AFTER)]
        if not approved:
            raise ActionFailed("Nothing was changed: something else was approved.")
        said = {item.name: (await change.run(item.name)).output for item in approved}
        return Outcome(says=f"{', '.join(said)} succeeded", changed=tuple(approved), evidence={"said": said})


async def _lost(look: Look) -> list[str]:
    lines = look.system.caches
    shared = {line.connection for line in lines.values() if line.kind is CacheKind.CACHE}
    names = [n for n, line in lines.items() if line.kind is CacheKind.STATE and line.connection in shared]
    if not names:
        return []
    found = await look.entries_of_all(*names)
    purposes = sorted({lines[name].purpose or name for name, _ in found.found})
    if not purposes:
        return ["Cache and state share a server: what is no cache would be lost as well; there is none now."]
    count = f"{'at least ' if found.cut else ''}{len(found.found):,}"
    return [
        f"Cache and state share a server, so what is no cache is lost as well: {count} entries now "
        f"({', '.join(purposes)}). Clear cache and Clear all caches leave these alone."
    ]
