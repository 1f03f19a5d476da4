"""What a watch posts when its verdict changes, and the notice as it stands since."""

from bot.model.diagnosis import Verdict
from bot.model.watch import Notice
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.words import first_name, where, where_plain
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, join, mark, moment, plural, quote

_CHANGES = 4  # the diagnosis in the thread has all of them
_ICONS = {Verdict.FAULT: "✖", Verdict.NO_FAULT: "✔"}


def draw_notice(notice: Notice) -> Message:
    """The verdict, what people knew before, what changed since it was healthy; the diagnosis stands in the thread."""
    paper = Paper()
    verdict = _verdict(notice)
    paper.put(header(verdict))
    text = mark(
        "*{title}* · {where} · watched as {watch} · {at}", title=notice.title,
        where=where(notice.system_title, notice.inputs), watch=notice.watch, at=moment(notice.at),
    )  # fmt: skip
    paper.put(context(text))
    paper.put(section(join("\n", _lines(notice))))
    paper.buttons("watch", _buttons(notice))
    about = where_plain(notice.system_title, notice.inputs)
    return paper.message(mark("{verdict} ({about})", verdict=verdict, about=about))


def _verdict(notice: Notice) -> str:
    said = f"{notice.headline[:1].upper()}{notice.headline[1:]}"
    if notice.verdict is Verdict.NO_FAULT:
        said = "Healthy again"
    return f"{_ICONS.get(notice.verdict, '?')} {said}"


def _lines(notice: Notice) -> list[Markup]:
    lines = [mark("*Before:* {before}", before=notice.before or "not looked at yet")]
    if notice.healthy_at is not None:
        lines.append(mark("*Changed since it was last healthy* ({at}):", at=moment(notice.healthy_at)))
        lines += [mark("• {change}", change=one) for one in notice.changes[:_CHANGES]]
        if more := len(notice.changes) - _CHANGES:
            lines += [mark("• {more}", more=plural(more, "more check"))] if more > 0 else []
        if not notice.changes:
            lines.append(Markup("• nothing that these checks see"))
    if notice.acknowledged is not None:
        by = first_name(notice.acknowledged.person)
        lines.append(mark("*{by} looks after it* since {at}", by=by, at=moment(notice.acknowledged.at)))
    if notice.muted is not None:
        text = "*Muted* by {by} until {until}: {reason}"
        by, until = first_name(notice.muted.person), moment(notice.muted.until)
        lines.append(mark(text, by=by, until=until, reason=quote(notice.muted.reason)))
    if notice.over is not None:
        lines.append(mark("*Over:* something else was posted at {at}.", at=moment(notice.over)))
    return lines


def _buttons(notice: Notice) -> list[Press]:
    if notice.over is not None:
        return []
    unmute, mute = Press("watch_unmute", notice.id, "Unmute"), Press("watch_mute", notice.id, "Mute…")
    quiet = unmute if notice.muted is not None else mute
    if notice.verdict is Verdict.NO_FAULT or notice.acknowledged is not None:
        return [quiet]
    return [Press("watch_seen", notice.id, "I look after it"), quiet]
