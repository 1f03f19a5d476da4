"""What lies on one person's desk: what waits for them first, each with its buttons."""

from collections.abc import Callable, Iterable

from bot.model.facts import DeskPage
from bot.model.request import Request, State
from bot.slack.blocks import Block, Press, actions, context, divider, header, section
from bot.slack.cards.request import approve_press, needs_of, verdict_of
from bot.slack.cards.words import first_name, where
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, join, mark, moment, quote, time_of_day


def draw_desk(page: DeskPage) -> Message:
    """The whole page as a message."""
    paper = Paper()
    paper.put(*waiting_blocks(page), *own_blocks(page))
    for block in pages_blocks(page):
        paper.end(block)
    count = len(page.waiting)
    return paper.message(mark("{count} waiting for your decision", count=count) if count else Markup("Nothing waits."))


def waiting_blocks(page: DeskPage) -> list[Block]:
    """What this person is to decide, settle or sign off."""
    blocks = [header("Waiting for you")]
    for number, request in enumerate(page.waiting):
        presses = [approve_press(request, is_dangerous=request.action in page.dangerous),
                   Press("deny", request.id, "Deny…"), Press("why", request.id, "Who decides?")]  # fmt: skip
        blocks += [section(_asked(request)), *_row(f"waiting {number}", presses)]
    if not page.waiting:
        blocks.append(section(Markup("Nothing waits for your decision.")))
    blocks += _listed(
        "Approved by you, others are still to decide", "approved", page.half_approved, _asked,
        lambda request: [Press("withdraw", request.id, "Take my approval back"), Press("deny", request.id, "Deny…")],
    )  # fmt: skip
    blocks += _listed(
        "Outcome unknown: say how it ended", "settle", page.to_settle, _line,
        lambda request: [Press("settle_done", request.id, "It was done…"),
                         Press("settle_failed", request.id, "It was not done…")],
    )  # fmt: skip
    return blocks + _listed(
        "After-reviews due", "review", page.reviews, _reviewed,
        lambda request: [] if request.asker.id == page.person else [Press("sign_off", request.id, "Sign off…")],
    )  # fmt: skip


def own_blocks(page: DeskPage) -> list[Block]:
    """What this person asked for, what ran in their systems, and deputies."""
    blocks = [divider(), header("Your requests")]
    blocks.append(section(_lines(page.mine) or Markup("You have asked for nothing yet.")))
    if page.ended:
        blocks += [divider(), header("Lately in your systems"), section(_lines(page.ended))]
    if page.deputies:
        lines = join("\n", [mark("{one}", one=one) for one in page.deputies])
        blocks += [divider(), header("Deputies"), section(lines)]
    return blocks


def pages_blocks(page: DeskPage) -> list[Block]:
    """The way to what is newer and older, where not all is shown."""
    if page.pages <= 1:
        return []
    before = [Press(page.pager, str(page.page - 1), "Previous page")] if page.page > 1 else []
    after = [Press(page.pager, str(page.page + 1), "Next page")] if page.page < page.pages else []
    shown = context(mark("Page {page} of {pages}", page=page.page, pages=page.pages))
    return [divider(), shown, *_row("pages", [*before, *after])]


def _listed(
    title: str, name: str, some: Iterable[Request], text: Callable[[Request], Markup],
    presses: Callable[[Request], list[Press]],
) -> list[Block]:  # fmt: skip
    blocks: list[Block] = []
    for number, request in enumerate(some):
        blocks += [] if blocks else [divider(), header(title)]
        blocks += [section(text(request)), *_row(f"{name} {number}", presses(request))]
    return blocks


def _asked(request: Request) -> Markup:
    ticket = mark(" · ticket {ticket}", ticket=request.ticket) if request.ticket else Markup("")
    text = "*{label}* · {where} · expires at {at}\n{who}: {reason}{ticket}\n{says} (preview of {seen})\n{needs}"
    return mark(
        text, label=request.label, where=where(request.system_title, request.inputs), at=time_of_day(request.expires),
        who=first_name(request.asker), reason=quote(request.reason, 200), ticket=ticket, says=request.preview.says,
        seen=time_of_day(request.preview.at), needs=needs_of(request),
    )  # fmt: skip


def _reviewed(request: Request) -> Markup:
    if request.review is None:
        return _line(request)
    text = "\nBreak-glass by {who}: {reason}; review due {at}, by somebody else"
    due = mark(
        text, who=first_name(request.asker), reason=quote(request.reason, 200), at=moment(request.review.due)
    )  # fmt: skip
    return join("", [_line(request), due])


def _lines(some: Iterable[Request]) -> Markup:
    return join("\n", [mark("• {line}", line=_line(one)) for one in some])


def _line(request: Request) -> Markup:
    verdict, place = verdict_of(request), where(request.system_title, request.inputs)
    if request.state is State.PENDING:
        text = "{verdict} · {where} · expires at {at} · {given} of {count}"
        return mark(text, verdict=verdict, where=place, at=time_of_day(request.expires),
                    given=len(request.approved_by), count=f"{request.approvals} approved")  # fmt: skip
    text = "{verdict} · {where} · {at}" if request.label in verdict else "*{label}* {verdict} · {where} · {at}"
    return mark(text, label=request.label, verdict=verdict, where=place, at=moment(request.changed))


def _row(name: str, presses: list[Press]) -> list[Block]:
    buttons = actions(name, presses)
    return [buttons] if buttons else []
