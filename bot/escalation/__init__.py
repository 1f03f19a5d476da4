"""What stays unsolved: a thread for the people who take over, with the evidence, until somebody resolves it."""

from bot.escalation.escalations import Escalations

__all__ = ["Escalations"]
