"""What there is and what waits: help, runbooks, approvals, App Home."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from bot.app import Bot
from bot.errors import BackstopError, ConfigurationError
from bot.model.facts import DeskPage, Health, Help, HelpEntry, HomePage, RunbookList, Sentence, Watched
from bot.model.inputs import InputType
from bot.model.people import Person
from bot.model.request import Request
from bot.model.talk import Answers, Call, Tell
from bot.registry import button, command, home
from handlers.diagnose import line
from handlers.watch import stand

_IN_HOME, _IN_MESSAGE = 5, 3  # of each list on a page; a message has half as much room
_KEPT = 50  # older ones are found with /audit
_LATELY = timedelta(days=30)  # over which it is counted how often a runbook helped


@command("help", usage="help")
async def help_(bot: Bot, call: Call) -> Answers:
    """Say what you can do here."""
    if not await _may_look_somewhere(bot, call.person):
        note = "You hold no role in any system that is supported here, so you can't look at one; ask a tenant's admin."
        return Tell(
            fact=Help(entries=(HelpEntry(usage="/backstop help", says="Say what you can do here."),), notes=(note,))
        )
    if words := call.text.split():
        word = words[0][:60]
        unknown = Sentence(text=f"{word} is not something I know; this is what you can say:", tone="refusal")
        return Tell(fact=unknown), Tell(fact=_help(bot))
    return Tell(fact=_help(bot))


def _help(bot: Bot) -> Help:
    entries = tuple(
        HelpEntry(usage=f"/backstop {handler.usage or handler.name}", says=handler.says)
        for handler in bot.registry.commands()
    )
    notes = (
        "In threads, where Slack has no slash commands, mention the bot: @backstop diagnose …",
        "On a message of somebody's: More actions → Diagnose this.",
    )
    return Help(entries=entries, notes=notes)


@command("runbooks", usage="runbooks")
async def runbooks(bot: Bot, call: Call) -> Answers:
    """List what can be looked into, how often that helped lately, and which escalations are open."""
    ordered = sorted(bot.catalog.runbooks.values(), key=lambda one: (one.family, one.name))
    opened = await bot.overview.opened_for(call.person)
    records = {one.runbook: one for one in await bot.overview.helpfulness(bot.clock() - _LATELY)}
    lines = [
        line(bot, one).model_copy(
            update={
                "record": records.get(one.name),
                "escalated": sum(escalation.runbook == one.name for escalation in opened),
            }
        )
        for one in ordered
    ]
    return Tell(fact=RunbookList(lines=tuple(lines), opened=tuple(opened), days=_LATELY.days))


@command("approvals", usage="approvals", alias="/approvals")
async def approvals(bot: Bot, call: Call) -> Answers:
    """Show what waits for your decision, what you asked for, and what ran lately."""
    return Tell(fact=await _desk(bot, call.person, 1, "approvals_page", _IN_MESSAGE))


@button("approvals_page")
async def approvals_page(bot: Bot, call: Call) -> Answers:
    """Another page of what `/approvals` shows."""
    return Tell(fact=await _desk(bot, call.person, _number(call.subject), "approvals_page", _IN_MESSAGE))


@home()
async def app_home(bot: Bot, call: Call) -> HomePage:
    """What waits for you, what you asked for, what ran lately, and how the systems are."""
    return await _page(bot, call.person, _number(call.subject))


@button("home_page")
async def home_page(bot: Bot, call: Call) -> HomePage:
    """Another page of App Home."""
    return await _page(bot, call.person, _number(call.subject))


async def _page(bot: Bot, person: Person, wanted: int) -> HomePage:
    is_insider = await _may_look_somewhere(bot, person)
    records = await bot.overview.helpfulness(bot.clock() - _LATELY) if is_insider else []
    titles = {name: one.title for name, one in bot.catalog.runbooks.items()}
    watched = await _watched(bot, person)
    return HomePage(
        desk=await _desk(bot, person, wanted, "home_page", _IN_HOME),
        watches=tuple(one for one in watched if not one.is_well), watched=len(watched),
        opened=tuple(await bot.overview.opened_for(person)), days=_LATELY.days,
        records=tuple((titles.get(one.runbook, one.runbook), one) for one in records),
        systems=await _health(bot) if is_insider else (),
    )  # fmt: skip


async def _desk(bot: Bot, person: Person, wanted: int, pager: str, size: int) -> DeskPage:
    desk = bot.desk
    waiting, half, settle = await desk.waiting(person), await desk.half_approved(person), await desk.to_settle(person)
    reviews, mine, ended = await desk.reviews(person), await desk.mine(person, _KEPT), await desk.lately(person, _KEPT)
    pages = max(1, *(math.ceil(len(some) / size) for some in (waiting, half, settle, reviews, mine, ended)))
    page = min(max(1, wanted), pages)

    def part(some: Sequence[Request]) -> tuple[Request, ...]:
        return tuple(some[(page - 1) * size : page * size])

    return DeskPage(
        person=person.id, waiting=part(waiting), half_approved=part(half), to_settle=part(settle),
        reviews=part(reviews), mine=part(mine), ended=part(ended), deputies=tuple(desk.deputies(person)),
        dangerous=frozenset(name for name, action in bot.registry.actions.items() if action.danger),
        page=page, pages=pages, pager=pager,
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 1


async def _watched(bot: Bot, person: Person) -> list[Watched]:
    try:
        return [stand(watch, state) for watch, state in await bot.watches.listed(person)]
    except ConfigurationError as error:
        # The page has more to show, and this is where somebody sees that nothing is watched.
        return [Watched(id="Nothing is watched", says=error.sentence, is_well=False)]


async def _health(bot: Bot) -> tuple[Health, ...]:
    systems = []
    for name, standing in (await bot.access.health()).items():
        system, answers = bot.catalog.system(name), standing.answers
        down = [answer.connection for answer in answers if not answer.is_up]
        says = ", ".join(down or (answer.connection for answer in answers))
        state: Literal["up", "down"] = "down" if down else "up"
        systems.append(Health(system=system.name, title=system.title, state=state, says=says, at=standing.at))
    return tuple(systems)


async def _may_look_somewhere(bot: Bot, person: Person) -> bool:
    for system in bot.catalog.systems.values():
        try:
            # Whose roles could not be read is not told that they hold none.
            if await bot.finder.suggest(person, system, InputType.TENANT, "", in_doubt=True):
                return True
        except ConfigurationError:
            continue  # it is not set up here
        except BackstopError:
            return True  # the system is down: help is not what reveals anything
    return False
