"""Asking for an action by its name, without a diagnosis before it."""

from bot.app import Bot
from bot.model.facts import Listing
from bot.model.finding import Table
from bot.model.inputs import InputType
from bot.model.talk import Answers, Ask, Call, ChoiceField, Field_, Form, SuggestField, Tell, TextField
from bot.registry import command, form
from handlers.asking import RUN, Wish, ask_for
from handlers.naming import Unfinished, canonical, input_type, named_action, offered, usage

_SOURCES = {InputType.TENANT: "tenant", InputType.USER: "user", InputType.PERMISSION: "permission"}


@command("run", usage="run <action> [tenant=…] [user=…]")
async def run(bot: Bot, call: Call) -> Answers:
    """Ask for an action by its name; you see what would change, and who decides, before anything is asked or done."""
    if not call.text.strip():
        return Tell(fact=_actions(bot))
    return await _run(bot, call, call.text)


@form("run")
async def filled_in(bot: Bot, call: Call) -> Answers:
    """Goes on with the inputs that were missing."""
    more = " ".join(f'{name}="{value.replace(chr(34), "")}"' for name, value in call.values.items() if value)
    return await _run(bot, call, f"{call.subject} {more}")


async def _run(bot: Bot, call: Call, text: str) -> Answers:
    found = await named_action(bot, call, text)
    if isinstance(found, Unfinished):
        return Ask(form=_form(bot, found, text))
    return await ask_for(bot, call, Wish(RUN, canonical(found, text)))


def _form(bot: Bot, found: Unfinished, text: str) -> Form:
    fields: list[Field_] = []
    about = found.system.name if found.system else ""
    for name in found.missing:
        label, kind = name.replace("_", " ").capitalize(), input_type(name)
        if name == "system":
            options = tuple((one.name, one.title) for one in bot.catalog.able(found.action))
            fields.append(ChoiceField(name=name, label=label, options=options))
        elif kind in _SOURCES:
            fields.append(SuggestField(name=name, label=label, source=_SOURCES[kind], about=about))
        else:
            fields.append(TextField(name=name, label=label))
    return Form(name="run", title=found.action.label[:24], submit="Next", memo=text.strip(), fields=tuple(fields))


def _actions(bot: Bot) -> Listing:
    rows = tuple((action.label, action.says, f"/backstop run {usage(action)}") for action in offered(bot))
    says = "What can be asked for by name. What each would change, and who decides, is shown before anything is done."
    return Listing(says=says, table=Table(title="Actions", columns=("Action", "What it does", "Say"), rows=rows))
