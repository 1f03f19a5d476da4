"""What is cached for a tenant: keys, kind, time to live and size, and never a value."""

from collections.abc import Mapping
from datetime import timedelta

from bot.app import Bot, meant, parse
from bot.errors import InputError, UnknownName
from bot.model.facts import Listing
from bot.model.finding import Table
from bot.model.inputs import Inputs, InputSpec, InputType
from bot.model.system import Cache, CacheKind, System
from bot.model.talk import Answers, Call, Tell
from bot.model.values import write_duration
from bot.registry import command

_KINDS = {CacheKind.CACHE: "cache", CacheKind.STATE: "state, never cleared", CacheKind.NO_TTL: "rightly without TTL"}
_COLUMNS = ("Key", "Kind", "Lives for", "Agreed", "Size", "Purpose")


@command("cache", usage="cache tenant=… [system=…]")
async def cache(bot: Bot, call: Call) -> Answers:
    """Show what is cached for a tenant: keys, kind, time to live and size; never values."""
    words, named = parse(call.text)
    for name in (*words, *named):
        if name not in {"tenant", "system"}:
            raise UnknownName("input of cache", name, ["tenant=…", "system=…"])
    if "tenant" not in named:
        raise InputError("Say whose: /backstop cache tenant=…")
    system = await _system(bot, call, named)
    spec = InputSpec(type=InputType.TENANT)
    tenant = await bot.finder.find(call.person, system, "tenant", spec, named["tenant"], Inputs())
    inputs = Inputs(given={"tenant": tenant})
    await bot.standing.actor(call.person, system.name, inputs)
    look = bot.access.look(system.name, inputs)
    names = look.caches_of_tenant()
    found = await look.entries(*names)
    held = {entry.key: (name, entry) for name, entry in found.found}
    rows, wrong = [], 0
    for key in sorted({*held, *look.keys(*names)}):
        if key not in held:
            name = next(name for name in names if key in look.keys(name))
            rows.append((key, _KINDS[look.cache_line(name).kind], "not cached now", *_of(look.cache_line(name), None)))
            continue
        name, entry = held[key]
        line = look.cache_line(name)
        wrong += _is_wrong(line, entry.ttl)
        rows.append((key, _KINDS[line.kind], _left(line, entry.ttl), *_of(line, entry.size)))
    table = Table(title=f"Cache of {tenant.shown}", columns=_COLUMNS, rows=tuple(rows), cut=found.cut)
    size = sum(entry.size for _, entry in held.values())
    said = f"{len(held)} entr{'y' if len(held) == 1 else 'ies'} of {tenant.shown} in {system.title}, {size:,} bytes"
    judged = f"; {wrong} {'does' if wrong == 1 else 'do'} not end as agreed" if wrong else ""
    return Tell(fact=Listing(says=f"{said}{judged}. Values are never shown.", table=table))


async def _system(bot: Bot, call: Call, named: Mapping[str, str]) -> System:
    if "system" in named:
        return bot.catalog.system(named["system"])
    able = [one for one in bot.catalog.systems.values() if one.caches]
    found = await meant(bot.finder, call.person, await bot.channel_name(call.place), able, named)
    if found is None:
        raise InputError(f"Say which system: system= with one of {', '.join(one.name for one in able) or 'none'}.")
    return found


def _is_wrong(line: Cache, ttl: timedelta | None) -> bool:
    if line.kind is not CacheKind.CACHE:
        return False
    return ttl is None or (line.ttl is not None and ttl > line.ttl + timedelta(seconds=1))


def _left(line: Cache, ttl: timedelta | None) -> str:
    left = "for ever" if ttl is None else write_duration(timedelta(seconds=round(ttl.total_seconds())))
    return f"▲ {left}" if _is_wrong(line, ttl) else left


def _of(line: Cache, size: int | None) -> tuple[str, str, str]:
    agreed = f"≤ {write_duration(line.ttl)}" if line.ttl else "–"
    return agreed, "–" if size is None else f"{size:,} bytes", line.purpose
