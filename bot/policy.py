"""Decides who may look, who may ask and who may decide: pure, with a reason in words for every answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.people import Actor
from bot.model.policy import Approvals, Decision, Grant, Policy, Rule, Scope, Verdict
from bot.model.request import Request
from bot.model.system import System


@dataclass(frozen=True)
class Case:
    """What is decided about: an action in a scope, on a system, with an effect of `size` items."""

    action: str
    scope: Scope
    system: System
    size: int


_STRICTNESS = {Verdict.ALLOW: 0, Verdict.APPROVALS: 1, Verdict.NO: 2}


def may_look(policy: Policy, actor: Actor) -> Decision:
    """Whether somebody may run diagnostics that only read."""
    counted = sorted(actor.roles & set(policy.approvals.look))
    if counted:
        return Decision(verdict=Verdict.ALLOW, rule="look", reason=f"{_roles(counted)} may look")
    wanted = " or ".join(policy.approvals.look)
    where = f"{actor.system} for {actor.tenant}" if actor.tenant else actor.system
    doubts = f" ({'; '.join(actor.doubts)})" if actor.doubts else ""
    reason = f"you hold no role in {where}{doubts}; it takes {wanted}"
    return Decision(verdict=Verdict.NO, rule="look", reason=reason)


def decide(policy: Policy, case: Case, roles: Iterable[str]) -> Decision:
    """What the policy says to somebody with these roles.

    Of several roles the most powerful counts; of several rules the strictest.
    """
    held = sorted(roles)
    answers = [_answer(rule, held) for rule in _holding(policy, case)]
    if not answers:
        return Decision(
            verdict=Verdict.NO,
            reason=f"no rule lets anybody run {case.action} ({case.scope.value}) in {case.system.name}",
        )
    return max(answers, key=lambda answer: (_STRICTNESS[answer.verdict], answer.approvals))


def deciders(policy: Policy, case: Case) -> tuple[str, ...]:
    """The roles that may run an action without asking, who are those that decide where nobody else is named."""
    rules = _holding(policy, case)
    return tuple(dict.fromkeys(role for rule in rules for role, grant in rule.ask.items() if grant == "allow"))


def may_vote(request: Request, actor: Actor, system: System, granted: str = "") -> Decision:
    """Whether somebody may decide on a request; `granted` is the role that it would give to its beneficiary."""
    person = actor.person
    if person.id == request.asker.id or (person.email and person.email == request.asker.email):
        return _no("it is your own request")
    if person.email and person.email == request.beneficiary.casefold():
        return _no("it is about your own rights")
    counted = sorted((actor.system_wide if request.scope is Scope.SYSTEM else actor.roles) & set(request.by))
    if not counted:
        wide = " for the whole system" if request.scope is Scope.SYSTEM else f" for {request.tenant}"
        doubts = f" ({'; '.join(actor.doubts)})" if actor.doubts else ""
        return _no(f"it takes {' or '.join(request.by)}{wide}, and you hold {_roles(sorted(actor.roles))}{doubts}")
    if granted and not may_grant(system, counted, granted):
        return _no(f"{_roles(counted)} may not give the role {granted}")
    return Decision(verdict=Verdict.ALLOW, rule=request.rule, reason=f"{_roles(counted)} may decide", by=tuple(counted))


def may_grant(system: System, roles: Iterable[str], granted: str) -> bool:
    """Whether holders of these roles may give (or take) that role."""
    return any(granted in system.roles.may_grant.get(role, ()) for role in roles)


def _holding(policy: Policy, case: Case) -> list[Rule]:
    return [
        rule
        for rule in policy.approvals.rules
        if rule.action == case.action
        and rule.scope is case.scope
        and (not rule.systems or case.system.name in rule.systems)
        and (not rule.tiers or case.system.tier in rule.tiers)
        and (rule.larger_than == 0 or case.size > rule.larger_than)
    ]


def _answer(rule: Rule, held: list[str]) -> Decision:
    grants = [(role, rule.ask[role]) for role in held if role in rule.ask]
    if not grants:
        reason = f"{_roles(held)} may not ask for this"
        return Decision(verdict=Verdict.NO, rule=rule.id, reason=reason, expires=rule.expires)
    role, grant = min(grants, key=lambda pair: _cost(pair[1]))
    if isinstance(grant, Approvals):
        count = "one approval" if grant.approvals == 1 else f"{grant.approvals} approvals"
        reason = f"{role} needs {count} by {' or '.join(grant.by)}"
        return Decision(
            verdict=Verdict.APPROVALS, rule=rule.id, reason=reason, approvals=grant.approvals, by=grant.by,
            expires=rule.expires,
        )  # fmt: skip
    verdict = Verdict.ALLOW if grant == "allow" else Verdict.NO
    said = "may run this without asking" if grant == "allow" else "may not ask for this"
    return Decision(verdict=verdict, rule=rule.id, reason=f"{role} {said}", expires=rule.expires)


def _cost(grant: Grant) -> int:
    if isinstance(grant, Approvals):
        return grant.approvals
    return 0 if grant == "allow" else 1_000


def _no(reason: str) -> Decision:
    return Decision(verdict=Verdict.NO, reason=reason)


def _roles(names: Iterable[str]) -> str:
    return " and ".join(names) or "no role"
