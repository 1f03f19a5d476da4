"""App Home of one person: what waits for them first."""

from collections.abc import Iterable

from bot.model.facts import Health, HomePage, Watched
from bot.model.request import Request
from bot.slack import limits
from bot.slack.blocks import Block, Press, actions, context, divider, header, preformatted, section
from bot.slack.cards.request import verdict_of
from bot.slack.cards.runbooks import draw_opened, draw_record
from bot.slack.cards.trail import event_line
from bot.slack.cards.words import first_name, where
from bot.slack.text import Markup, join, mark, moment, plural, quote, time_of_day

_WAITING, _LISTED, _LATELY, _SYSTEMS, _RECORDS = 8, 5, 8, 20, 15
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
    blocks += _to_settle(page.to_settle)
    blocks += _reviews(page.reviews)
    blocks += _opened(page)
    blocks += [divider(), header("Your requests")]
    blocks += [section(_line(request)) for request in page.mine[:_LISTED]]
    if not page.mine:
        blocks.append(section(Markup("You have asked for nothing yet.")))
    if page.ended:
        blocks += [divider(), header("Lately in your systems")]
        blocks += [section(_line(request)) for request in page.ended[:_LISTED]]
    if page.deputies:
        blocks += [
            divider(),
            header("Deputies"),
            section(join("\n", [mark("{one}", one=one) for one in page.deputies])),
        ]
    blocks += _pages(page)
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


def _waiting(request: Request, number: int) -> list[Block]:
    text = "*{label}* · {where} · expires at {at}\n{who}: {reason}\n{says}"
    paragraph = mark(
        text, label=request.label, where=where(request.system_title, request.inputs), at=time_of_day(request.expires),
        who=first_name(request.asker), reason=quote(request.reason, 200), says=request.preview.says,
    )  # fmt: skip
    id = request.id
    presses = [Press("approve", id, "Approve", "primary"), Press("deny", id, "Deny…"), Press("why", id, "Who decides?")]
    buttons = actions(f"waiting {number}", presses)
    return [section(paragraph), *([buttons] if buttons else [])]


def _to_settle(some: Iterable[Request]) -> list[Block]:
    blocks: list[Block] = []
    for number, request in enumerate(some):
        blocks += [] if blocks else [divider(), header("Outcome unknown: say how it ended")]
        presses = [
            Press("settle_done", request.id, "It was done…"), Press("settle_failed", request.id, "It was not done…")
        ]  # fmt: skip
        blocks += [section(_line(request)), *_row(f"settle {number}", presses)]
    return blocks


def _reviews(some: Iterable[Request]) -> list[Block]:
    blocks: list[Block] = []
    for number, request in enumerate(some):
        blocks += [] if blocks else [divider(), header("After-reviews due")]
        due = (
            mark(" · by {who}, review due {at}", who=first_name(request.asker), at=moment(request.review.due))
            if request.review
            else Markup("")
        )
        blocks.append(section(join("", [_line(request), due])))
        blocks += _row(f"review {number}", [Press("sign_off", request.id, "Sign off…")])
    return blocks


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


def _pages(page: HomePage) -> list[Block]:
    if page.pages <= 1:
        return []
    newer = [Press("home_page", str(page.page - 1), "Newer")] if page.page > 1 else []
    older = [Press("home_page", str(page.page + 1), "Older")] if page.page < page.pages else []
    shown = context(mark("Page {page} of {pages}", page=page.page, pages=page.pages))
    return [divider(), shown, *_row("pages", [*newer, *older])]


def _row(name: str, presses: list[Press]) -> list[Block]:
    buttons = actions(name, presses)
    return [buttons] if buttons else []


def _line(request: Request) -> Markup:
    verdict = verdict_of(request)
    text = "{verdict} · {where} · {at}" if request.label in verdict else "*{label}* {verdict} · {where} · {at}"
    place = where(request.system_title, request.inputs)
    return mark(text, label=request.label, verdict=verdict, where=place, at=moment(request.changed))


def _health(one: Health) -> Markup:
    at = mark(" · seen {at}", at=moment(one.at)) if one.at else Markup("")
    return mark("*{title}* {state} · {says}{at}", title=one.title, state=_STATES[one.state], says=one.says, at=at)
