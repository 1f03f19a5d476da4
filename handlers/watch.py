"""What people do about watches: see how they stand, say that they look after something, have it quiet for a time."""

from bot.app import Bot
from bot.errors import InputError
from bot.model.diagnosis import Verdict
from bot.model.facts import Listing, Sentence, Watched
from bot.model.finding import Table
from bot.model.talk import Answers, Ask, Call, ChoiceField, Form, Tell, TextField
from bot.model.values import parse_duration, write_duration
from bot.model.watch import Watch, WatchState
from bot.registry import button, command, form

_LENGTHS = (("1h", "1 hour"), ("4h", "4 hours"), ("1d", "1 day"), ("7d", "1 week"), ("28d", "4 weeks"))


@command("watches", usage="watches")
async def watches(bot: Bot, call: Call) -> Answers:
    """List what is looked at by itself, and how it stands."""
    now, rows = bot.clock(), []
    for watch, state in await bot.watches.listed(call.person):
        about = " ".join((watch.runbook, watch.system, *watch.inputs.values()))
        stands = stand(watch, state)
        says, since = stands.says, write_duration(now - stands.since) if stands.since else ""
        if state is not None and state.muted is not None and state.is_muted(now):
            says = f"{says} (muted until {state.muted.until:%Y-%m-%d %H:%M} UTC by {state.muted.person.name})"
        rows.append((watch.id, about, write_duration(watch.every), says, since))
    if not rows:
        return Tell(fact=Sentence(text="Nothing that you may look at is watched; policies/watches.yml says what is."))
    columns = ("Watch", "Looks at", "Every", "Stands", "For")
    return Tell(
        fact=Listing(
            says="What is looked at by itself.", table=Table(title="Watches", columns=columns, rows=tuple(rows))
        )
    )


def stand(watch: Watch, state: WatchState | None) -> Watched:
    """How a watch stands, in words; what was not looked at, or could not be, is not well."""
    if state is None or state.looked is None:
        return Watched(id=watch.id, says="not looked at yet", is_well=False)
    if state.problem:
        return Watched(id=watch.id, says=f"could not be looked at: {state.problem}", is_well=False)
    is_well = state.headline == Verdict.NO_FAULT.value
    return Watched(id=watch.id, says=state.headline, is_well=is_well, since=state.since)


@button("watch_seen")
async def watch_seen(bot: Bot, call: Call) -> Answers:
    """Says that you look after what a watch found, so that everybody sees it."""
    await bot.watches.acknowledge(call.person, call.subject)
    return None


@button("watch_mute", opens_form="Mute a watch")
async def watch_mute(bot: Bot, call: Call) -> Answers:
    """Asks how long nothing is to be posted about a watch, and why."""
    length = ChoiceField(name="length", label="For how long?", options=_LENGTHS)
    why = TextField(name="why", label="Why?", longest=500, hint="Goes on record. It goes on being looked at.")
    return Ask(
        form=Form(name="watch_mute", title="Mute a watch", submit="Mute", memo=call.subject, fields=(length, why))
    )


@form("watch_mute")
async def watch_muted(bot: Bot, call: Call) -> Answers:
    """Mutes it."""
    try:
        length = parse_duration(call.values.get("length", ""))
    except ValueError as error:
        raise InputError("Say for how long.") from error
    await bot.watches.mute(call.person, call.subject, length, call.values.get("why", ""))
    return Tell(fact=Sentence(text=f"Nothing is posted about it for {write_duration(length)}.", tone="good"))


@button("watch_unmute")
async def watch_unmute(bot: Bot, call: Call) -> Answers:
    """Has changes of a watch posted again."""
    await bot.watches.unmute(call.person, call.subject)
    return None
