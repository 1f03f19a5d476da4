"""`backstop policy …`."""

from bot.policy_review import policy as cli

__all__ = ["cli"]
