"""Clears cached entries of one tenant by exact keys; state is never touched."""

from bot.access.readers import Entry, Look
from bot.access.writers import Change
from bot.errors import InputError
from bot.model.request import Item, Outcome, Preview
from bot.model.system import CacheKind
from bot.model.values import write_left
from bot.registry import CacheName, Params, action

_BEFORE, _AFTER = "cached", "removed"
_COUNTED = 5_000  # keys in the database


@action(
    label="Clear cache",
    source="aiops-data-sync, Issue 3, solution A, and Common Cache Keys",
    about=("tenant",),
    needs=("tenant",),
    idempotent=True,
    unit="key",
    takes=("caches",),
)
class ClearCache(Params):
    """Removes cached entries of one tenant, so that they are read afresh; queues, locks and sessions stay.

    Without `caches` it is every entry of the catalogue that is cache and names the tenant.
    """

    caches: tuple[CacheName, ...] = ()

    async def preview(self, look: Look) -> Preview:
        """Finds the entries that are there now, and counts what of this tenant is kept."""
        wanted = self.caches or look.caches_of_tenant(CacheKind.CACHE)
        # A runbook may name what this installation does not cache at all.
        names = [name for name in wanted if f"caches.{name}" not in look.system.lacks]
        for name in names:
            if name not in look.caches_of_tenant(CacheKind.CACHE):
                raise InputError(f"{name} is not a cache of one tenant, so it is never cleared.")
        found = await look.entries(*names)
        entries = {entry.key: entry for _, entry in found.found}
        # A known key that is not there this moment may be written again before this is approved: it is meant as well.
        keys = sorted({*entries, *look.keys(*names)}) if entries else []
        notes = await _kept(look)
        if found.cut:
            notes.append("There are more entries than can be removed at once; ask again afterwards.")
        return Preview(
            says=f"Removes {_keys(len(entries))}" if entries else "Nothing is cached, so there is nothing to remove.",
            items=tuple(Item(name=key, before=_BEFORE, after=_AFTER) for key in keys),
            circumstances={key: _circumstances(entries.get(key)) for key in keys},
            notes=tuple(notes),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Removes the approved keys, and no others."""
        approved = [item for item in change.items if (item.before, item.after) == (_BEFORE, _AFTER)]
        removed = set(await change.remove_cached([item.name for item in approved]))
        gone = len(approved) - len(removed)
        says = f"{_keys(len(removed))} removed" + (f", {gone} not cached (any more)" if gone else "")
        return Outcome(says=says, changed=tuple(item for item in approved if item.name in removed))


async def _kept(look: Look) -> list[str]:
    """What of this tenant is no cache; it is counted only where few keys are, for among many that takes long."""
    kept = [name for name in look.caches_of_tenant() if look.cache_line(name).kind is not CacheKind.CACHE]
    if await look.most_keys(*kept) > _COUNTED:
        purposes = sorted({look.cache_line(name).purpose or name for name in kept})
        return [f"Kept, for it is state and not cache: {', '.join(purposes)} of this tenant."]
    found = await look.entries(*kept)
    if not found.found:
        return []
    count = f"{'at least ' if found.cut else ''}{_keys(len(found.found))}"
    purposes = sorted({look.cache_line(name).purpose or name for name, _ in found.found})
    hold = "holds" if count == _keys(1) else "hold"
    return [f"Kept: {count} of this tenant, which {hold} state and not cache ({', '.join(purposes)})."]


def _circumstances(entry: Entry | None) -> dict[str, str]:
    if entry is None:
        return {"ttl": "not cached now", "size": ""}
    size = f"{entry.size / 1000:.1f} kB" if entry.size >= 1000 else f"{entry.size} bytes"
    return {"ttl": "no expiry" if entry.ttl is None else f"{write_left(entry.ttl)} left", "size": size}


def _keys(count: int) -> str:
    return f"{count:,} key{'' if count == 1 else 's'}"
