"""What a handler is given: `Bot`, the services of Backstop behind one name."""

from bot.app.bot import Bot, Canvas
from bot.app.choosing import meant
from bot.app.intake import Intake, NeedMore, Offers, Resolved, parse
from bot.app.unverified import Unverified
from bot.approvals import Asked, Wanted

__all__ = [
    "Asked", "Bot", "Canvas", "Intake", "NeedMore", "Offers", "Resolved", "Unverified", "Wanted", "meant", "parse",
]  # fmt: skip
