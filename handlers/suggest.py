"""Type-ahead: what somebody may mean while they type."""

from bot.app import Bot
from bot.errors import BackstopError
from bot.model.inputs import InputType
from bot.model.people import Person
from bot.registry import suggestion

Pairs = list[tuple[str, str]]


@suggestion("runbook")
async def runbook(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """Runbooks whose name, title or symptoms fit."""
    found = bot.catalog.match(typed, limit=20) if typed.strip() else []
    said = typed.casefold()
    named = [one for one in bot.catalog.runbooks.values() if said in f"{one.name} {one.title}".casefold()]
    return [(one.name, f"{one.title} · {one.name}") for one in {one.name: one for one in (*found, *named)}.values()]


@suggestion("tenant")
async def tenant(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """Tenants that the person may look at."""
    return await _suggested(bot, person, about, InputType.TENANT, typed)


@suggestion("user")
async def user(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """Users of the system, by the beginning of their address or name."""
    return await _suggested(bot, person, about, InputType.USER, typed)


@suggestion("permission")
async def permission(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """What can be allowed in the system."""
    return await bot.finder.suggest(person, bot.catalog.system(about), InputType.PERMISSION, typed)


async def _suggested(bot: Bot, person: Person, about: str, kind: InputType, typed: str) -> Pairs:
    """Of one system, or of each where it is still open which one is meant."""
    if about:
        return await bot.finder.suggest(person, bot.catalog.system(about), kind, typed)
    pairs: Pairs = []
    for system in bot.catalog.systems.values():
        try:
            found = await bot.finder.suggest(person, system, kind, typed)
        except BackstopError:
            continue  # what one system does not answer must not hide the others
        pairs += [(value, f"{text} · {system.title}") for value, text in found]
    return pairs
