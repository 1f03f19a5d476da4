"""`policies/tests.yml`: what the policy is expected to say, so that a change of it is seen before it is in force."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.policy import Approvals, Scope
from bot.model.values import Value


class Expectation(Value):
    """One case and its expected answer; `at` is a moment with its zone, where hours matter."""

    says: str
    action: str
    system: str
    scope: Scope = Scope.TENANT
    roles: tuple[str, ...] = ()
    size: int = Field(default=1, ge=0)
    done_before: int = Field(default=0, ge=0)  # how often the same was done within the last hour
    at: datetime | None = None
    expect: Literal["allow", "no"] | Approvals


class ExpectationsFile(Value):
    """All of them."""

    tests: tuple[Expectation, ...] = Field(min_length=1)
