"""From asking to a decision: preview, policy, votes, expiry. What is approved here is run by `bot.execution`."""

from bot.approvals.asking import Asked, Asking, Wanted
from bot.approvals.standing import Standing
from bot.approvals.voting import Voting

__all__ = ["Asked", "Asking", "Standing", "Voting", "Wanted"]
