"""`runbooks/<family>/tests/<runbook>.yml`: what a runbook concludes from findings that were written down."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bot.model.values import Value


class Rehearsal(Value):
    """One case: the codes that checks ended in, and what follows. A check that is not named ended well."""

    says: str
    found: Mapping[str, str] = Field(default_factory=dict)  # check -> code
    verdict: Literal["fault found", "no fault found", "could not tell"]
    causes: tuple[str, ...] = ()  # in order; `runbook.cause` for those of a runbook that is included
    remedies: tuple[str, ...] | None = None  # the actions that are offered, in order, each once; if it is given


class RehearsalFile(Value):
    """The cases of one runbook."""

    runbook: str
    cases: tuple[Rehearsal, ...] = Field(min_length=1)
