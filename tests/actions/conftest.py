"""Here `system` is the platform with the bot's way to it."""

from tests.supported import system

__all__ = ["system"]
