"""Decides who may look, who may ask and who may decide: pure, with a reason in words for every answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.people import Actor
from bot.model.policy import AUDITOR, Approvals, Decision, Grant, Limit, Policy, Rule, Scope, Verdict
from bot.model.request import Request
from bot.model.system import System
from bot.model.values import write_duration


@dataclass(frozen=True)
class Case:
    """What is decided about: an action in a scope, on a system, with an effect of `size` items, at a moment."""

    action: str
    scope: Scope
    system: System
    size: int
    now: datetime
    done: tuple[datetime, ...] = ()  # when the same was done about the same subject
    label: str = ""  # the action's name as people read it

    @property
    def name(self) -> str:
        """What the action is called in a sentence."""
        return f"“{self.label}”" if self.label else self.action


@dataclass(frozen=True)
class Usage:
    """What happened lately with an action: when a person asked for it, and its failures since it last succeeded."""

    asked: tuple[datetime, ...] = ()
    failed: tuple[datetime, ...] = ()


_STRICTNESS = {Verdict.ALLOW: 0, Verdict.APPROVALS: 1, Verdict.NO: 2}


def may_look(policy: Policy, actor: Actor) -> Decision:
    """Whether somebody may run diagnostics that only read."""
    counted = sorted(actor.roles & set(policy.approvals.look))
    if counted:
        return Decision(verdict=Verdict.ALLOW, rule="look", reason=f"{_roles(counted)} may look")
    if actor.system in policy.approvals.look_without_role:
        return Decision(verdict=Verdict.ALLOW, rule="look_without_role", reason="everybody may look here")
    wanted = " or ".join(policy.approvals.look)
    title = actor.system_title or actor.system
    where = f"{title} for {actor.tenant}" if actor.tenant else title
    reason = f"you hold {_roles(sorted(actor.roles))} in {where}; it takes {wanted}"
    if actor.doubts:
        whose = f"yours for {actor.tenant} are" if actor.tenant else "yours are"
        reason = (
            f"{in_doubt(actor)}, so {whose} not known; try again in a moment, or ask somebody whose role stands in "
            "people.yml"
        )
    return Decision(verdict=Verdict.NO, rule="look", reason=reason)


def may_reveal(policy: Policy, roles: Iterable[str], *, is_auditor: bool = False) -> Decision:
    """Whether somebody may see personal data of evidence unmasked; where the policy names no role, nobody may."""
    named = policy.approvals.reveal
    counted = sorted({*roles, *([AUDITOR] if is_auditor else [])} & set(named))
    if counted:
        return Decision(verdict=Verdict.ALLOW, rule="reveal", reason=f"{_roles(counted)} may reveal, with a reason")
    wanted = f"it takes {' or '.join(named)}" if named else "the policy names nobody who may"
    return Decision(verdict=Verdict.NO, rule="reveal", reason=f"personal data stays masked for you; {wanted}")


def decide(policy: Policy, case: Case, roles: Iterable[str], system_wide: Iterable[str] = ()) -> Decision:
    """What the policy says to somebody with these roles; `system_wide` are those that hold for the whole system.

    Of several roles the most powerful counts. Of several rules all have to be kept: the strictest answer, decided by
    roles that each of them names.
    """
    held, wide = sorted(roles), set(system_wide)
    answers = [_answer(rule, held, case, wide) for rule in holding(policy, case)]
    if not answers:
        return Decision(
            verdict=Verdict.NO,
            reason=f"no rule lets anybody run {case.name} ({case.scope.value}) in {case.system.title}",
        )
    return _all_of(answers)


def deciders(policy: Policy, case: Case) -> tuple[str, ...]:
    """The roles that may run an action without asking, who are those that decide where nobody else is named."""
    rules = holding(policy, case)
    names = dict.fromkeys(role for rule in rules for role in rule.ask)
    return tuple(role for role in names if all(rule.ask.get(role) == "allow" for rule in rules))


def holding(policy: Policy, case: Case) -> list[Rule]:
    """The rules whose conditions a case meets."""
    return [
        rule
        for rule in policy.approvals.rules
        if rule.action == case.action
        and rule.scope is case.scope
        and (not rule.systems or case.system.name in rule.systems)
        and (not rule.tiers or case.system.tier in rule.tiers)
        and (rule.larger_than == 0 or case.size > rule.larger_than)
        and (rule.hours is None or rule.hours.hold(case.now))
        and (
            rule.repeated is None
            or _since(case.done, case.now - rule.repeated.within) >= rule.repeated.times
        )
    ]  # fmt: skip


def limits(policy: Policy, action: str) -> list[Limit]:
    """The limits that hold for an action."""
    return [limit for limit in policy.approvals.limits if not limit.actions or action in limit.actions]


def within_limits(policy: Policy, case: Case, usage: Usage) -> Decision:
    """Whether somebody may ask once more; the reason says how much of the limit is used."""
    said = []
    for limit in limits(policy, case.action):
        begin, span = case.now - limit.within, write_duration(limit.within)
        failed, asked = _since(usage.failed, begin), _since(usage.asked, begin)
        if failed >= limit.failures:
            reason = f"it failed {failed} times in {span} here; find out why before it is tried again"
            return Decision(verdict=Verdict.NO, rule="limits", reason=reason)
        if asked >= limit.per_person:
            reason = f"you asked for it {asked} times in {span}, and {limit.per_person} is the limit; wait, or escalate"
            return Decision(verdict=Verdict.NO, rule="limits", reason=reason)
        failures = f"; it failed {failed} of {limit.failures} times" if failed else ""
        said.append(f"you have asked for {case.name} {asked} of {limit.per_person} times in {span}{failures}")
    return Decision(verdict=Verdict.ALLOW, rule="limits", reason="; ".join(said) or "there is no limit")


def may_vote(
    request: Request, actor: Actor, system: System, *, granted: Iterable[str] = (), asker_team: str = "",
    asker_addresses: Iterable[str] = (), used: Iterable[str] = (),
) -> Decision:  # fmt: skip
    """Whether somebody may decide on a request; `granted` are the roles that it would give or take.

    `used` are the addresses of those whose vote was cast already, by themselves or by somebody in their place: a deputy
    decides in place of a person, so that of both one vote counts.
    """
    favoured, own = request.beneficiary.casefold(), {actor.person.email.casefold(), *actor.addresses} - {""}
    if actor.is_known_as(request.asker) or favoured in own:
        return _no("it is your own request" if actor.is_known_as(request.asker) else "it is about your own rights")
    # Who stands for the asker or the beneficiary holds nothing of theirs here: nobody approves by deputy either.
    barred = {request.asker.email.casefold(), favoured, *asker_addresses} - {""}
    held = [one for one in actor.held if one.stands_for not in barred or not one.stands_for]
    if request.scope is Scope.SYSTEM:
        held = [one for one in held if one.system_wide]
    # What they hold themselves comes first; in place of whom they decide matters only where that is not enough.
    places = {one.stands_for: sorted({two.role for two in held if two.stands_for == one.stands_for} & set(request.by))
              for one in sorted(held, key=lambda one: one.stands_for)}  # fmt: skip
    fitting = {place: roles for place, roles in places.items() if roles}
    if not fitting:
        wide = " for the whole system" if request.scope is Scope.SYSTEM else f" for {request.tenant}"
        mine = f"you hold {_roles(sorted(actor.roles))}"
        if actor.doubts:
            mine = f"{f'{mine}, but ' if actor.roles else ''}{in_doubt(actor)}; try again in a moment"
        return _no(f"it takes {' or '.join(request.by) or 'nobody'}{wide}, and {mine}")
    giving = {place: roles for place, roles in fitting.items() if may_grant(system, roles, granted)}
    if not giving:
        named = " and ".join(sorted(granted))
        return _no(f"{_roles(next(iter(fitting.values())))} may not give or take the role {named}")
    if request.another_team and (not actor.team or not asker_team or actor.team == asker_team):
        theirs = asker_team or "the asker's, which is not written down"
        return _no(f"it takes somebody of another team than {theirs}")
    free = [place for place in giving if not ({place} if place else own) & set(used)]
    if not free:
        absent = next(iter(giving))
        return _no(
            f"{absent}, in whose place you would decide, has approved it already" if absent
            else "you have, or somebody in your place has, approved it already"
        )  # fmt: skip
    place, counted = free[0], giving[free[0]]
    instead = f" in place of {place}" if place else ""
    return Decision(
        verdict=Verdict.ALLOW, rule=request.rule, reason=f"{_roles(counted)} may decide{instead}", by=tuple(counted),
        stands_for=place,
    )  # fmt: skip


def may_grant(system: System, roles: Iterable[str], granted: Iterable[str]) -> bool:
    """Whether holders of these roles may give and take all of those roles."""
    within = {name for role in roles for name in system.roles.may_grant.get(role, ())}
    return within.issuperset(granted)


def _answer(rule: Rule, held: list[str], case: Case, system_wide: set[str]) -> Decision:
    glass = rule.break_glass if rule.break_glass and system_wide & set(rule.break_glass.roles) else None
    shared = Decision(
        verdict=Verdict.NO, reason=f"{_roles(held)} may not ask for this", rule=rule.id, expires=rule.expires,
        must_confirm=rule.confirm_above is not None and case.size > rule.confirm_above, break_glass=glass,
        remind=rule.remind, ladder=rule.ladder, undo_for=rule.undo_for,
    )  # fmt: skip
    grants = [(role, rule.ask[role]) for role in held if role in rule.ask]
    if not grants:
        return shared
    role, grant = min(grants, key=lambda pair: _cost(pair[1]))
    if isinstance(grant, Approvals):
        count = "one approval" if grant.approvals == 1 else f"{grant.approvals} approvals"
        team = " of another team" if grant.another_team else ""
        return shared.model_copy(
            update={
                "verdict": Verdict.APPROVALS, "approvals": grant.approvals, "by": grant.by,
                "reason": f"{role} needs {count} by {' or '.join(grant.by)}{team}",
                "another_team": grant.another_team, "comment": grant.comment,
            }
        )  # fmt: skip
    verdict = Verdict.ALLOW if grant == "allow" else Verdict.NO
    said = "may run this without asking" if grant == "allow" else "may not ask for this"
    return shared.model_copy(update={"verdict": verdict, "reason": f"{role} {said}"})


def _all_of(answers: Sequence[Decision]) -> Decision:
    """The one answer that keeps them all."""
    strictest = max(answers, key=lambda one: (_STRICTNESS[one.verdict], one.approvals, -len(one.by)))
    asking = [one for one in answers if one.verdict is Verdict.APPROVALS]
    glass = [one.break_glass for one in answers if one.break_glass and one.verdict is not Verdict.ALLOW]
    is_breakable = bool(glass) and len(glass) == len([one for one in answers if one.verdict is not Verdict.ALLOW])
    changes: dict[str, object] = {
        "expires": min(one.expires for one in answers), "undo_for": min(one.undo_for for one in answers),
        "must_confirm": any(one.must_confirm for one in answers),
        "break_glass": min(glass, key=lambda one: one.review) if is_breakable else None,
    }  # fmt: skip
    if strictest.verdict is Verdict.APPROVALS:
        common = tuple(role for role in strictest.by if all(role in one.by for one in asking))
        if not common:
            names = " and ".join(one.rule for one in asking)
            return strictest.model_copy(
                update={
                    "verdict": Verdict.NO, "reason": f"no role may decide by all of the rules {names}",
                    "approvals": 0, "by": (), **changes,
                }
            )  # fmt: skip
        changes |= {
            "by": common, "another_team": any(one.another_team for one in asking),
            "comment": any(one.comment for one in asking),
        }  # fmt: skip
    return strictest.model_copy(update=changes)


def _cost(grant: Grant) -> int:
    if isinstance(grant, Approvals):
        return grant.approvals
    return 0 if grant == "allow" else 1_000


def _since(moments: Iterable[datetime], begin: datetime) -> int:
    return sum(1 for moment in moments if moment > begin)


def _no(reason: str) -> Decision:
    return Decision(verdict=Verdict.NO, reason=reason)


def in_doubt(actor: Actor) -> str:
    """Which roles of somebody could not be read, in words; empty where all were."""
    return " and ".join(actor.doubts)


def _roles(names: Iterable[str]) -> str:
    return " and ".join(names) or "no role"
