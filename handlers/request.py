"""Asking for an action: what would change, why, and who decides."""

from bot.app import Asked, Bot
from bot.model.facts import Sentence
from bot.model.policy import Verdict
from bot.model.request import Request
from bot.model.talk import Answers, Call, Show, Subject, SubjectKind, Tell
from bot.registry import button, form
from handlers.asking import REMEDY, STEP, UNDO, WORKAROUND, Wish, ask_for, prepare


@button("remedy", opens_form="Remedy")
async def remedy(bot: Bot, call: Call) -> Answers:
    """Shows what a remedy would change, and asks for a reason."""
    return await ask_for(bot, call, Wish(REMEDY, call.subject))


@button("step", opens_form="Next step")
async def step(bot: Bot, call: Call) -> Answers:
    """Shows what the next step of a procedure would change, and asks for a reason."""
    return await ask_for(bot, call, Wish(STEP, call.subject))


@form("choose")
async def choose(bot: Bot, call: Call) -> Answers:
    """Shows what the chosen change would do, and asks for a reason."""
    return await ask_for(bot, call, Wish.read(call.subject, call.values))


@button("undo", opens_form="Undo")
async def undo(bot: Bot, call: Call) -> Answers:
    """Shows what undoing a request would change, and asks for a reason."""
    return await ask_for(bot, call, Wish(UNDO, call.subject))


@form("ask")
async def ask(bot: Bot, call: Call) -> Answers:
    """Files the request."""
    wish = Wish.read(call.subject)
    asked = await prepare(bot, call, wish)
    request, is_new = await bot.asking.file(
        asked, call.values.get("reason", ""), call.values.get("ticket", ""), confirm=call.values.get("confirm", ""),
        break_glass=call.values.get("urgency") == "break_glass",
    )  # fmt: skip
    tell = Tell(fact=Sentence(text=await _said(bot, request, asked, is_new), tone="good"))
    if wish.kind == WORKAROUND:
        return Show(
            subject=Subject(kind=SubjectKind.REQUEST, id=request.id), place=call.place.thread_of(call.message)
        ), tell
    if request.diagnosis:
        return tell  # its card is in the diagnosis' thread already
    place = await bot.place_for(call.person, call.place, bot.catalog.system(request.system))
    return Show(subject=Subject(kind=SubjectKind.REQUEST, id=request.id), place=place), tell


async def _said(bot: Bot, request: Request, asked: Asked, is_new: bool) -> str:
    where = "in the thread" if request.diagnosis else "in the channel"
    if not is_new and request.asker.id == asked.actor.person.id:
        return f"You have asked for this already, and it is still open; yours was added. The card is {where}."
    if not is_new:
        return f"{request.asker.name} has asked for this already; yours was added to it. The card is {where}."
    if request.is_break_glass:
        return f"{request.label} runs now by break-glass; those who could have approved are told, a review is due."
    if asked.decision.verdict is Verdict.ALLOW:
        return f"{request.label} runs now; the outcome is in the thread."
    names = await bot.standing.names(asked.deciders)
    count = "One" if request.approvals == 1 else str(request.approvals)
    of = ", ".join(names) or f"those who are {' or '.join(request.by)}"
    return f"Asked for {request.label}. {count} of {of} can approve it; the card is {where}."
