"""Skeletons of what people add: commented, and such that `backstop check` takes them as they are."""

from bot.skeletons.writing import Skeletons, begin

__all__ = ["Skeletons", "begin"]
