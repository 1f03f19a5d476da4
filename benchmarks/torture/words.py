"""Ten thousand commands of hostile words, each answered or refused in one sentence, and each answer drawn."""

import random
from typing import Any

from slack_sdk.models.blocks import Block

from benchmarks.ground import Ground
from benchmarks.torture.hostile import text
from benchmarks.torture.tried import Tried
from benchmarks.without_slack import built, directory_of
from bot.errors import BackstopError
from bot.model.facts import Sentence
from bot.model.talk import Answer, Ask, Call, Kind, Place, Show, Tell
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.form import draw_form
from bot.slack.cards.sentence import draw_sentence
from bot.slack.drawing import Painter
from bot.slack.heard import readable
from bot.wiring import Built
from sandbox.slack.surfaces import check_message_blocks, check_view

_WORDS = (
    "stale-data", "data-sync", "permission-denied", "old numbers on the dashboard", "clear_cache", "retry_jobs",
    "fix_role", "export_rows", "tenant=tenant-abc", "user=vera@example.com", "action=edit agents", "role=developer",
    "request=01ABC", "person=olga", "since=7d", "until=now", "page=2", "csv", "why", "cache", "system=aiops",
)  # fmt: skip


async def words(on: Ground, count: int, seed: int) -> Tried:
    """Says them to the handlers as a person would; what comes back has to fit into Slack."""
    tried, dice = Tried("commands of hostile words"), random.Random(seed)  # noqa: S311  # repeatable, not secret
    async with built(on) as made:
        handlers = made.bot.registry.commands()
        painter = Painter(made.bot.registry)
        person = directory_of(made).by_name["olga"]
        for number in range(count):
            handler, said = dice.choice(handlers), readable(text(dice, _WORDS))
            call = Call(
                person=person, kind=Kind.COMMAND, place=Place(channel="C1", channel_name="backend-support"),
                delivery=f"torture {seed} {number}", text=said,
            )  # fmt: skip
            tried.count("said")
            try:
                answers = await handler.call(made.bot, call)
                for answer in answers if isinstance(answers, tuple) else (answers,) if answers else ():
                    await _drawn(made, painter, answer)
                    tried.count(f"answered by {type(answer).__name__.lower()}")
            except BackstopError as problem:
                _fits(draw_sentence(Sentence(text=problem.sentence, tone="refusal")).blocks)
                tried.count("refused in a sentence")
            except Exception as problem:  # whatever it is, it is a loss
                tried.lose(f"/backstop {handler.name} {said[:80]!r}: {type(problem).__name__}: {problem}")
    return tried


async def _drawn(made: Built, painter: Painter, answer: Answer) -> None:
    match answer:
        case Tell():
            _fits(draw_fact(answer.fact).blocks)
        case Ask():
            check_view(draw_form(answer.form, draw_fact(answer.form.about) if answer.form.about else None, {}), "modal")
        case Show():
            drawn = painter.draw("card", await made.bot.snapshot(answer.subject))
            if drawn is not None:
                _fits(drawn.blocks)


def _fits(blocks: list[dict[str, Any]]) -> None:
    """By the rules of the local workspace, and by Slack's own classes."""
    check_message_blocks(blocks)
    for block in blocks:
        parsed = Block.parse(block)
        if parsed is not None:
            parsed.validate_json()
