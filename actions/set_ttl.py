"""Gives one cached entry the time to live that was agreed for it."""

from datetime import timedelta

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.request import Item, Outcome, Preview
from bot.model.system import CacheKind
from bot.model.values import write_duration, write_left
from bot.registry import CacheName, Params, action

_MARGIN = timedelta(seconds=1)


@action(
    label="Set time to live",
    source="aiops-data-sync, Issue 3, solution B",
    about=("tenant", "cache"),
    needs=("tenant",),
    idempotent=True,
    unit="key",
    asks={"cache": "Which entry"},
)
class SetTtl(Params):
    """Lets one cached entry of a tenant end within the agreed time, without removing it now."""

    cache: CacheName

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """The entries of the tenant that have an agreed time to live, and whose key is known."""
        names = [name for name in look.caches_of_tenant(CacheKind.CACHE) if look.cache_line(name).ttl]
        known = [name for name in names if look.keys(name)]
        return {"cache": tuple((name, look.cache_line(name).purpose or name) for name in known)}

    async def preview(self, look: Look) -> Preview:
        """Looks how long the entry lives now."""
        agreed = self._agreed(look)
        entry = await look.cache(self.cache)
        if not entry.exists:
            return Preview(says="Nothing is cached, so there is nothing to change.", items=(), at=look.now())
        if entry.ttl is not None and entry.ttl <= agreed:
            return Preview(says="The entry ends within the agreed time already.", items=(), at=look.now())
        before = "no expiry" if entry.ttl is None else f"more than {write_duration(agreed)}"
        left = "no expiry" if entry.ttl is None else f"{write_left(entry.ttl)} left"
        return Preview(
            says=f"Lets 1 key end within {write_duration(agreed)}",
            items=(Item(name=entry.key, before=before, after=write_duration(agreed)),),
            circumstances={entry.key: {"ttl": left}},
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Sets the time to live of the approved key."""
        agreed = self._agreed(change.look)
        for item in change.items:
            if item.after != write_duration(agreed):
                raise ActionFailed("Nothing was changed: another time to live was approved.")
            if not await change.expire_cached(item.name, agreed):
                return Outcome(says=f"{item.name} had ended already")
        # Whether it helped shows when the entry has ended, and what wrote it has written it again.
        settles = agreed + _MARGIN
        return Outcome(says=f"ends within {write_duration(agreed)}", changed=change.items, settles=settles)

    def _agreed(self, look: Look) -> timedelta:
        line = look.cache_line(self.cache)
        if line.kind is not CacheKind.CACHE or line.ttl is None:
            raise InputError(f"{self.cache} has no agreed time to live, so none can be set.")
        return line.ttl
