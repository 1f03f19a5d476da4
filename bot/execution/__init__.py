"""Runs what was approved, once: claim with a fencing token, look again, run, record, and see whether it helped."""

from bot.execution.claims import Claims
from bot.execution.executing import Executing
from bot.execution.sweeping import Sweeping
from bot.execution.verifying import Verifying

__all__ = ["Claims", "Executing", "Sweeping", "Verifying"]
