"""Type-ahead: what somebody may mean while they type."""

from bot.app import Bot
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
    return await bot.finder.suggest(person, bot.catalog.system(about), InputType.TENANT, typed)


@suggestion("user")
async def user(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """Users of the system, by the beginning of their address or name."""
    return await bot.finder.suggest(person, bot.catalog.system(about), InputType.USER, typed)


@suggestion("permission")
async def permission(bot: Bot, person: Person, about: str, typed: str) -> Pairs:
    """What can be allowed in the system."""
    return await bot.finder.suggest(person, bot.catalog.system(about), InputType.PERMISSION, typed)
