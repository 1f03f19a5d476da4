"""Carries out a runbook: all checks at once, each within its own time, then causes in order, remedies, one verdict."""

from bot.diagnosis.checks import Checks
from bot.diagnosis.diagnoses import Diagnoses, mark_cut_off
from bot.diagnosis.judging import Judgement, judge
from bot.diagnosis.rehearsing import Rehearsed, rehearsals, rehearse

__all__ = ["Checks", "Diagnoses", "Judgement", "Rehearsed", "judge", "mark_cut_off", "rehearsals", "rehearse"]
