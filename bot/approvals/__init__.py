"""From asking to a decision: preview, policy, votes, expiry. What is approved here is run by `bot.execution`."""

from bot.approvals.asking import Asked, Asking, Wanted
from bot.approvals.desk import Desk
from bot.approvals.reminding import Reminding
from bot.approvals.standing import Standing
from bot.approvals.telling import Telling
from bot.approvals.voting import Voting

__all__ = ["Asked", "Asking", "Desk", "Reminding", "Standing", "Telling", "Voting", "Wanted"]
