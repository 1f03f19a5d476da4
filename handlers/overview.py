"""What there is and what waits: help, runbooks, approvals, App Home."""

from typing import Literal

from bot.app import Bot
from bot.errors import BackstopError
from bot.model.facts import Health, Help, HelpEntry, HomePage, RunbookList, Sentence
from bot.model.inputs import InputType
from bot.model.people import Person
from bot.model.policy import Verdict
from bot.model.request import Request
from bot.model.talk import Answers, Call, Show, Subject, SubjectKind, Tell
from bot.registry import command, home
from handlers.diagnose import line


@command("help", usage="help")
async def help_(bot: Bot, call: Call) -> Answers:
    """Say what you can do here."""
    if not await _may_look_somewhere(bot, call.person):
        note = "You hold no role in any system that is supported here, so you can't look at one; ask a tenant's admin."
        return Tell(
            fact=Help(entries=(HelpEntry(usage="/backstop help", says="Say what you can do here."),), notes=(note,))
        )
    entries = tuple(
        HelpEntry(usage=f"/backstop {handler.usage or handler.name}", says=handler.says)
        for handler in bot.registry.commands()
    )
    notes = (
        "In threads, where Slack has no slash commands, mention the bot: @backstop diagnose …",
        "On a message of somebody's: More actions → Diagnose this.",
    )
    return Tell(fact=Help(entries=entries, notes=notes))


@command("runbooks", usage="runbooks")
async def runbooks(bot: Bot, call: Call) -> Answers:
    """List what can be looked into."""
    ordered = sorted(bot.catalog.runbooks.values(), key=lambda one: (one.family, one.name))
    return Tell(fact=RunbookList(lines=tuple(line(bot, runbook) for runbook in ordered)))


@command("approvals", usage="approvals", alias="/approvals")
async def approvals(bot: Bot, call: Call) -> Answers:
    """Show what waits for your decision."""
    waiting = await waiting_for(bot, call.person)
    if not waiting:
        return Tell(fact=Sentence(text="Nothing waits for you."))
    shows = [Show(subject=Subject(kind=SubjectKind.REQUEST, id=request.id)) for request in waiting[:3]]
    return (*shows, Tell(fact=Sentence(text=f"{len(waiting)} waiting; App Home shows all of them.")))


async def waiting_for(bot: Bot, person: Person) -> list[Request]:
    """Pending requests that a person may decide, the oldest first."""
    found = []
    for request in await bot.pending():
        _, decision = await bot.standing.voting(person, request)
        if decision.verdict is Verdict.ALLOW:
            found.append(request)
    return found


@home()
async def app_home(bot: Bot, call: Call) -> HomePage:
    """What waits for you, what you asked for, what ran lately, and how the systems are."""
    systems = []
    for system in bot.catalog.systems.values():
        answers = await bot.access.ping(system.name)
        down = [answer.connection for answer in answers if not answer.is_up]
        says = f"{', '.join(down)} down" if down else f"{', '.join(answer.connection for answer in answers)} up"
        state: Literal["up", "down"] = "down" if down else "up"
        systems.append(Health(system=system.name, title=system.title, state=state, says=says, at=bot.clock()))
    return HomePage(
        waiting=tuple(await waiting_for(bot, call.person)), mine=tuple(await bot.asked_by(call.person)),
        lately=tuple(await bot.audit.find(person=call.person, limit=8)), systems=tuple(systems),
    )  # fmt: skip


async def _may_look_somewhere(bot: Bot, person: Person) -> bool:
    for system in bot.catalog.systems.values():
        try:
            if await bot.finder.suggest(person, system, InputType.TENANT, ""):
                return True
        except BackstopError:
            return True  # the system is down: help is not what reveals anything
    return False
