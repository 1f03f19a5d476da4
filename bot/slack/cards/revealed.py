"""Evidence with its personal data unmasked: for one person, never as a file."""

from bot.model.facts import Revealed
from bot.slack import limits
from bot.slack.blocks import Block, context, header, preformatted, section
from bot.slack.paper import Message
from bot.slack.text import Markup, clean, mark, plural

_MOST = 10_000  # characters; a view takes more, a message to one person does not
_BLOCKS = 40


def draw_revealed(fact: Revealed) -> Message:
    """Each check with its evidence; what does not fit is counted, since a file would stay behind."""
    blocks: list[Block] = [header(fact.title), section(mark("{says}", says=fact.says))]
    room = _MOST
    left_out = 0
    for label, lines in fact.parts:
        put: list[str] = []
        for one in lines:
            text = clean(one).replace("\n", " ")[: limits.SECTION - 1]
            if len(text) + 1 > room or len(blocks) > _BLOCKS:
                left_out += 1
                continue
            if sum(len(before) + 1 for before in put) + len(text) > limits.SECTION:
                blocks += _part(label, put)
                put = []
            put.append(text)
            room -= len(text) + 1
        if put:
            blocks += _part(label, put)
    if left_out:
        more = plural(left_out, "more line")
        blocks.append(context(mark("{more} that do not fit here: reveal one check alone.", more=more)))
    return Message(mark("Revealed: {title}", title=fact.title), blocks)


def _part(label: str, lines: list[str]) -> list[Block]:
    return [section(Markup(mark("*{label}*", label=label))), preformatted(lines)]
