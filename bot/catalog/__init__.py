"""Reads systems/, runbooks/ and policies/, and checks every name in them before anything starts."""

from bot.catalog.catalog import Catalog
from bot.catalog.plan import Plan, PlannedCause, PlannedCheck, compose
from bot.catalog.policies import PolicyFiles

__all__ = ["Catalog", "Plan", "PlannedCause", "PlannedCheck", "PolicyFiles", "compose"]
