"""App Home of one person: what waits for them first."""

from bot.model.facts import Health, HomePage, Watched
from bot.slack import limits
from bot.slack.blocks import Block, Press, actions, context, divider, header, preformatted, section
from bot.slack.cards.desk import own_blocks, pages_blocks, waiting_blocks
from bot.slack.cards.runbooks import draw_opened, draw_record
from bot.slack.cards.trail import event_line
from bot.slack.text import Markup, join, mark, moment, plural

_LISTED, _LATELY, _SYSTEMS, _RECORDS = 5, 8, 20, 15
_STATES = {"up": "✔ up", "down": "✖ down", "unknown": "? unknown"}


def draw_home(page: HomePage) -> Block:
    """The view that is published."""
    blocks = [*waiting_blocks(page.desk), *_opened(page), *own_blocks(page.desk), *pages_blocks(page.desk)]
    blocks += [divider(), header("Systems now")]
    blocks.append(section(join("\n", [_health(one) for one in page.systems[:_SYSTEMS]]) or Markup("None is known.")))
    blocks += _watches(page)
    if page.records:
        lines = [mark("*{title}:* {record}", title=title, record=draw_record(one)) for title, one in page.records]
        blocks += [
            divider(), header(f"How often runbooks helped in the last {page.days} days"),
            section(join("\n", lines[:_RECORDS])),
        ]  # fmt: skip
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


def _watches(page: HomePage) -> list[Block]:
    if not page.watched:
        return []
    lines = [_watched(one) for one in page.watches[:_LISTED]]
    others = page.watched - len(page.watches)
    if others:
        well = plural(others, "other is well", "others are well") if lines else "All are well."
        lines.append(mark("{well}", well=well))
    return [divider(), header("Watches"), section(join("\n", lines))]


def _watched(one: Watched) -> Markup:
    since = mark(" · since {at}", at=moment(one.since)) if one.since else Markup("")
    return mark("*{id}* {says}{since}", id=one.id, says=one.says, since=since)


def _opened(page: HomePage) -> list[Block]:
    if not page.opened:
        return []
    blocks = [divider(), header("Open escalations")]
    for number, one in enumerate(page.opened[:_LISTED]):
        take = [Press("acknowledge", one.id, "I take it", "primary")] if one.is_waiting else []
        presses = [*take, Press("add_note", one.id, "Add note…"), Press("resolve", one.id, "Resolve…")]
        blocks += [section(draw_opened([one])), *_row(f"opened {number}", presses)]
    more = len(page.opened) - _LISTED
    return [*blocks, *([context(mark("{more}", more=f"{more} more: /backstop runbooks"))] if more > 0 else [])]


def _row(name: str, presses: list[Press]) -> list[Block]:
    buttons = actions(name, presses)
    return [buttons] if buttons else []


def _health(one: Health) -> Markup:
    at = mark(" · seen {at}", at=moment(one.at)) if one.at else Markup("")
    return mark("*{title}* {state} · {says}{at}", title=one.title, state=_STATES[one.state], says=one.says, at=at)
