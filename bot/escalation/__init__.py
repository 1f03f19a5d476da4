"""What stays unsolved: a thread for the people who take over, with the evidence, until somebody resolves it."""

from bot.escalation.climbing import Climbing
from bot.escalation.collecting import Collecting
from bot.escalation.escalations import Escalations
from bot.escalation.grounds import Grounds
from bot.escalation.handling import Handling
from bot.escalation.offering import Offering
from bot.escalation.overview import Overview
from bot.escalation.paging import Paging
from bot.escalation.undelivered import Undelivered

__all__ = [
    "Climbing",
    "Collecting",
    "Escalations",
    "Grounds",
    "Handling",
    "Offering",
    "Overview",
    "Paging",
    "Undelivered",
]
