"""Where people stand towards a request, by today's roles and policy: may they ask for it, decide on it, run it."""

from dataclasses import dataclass

from bot.catalog import Catalog
from bot.errors import Refused
from bot.model.inputs import Input, Inputs, InputType
from bot.model.people import Actor, Person
from bot.model.policy import Decision, Scope, Verdict
from bot.model.request import Request, Vote
from bot.policy import Case, decide, deciders, may_grant, may_look, may_vote
from bot.registry import Action, Registry
from bot.roles import Roles


@dataclass(frozen=True)
class Standing:
    """Answers with roles that are read afresh each time."""

    catalog: Catalog
    registry: Registry
    roles: Roles

    async def actor(self, person: Person, system: str, inputs: Inputs) -> Actor:
        """The actor that a person is now. Raises Refused when they may not even look."""
        actor = await self.roles.of(person, self.catalog.system(system), inputs)
        decision = may_look(self.catalog.policies.current(), actor)
        if decision.verdict is Verdict.NO:
            raise Refused(f"You can't do this: {decision.reason}.", decision.rule)
        return actor

    async def may_see(self, person: Person, system: str, tenant: str = "") -> bool:
        """Whether a person may look at a tenant (none: at the system as a whole), from a short memory of roles."""
        given = {"tenant": Input(type=InputType.TENANT, shown=tenant, binds={"tenant": tenant})} if tenant else {}
        actor = await self.roles.of(person, self.catalog.system(system), Inputs(given=given), fresh=False)
        return may_look(self.catalog.policies.current(), actor).verdict is not Verdict.NO

    def asking(self, actor: Actor, action: Action, *, size: int, beneficiary: str, granted: str) -> Decision:
        """What the policy says to somebody who asks for an action with an effect of this size."""
        policy, system = self.catalog.policies.current(), self.catalog.system(actor.system)
        held = actor.system_wide if action.scope is Scope.SYSTEM else actor.roles
        about = Case(action=action.name, scope=action.scope, system=system, size=size)
        decision = decide(policy, about, held)
        if decision.verdict is not Verdict.ALLOW:
            return decision
        others = deciders(policy, about)
        own = bool(actor.person.email) and actor.person.email == beneficiary.casefold()
        if own or (granted and not may_grant(system, held, granted)):
            why = "it is about your own rights" if own else f"you may not give the role {granted} alone"
            return decision.model_copy(
                update={
                    "verdict": Verdict.APPROVALS, "approvals": 1, "by": others,
                    "reason": f"{why}, so it needs one approval by {' or '.join(others)}",
                }
            )  # fmt: skip
        return decision

    async def voting(self, person: Person, request: Request) -> tuple[Actor, Decision]:
        """Whether a person may decide on a request now."""
        system = self.catalog.system(request.system)
        actor = await self.roles.of(person, system, request.inputs)
        return actor, may_vote(request, actor, system, self.granted(request))

    async def counted(self, request: Request) -> tuple[Vote, ...]:
        """The approvals that still count with today's roles and policy."""
        counted = []
        for vote in request.approved_by:
            _, decision = await self.voting(vote.person, request)
            if decision.verdict is Verdict.ALLOW:
                counted.append(vote)
        return tuple(counted)

    def granted(self, request: Request) -> str:
        """The role that a request gives to somebody, if it gives one."""
        action = self.registry.actions.get(request.action)
        return str(request.params.get(action.grants, "")) if action and action.grants else ""

    def allowed_at_once(self, request: Request) -> tuple[str, ...]:
        """The roles that may run this without asking; they also settle it when nobody else was to decide."""
        policy, system = self.catalog.policies.current(), self.catalog.system(request.system)
        about = Case(action=request.action, scope=request.scope, system=system, size=request.preview.size)
        return deciders(policy, about)
