"""Clears every cached entry of every tenant by the cache catalogue; what a FLUSHDB would destroy besides survives."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.model.system import CacheKind
from bot.registry import Params, action

_BEFORE, _AFTER = "cached", "removed"


@action(
    label="Clear all caches",
    source="aiops-data-sync, Issue 3, solution A (FLUSHDB), and Issue 5, solution A",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="kind of entry",
    danger=True,
)
class ClearAllCaches(Params):
    """Removes the cached entries of all tenants; revoked tokens, queues, locks and limits stay."""

    async def preview(self, look: Look) -> Preview:
        """Counts what is there of each kind. The kinds are what is approved: entries come and go all the time."""
        names = [name for name, line in look.system.caches.items() if line.kind is CacheKind.CACHE]
        found = await look.entries_of_all(*names)
        counts = {name: [entry for known, entry in found.found if known == name] for name in names}
        total = len(found.found)
        kept = [line.purpose or name for name, line in look.system.caches.items() if line.kind is not CacheKind.CACHE]
        notes = [f"Kept, for it is no cache: {', '.join(dict.fromkeys(kept))}."] if kept else []
        if found.cut:
            notes.append("There are more entries than can be removed at once; ask again afterwards.")
        return Preview(
            says=f"Removes {_entries(total)} of all tenants" if total else "Nothing is cached for any tenant.",
            items=tuple(Item(name=name, before=_BEFORE, after=_AFTER) for name in names) if total else (),
            circumstances={
                name: {
                    "key": look.cache_line(name).key,
                    "now": _entries(len(entries)),
                    "size": f"{sum(entry.size for entry in entries) / 1000:.1f} kB",
                }
                for name, entries in counts.items()
            },
            notes=tuple(notes),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Removes the entries of the approved kinds."""
        approved = [item for item in change.items if (item.before, item.after) == (_BEFORE, _AFTER)]
        removed, is_cut = await change.clear_catalogued([item.name for item in approved])
        more = "; there are more, ask again" if is_cut else ""
        return Outcome(
            says=f"{_entries(removed)} removed{more}", changed=tuple(approved), evidence={"removed": removed}
        )


def _entries(count: int) -> str:
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"
