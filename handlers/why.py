"""Who could run or approve an action now, and which rule says so."""

from bot.app import Asked, Bot
from bot.errors import InputError, Refused
from bot.model.facts import Listing, Why
from bot.model.finding import Table
from bot.model.people import Actor, Held, Person
from bot.model.policy import Decision, Scope, Verdict
from bot.model.talk import Answers, Call, Tell
from bot.registry import command
from handlers.asking import RUN, Start, Wish, prepare, started
from handlers.reveal import who_may_reveal

_LISTED = 6  # choices that are named


@command("why", usage="why <action|reveal> [tenant=…] [user=…] [system=…]")
async def why_action(bot: Bot, call: Call) -> Answers:
    """Say who could run or approve an action now, and which rule says so."""
    if call.text.strip().lower() == "reveal":
        return Tell(fact=await who_may_reveal(bot))
    wish = Wish(RUN, call.text)
    start = await started(bot, call, wish)
    actor = await bot.standing.actor(call.person, start.system, start.inputs)
    if start.open_choices:
        wish = Wish(RUN, call.text, await _only_choices(bot, start))
        start = await started(bot, call, wish)
    asked: Asked | None = None
    try:
        asked = await prepare(bot, call, wish)
        decision = asked.decision
    except Refused as refusal:
        decision = Decision(verdict=Verdict.NO, reason=refusal.sentence, rule=refusal.rule)
    shown = [start.inputs.shown(name) for name in start.action.needs]
    why = Why(
        title=" · ".join([start.action.label, start.system, *shown]),
        decision=decision,
        roles=tuple(sorted(actor.roles)),
        sources=tuple(f"{held.role} from {held.source}" for held in actor.held),
        doubts=actor.doubts,
        deciders=await bot.standing.names(asked.deciders) if asked else (),
    )
    return Tell(fact=why), Tell(fact=await _by_role(bot, start, asked))


async def _only_choices(bot: Bot, start: Start) -> dict[str, str]:
    """What is still to be chosen, where only one choice fits. Raises InputError that names them where more do."""
    choices = start.action.choices
    found = await choices(bot.access.look(start.system, start.inputs)) if choices else {}
    chosen: dict[str, str] = {}
    for name in start.open_choices:
        values = [value for value, _ in found.get(name, ())]
        if len(values) == 1:
            chosen[name] = values[0]
            continue
        shown = " or ".join(f'{name}="{one}"' if " " in one else f"{name}={one}" for one in values[:_LISTED])
        more = f" or one of {len(values) - _LISTED} more" if len(values) > _LISTED else ""
        raise InputError(f"Whether you may depends on what is chosen; say {shown or f'{name}=…'}{more} as well.")
    return chosen


async def _by_role(bot: Bot, start: Start, asked: Asked | None) -> Listing:
    """What the policy says to each role, and who holds it now."""
    system, action = bot.catalog.system(start.system), start.action
    case = asked.case if asked else await bot.standing.case(action, system.name, 1, "")
    granted = asked.concerned if asked else frozenset(str(start.params[one]) for one in (action.grants,) if one)
    is_wide = action.scope is Scope.SYSTEM
    rows, doubt = [], ""
    for role in system.roles.names:
        held = (Held(role=role, source="assumed", system_wide=is_wide),)
        tenant = str(start.inputs.binds.get("tenant", "")) or None
        somebody = Actor(person=Person(id="", name=role), system=system.name, tenant=tenant, held=held)
        decision = bot.standing.asking(somebody, case, beneficiary="", granted=granted)
        found = await bot.standing.roles.holders(system, start.inputs, [role])
        doubt = found.doubt or doubt
        groups = bot.standing.roles.groups(system, start.inputs, [role])
        holders = [*await bot.standing.names(found.emails), *(f"the group {one}" for one in groups)]
        rows.append((role, _says(decision), decision.rule, _held_by(holders, is_known=not found.doubt)))
    wide = " A role counts here only if it is held for the whole system." if is_wide else ""
    says = f"What each role may do about {action.label} now.{wide} Nobody decides on their own request."
    if doubt:
        says = f"{says} {doubt[:1].upper()}{doubt[1:]}; try again in a moment."
    columns = ("Role", "May", "Rule", "Held now by")
    return Listing(says=says, table=Table(title="Who may", columns=columns, rows=tuple(rows)))


def _held_by(holders: list[str], *, is_known: bool) -> str:
    if is_known:
        return ", ".join(holders) or "nobody"
    return f"{', '.join(holders)}; who else is not known" if holders else "not known"


def _says(decision: Decision) -> str:
    match decision.verdict:
        case Verdict.ALLOW:
            return "run it at once"
        case Verdict.APPROVALS:
            return f"ask; {decision.approvals} of {', '.join(decision.by)} must approve"
        case Verdict.NO:
            return "not ask for it"
