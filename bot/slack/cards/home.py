"""App Home of one person: what waits for them first."""

from bot.model.facts import Health, HomePage
from bot.model.request import Request
from bot.slack import limits
from bot.slack.blocks import Block, Press, actions, context, divider, header, preformatted, section
from bot.slack.cards.request import verdict_of
from bot.slack.cards.trail import event_line
from bot.slack.cards.words import first_name, where
from bot.slack.text import Markup, join, mark, moment, plural, quote, time_of_day

_WAITING, _MINE, _LATELY, _SYSTEMS = 8, 5, 8, 20
_STATES = {"up": "✔ up", "down": "✖ down", "unknown": "? unknown"}


def draw_home(page: HomePage) -> Block:
    """The view that is published."""
    blocks = [header("Waiting for you")]
    for number, request in enumerate(page.waiting[:_WAITING]):
        blocks += _waiting(request, number)
    if not page.waiting:
        blocks.append(section(Markup("Nothing waits for your decision.")))
    if more := len(page.waiting) - _WAITING:
        blocks += [context(mark("{more}", more=plural(more, "more request")))] if more > 0 else []
    blocks += [divider(), header("Your requests")]
    blocks += [section(_mine(request)) for request in page.mine[:_MINE]]
    if not page.mine:
        blocks.append(section(Markup("You have asked for nothing yet.")))
    blocks += [divider(), header("Systems now")]
    blocks.append(section(join("\n", [_health(one) for one in page.systems[:_SYSTEMS]]) or Markup("None is known.")))
    if page.lately:
        blocks += [divider(), header("Lately"), preformatted(event_line(row) for row in page.lately[:_LATELY])]
    buttons = actions(
        "home", [Press("diagnose_anything", "home", "Diagnose…", "primary"), Press("help", "home", "Help")]
    )
    blocks += [divider(), *([buttons] if buttons else [])]
    return {"type": "home", "blocks": blocks[: limits.BLOCKS_IN_VIEW]}


def draw_empty_home(text: Markup) -> Block:
    """App Home when there is only something to say."""
    return {"type": "home", "blocks": [section(text)]}


def _waiting(request: Request, number: int) -> list[Block]:
    text = "*{label}* · {where} · expires at {at}\n{who}: {reason}\n{says}"
    paragraph = mark(
        text, label=request.label, where=where(request.system_title, request.inputs), at=time_of_day(request.expires),
        who=first_name(request.asker), reason=quote(request.reason, 200), says=request.preview.says,
    )  # fmt: skip
    id = request.id
    presses = [Press("approve", id, "Approve", "primary"), Press("deny", id, "Deny…"), Press("why", id, "Why me?")]
    buttons = actions(f"waiting {number}", presses)
    return [section(paragraph), *([buttons] if buttons else [])]


def _mine(request: Request) -> Markup:
    text = "{verdict} · {where} · {at}"
    place = where(request.system_title, request.inputs)
    return mark(text, verdict=verdict_of(request), where=place, at=moment(request.changed))


def _health(one: Health) -> Markup:
    at = mark(" · seen {at}", at=moment(one.at)) if one.at else Markup("")
    return mark("*{title}* {state} · {says}{at}", title=one.title, state=_STATES[one.state], says=one.says, at=at)
