"""Draws any fact, wherever it comes from."""

from bot.model.facts import Asking, DeskPage, Fact, Help, HomePage, Listing, Revealed, RunbookList, Sentence, Trail, Why
from bot.slack.cards.asking import draw_asking
from bot.slack.cards.desk import draw_desk
from bot.slack.cards.help import draw_help
from bot.slack.cards.home import draw_home
from bot.slack.cards.listing import draw_listing
from bot.slack.cards.revealed import draw_revealed
from bot.slack.cards.runbooks import draw_runbooks
from bot.slack.cards.sentence import draw_sentence
from bot.slack.cards.trail import draw_trail
from bot.slack.cards.why import draw_why
from bot.slack.paper import Message
from bot.slack.text import Markup


def draw_fact(fact: Fact) -> Message:  # noqa: PLR0911  # one line for each fact reads best
    """The fact as a message."""
    match fact:
        case Sentence():
            return draw_sentence(fact)
        case Help():
            return draw_help(fact)
        case RunbookList():
            return draw_runbooks(fact)
        case Asking():
            return draw_asking(fact)
        case Trail():
            return draw_trail(fact)
        case Why():
            return draw_why(fact)
        case Listing():
            return draw_listing(fact)
        case Revealed():
            return draw_revealed(fact)
        case DeskPage():
            return draw_desk(fact)
        case HomePage():
            return Message(Markup("App Home"), draw_home(fact)["blocks"])
