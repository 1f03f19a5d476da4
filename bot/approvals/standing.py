"""Where people stand towards a request, by today's roles and policy: may they ask for it, decide on it, run it."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.catalog import Catalog
from bot.errors import BackstopError, CatalogError, NotAPerson, Refused
from bot.model.inputs import Input, Inputs, InputType
from bot.model.people import Actor, Directory, Person, Via
from bot.model.policy import AUDITOR, Decision, Policy, Scope, Verdict
from bot.model.request import Preview, Request, State, Vote
from bot.model.system import NO_ROLE
from bot.model.values import Clock
from bot.policy import (
    Case,
    Usage,
    decide,
    deciders,
    in_doubt,
    may_grant,
    may_look,
    may_reveal,
    may_vote,
    within_limits,
)
from bot.registry import Action, Registry
from bot.roles import Holders, Roles
from bot.store import Store, Work, requests

_UNREAD = "unread"
NO_ANSWER = frozenset({"policies", _UNREAD})  # rules of refusals that hold only until something can be read again


@dataclass(frozen=True)
class Standing:
    """Answers with accounts and roles that are read afresh each time."""

    catalog: Catalog
    registry: Registry
    roles: Roles
    directory: Directory
    store: Store
    clock: Clock

    @property
    def digest(self) -> str:
        """Which version of the policy is in force, for the record: a broken one must not keep events from it."""
        try:
            return self.catalog.policies.current().digest
        except CatalogError:
            return "broken"

    def policy(self) -> Policy:
        """The policy in force. Raises Refused while its files are broken: then nobody decides."""
        try:
            return self.catalog.policies.current()
        except CatalogError as error:
            sentence = f"Nothing is decided while the policy files are broken: {error.sentence}"
            raise Refused(sentence, "policies") from error

    async def fresh(self, person: Person) -> Person:
        """The person as their account is now. Raises NotAPerson when it is none any more, Refused at a terminal."""
        if person.via is not Via.SLACK:
            raise Refused("From a terminal you can look; to ask or to decide, use Slack.", "terminal")
        return await self.directory.person(person.id, fresh=True)

    async def actor(self, person: Person, system: str, inputs: Inputs) -> Actor:
        """The actor that a person is now. Raises Refused when they may not even look."""
        self.policy()
        actor = await self.roles.of(person, self.catalog.system(system), inputs)
        decision = may_look(self.policy(), actor)
        if decision.verdict is Verdict.NO:
            raise Refused(f"You can't do this: {decision.reason}.", decision.rule)
        return actor

    async def may_see(self, person: Person, system: str, tenant: str = "", *, in_doubt: bool = False) -> bool:
        """Whether a person may look at a tenant (none: at the system as a whole), from a short memory of roles.

        `in_doubt` is the answer to who holds no role that suffices while some could not be read.
        """
        given = {"tenant": Input(type=InputType.TENANT, shown=tenant, binds={"tenant": tenant})} if tenant else {}
        actor = await self.roles.of(person, self.catalog.system(system), Inputs(given=given), fresh=False)
        return may_look(self.policy(), actor).verdict is not Verdict.NO or (in_doubt and bool(actor.doubts))

    async def revealing(self, person: Person, system: str, inputs: Inputs) -> tuple[Actor, Decision]:
        """Whether a person may see personal data of evidence unmasked now; who may not look, may not see it either."""
        policy, known = self.policy(), await self.fresh(person)
        actor = await self.roles.of(known, self.catalog.system(system), inputs)
        is_auditor = self.roles.is_auditor(known)
        look = may_look(policy, actor)
        if look.verdict is Verdict.NO and not is_auditor:
            return actor, look
        return actor, may_reveal(policy, actor.roles, is_auditor=is_auditor)

    def who_may_reveal(self) -> Iterator[tuple[str, str, str, str]]:
        """For each system and role what the policy says about it, in words."""
        policy = self.policy()
        for system in self.catalog.systems.values():
            for role in dict.fromkeys((*system.roles.names, AUDITOR)):
                said = may_reveal(policy, (role,))
                yield system.title, role, "yes" if said.verdict is Verdict.ALLOW else "no", said.reason

    async def case(self, action: Action, system: str, size: int, subject: str) -> Case:
        """What is decided about, with what was done about the same subject lately."""
        now = self.clock()
        done: tuple[datetime, ...] = ()
        windows = [rule.repeated.within for rule in self.policy().approvals.rules if rule.repeated]
        if windows:
            async with self.store.work() as work:
                done = await requests.done_since(work, subject, now - max(windows))
        return Case(action.name, action.scope, self.catalog.system(system), size, now, done, action.label)

    def asking(self, actor: Actor, case: Case, *, beneficiary: str, granted: Iterable[str]) -> Decision:
        """What the policy says to somebody who asks for an action; `granted` are the roles that it gives or takes."""
        policy, held = self.policy(), actor.system_wide if case.scope is Scope.SYSTEM else actor.roles
        decision = decide(policy, case, held, actor.system_wide)
        if decision.verdict is Verdict.NO and decision.rule and actor.doubts:
            return decision.model_copy(update={"reason": f"{decision.reason}, and {in_doubt(actor)}"})
        if decision.verdict is not Verdict.ALLOW:
            return decision
        others = deciders(policy, case)
        favoured = beneficiary.casefold()
        own = bool(favoured) and favoured in {actor.person.email.casefold(), *actor.addresses}
        if own or not may_grant(case.system, held, granted):
            named = " and ".join(sorted(granted))
            why = "it is about your own rights" if own else f"you may not give or take the role {named} alone"
            return decision.model_copy(
                update={
                    "verdict": Verdict.APPROVALS, "approvals": 1, "by": others,
                    "reason": f"{why}, so it needs one approval by {' or '.join(others)}", "break_glass": None,
                }
            )  # fmt: skip
        return decision

    async def usage(self, work: Work, person: Person, case: Case, tenant: str) -> Decision:
        """How much of the limits is used; the answer is no when there is nothing left."""
        begin = min((case.now - limit.within for limit in self.policy().approvals.limits), default=case.now)
        asked = await requests.asked_since(work, person, case.action, begin)
        failed = await requests.failures_since(work, case.action, case.system.name, tenant, begin)
        return within_limits(self.policy(), case, Usage(asked, failed))

    async def today(self, request: Request) -> Decision:
        """What the policy says today to the asker of a request, with account and roles read afresh.

        Raises Refused when they may not ask for it any more, or that is not known, for their roles can't be read.
        """
        name, policy = request.asker.name, self.policy()
        try:
            asker = await self.present(request.asker, request)
        except NotAPerson as error:
            raise Refused(f"{name} may not ask for this any more: {error.sentence}", request.rule) from error
        if may_look(policy, asker).verdict is Verdict.NO:
            self._need_known(asker, f"{name} may still ask for this")
            raise Refused(f"{name} may not ask for this any more: no role of theirs lets them look here.", request.rule)
        action = self.registry.actions[request.action]
        case = await self.case(action, request.system, request.preview.size, request.subject)
        granted = roles_concerned(action, request.preview)
        decision = self.asking(asker, case, beneficiary=request.beneficiary, granted=granted)
        if decision.verdict is Verdict.NO:
            if decision.rule:
                self._need_known(asker, f"{name} may still ask for this")
            raise Refused(f"{name} may not ask for this any more: {decision.reason}", decision.rule)
        if request.is_break_glass and decision.verdict is Verdict.APPROVALS and decision.break_glass is None:
            raise Refused(f"{name} may not break the glass any more: {decision.reason}", decision.rule)
        return decision

    def _need_known(self, actor: Actor, what: str) -> None:
        """Raises Refused where somebody is short of a role while some could not be read, which is no answer."""
        if actor.doubts:
            raise Refused(f"Whether {what} is not known: {in_doubt(actor)}; try again in a moment.", _UNREAD)

    async def today_with(
        self, request: Request, people: Iterable[Person]
    ) -> tuple[Decision, list[Actor | BaseException]]:
        """What `today` says, and each of these people as they are now; all are read at once.

        Who could not be read is the error that says why: whose turn it is raises it. Raises what `today` does.
        """
        decision, actors = await asyncio.gather(
            self.today(request),
            asyncio.gather(*(self.present(person, request) for person in people), return_exceptions=True),
            return_exceptions=True,
        )
        if isinstance(decision, BaseException):
            raise decision
        if isinstance(actors, BaseException):
            raise actors
        return decision, actors

    async def present(self, person: Person, request: Request, *, fresh: bool = True) -> Actor:
        """The actor that a person is now where a request is about. Raises NotAPerson, SlackFailed, Refused."""
        system = self.catalog.system(request.system)
        if not fresh:
            return await self.roles.of(person, system, request.inputs, fresh=False)
        # The roles are read beside the account, by the address and groups that were known: hardly ever others by now.
        account, actor = await asyncio.gather(
            self.fresh(person), self.roles.of(person, system, request.inputs), return_exceptions=True
        )
        if isinstance(account, BaseException):
            raise account
        if isinstance(actor, BaseException):
            raise actor
        if (account.email, account.groups) != (person.email, person.groups):
            return await self.roles.of(account, system, request.inputs)
        return actor.model_copy(update={"person": account})

    async def voting(
        self, person: Person, request: Request, *, fresh: bool = True, approves: bool = True
    ) -> tuple[Actor, Decision]:
        """Whether a person may decide on a request now; see `judged`.

        Not `fresh`, from a short memory: only for what is shown. Not `approves`: it is to be ended, or settled.
        """
        actor = await self.present(person, request, fresh=fresh)
        return actor, self.judged(actor, request, approves=approves)

    def judged(self, actor: Actor, request: Request, *, approves: bool = True) -> Decision:
        """Whether somebody with these roles may decide; a further approval has to be another person's."""
        action = self.registry.actions.get(request.action)
        return may_vote(
            request, actor, self.catalog.system(request.system),
            granted=roles_concerned(action, request.preview) if action else (),
            asker_team=self.roles.team(request.asker), asker_addresses=self.roles.addresses(request.asker),
            used=self._used(request, actor.person) if approves else (),
        )  # fmt: skip

    def counted(self, request: Request, voters: Sequence[Actor | BaseException]) -> tuple[Vote, ...]:
        """The approvals that still count with today's accounts, roles and policy; `voters` cast them, as they are now.

        Of one human only one counts, and of a person and those who stand for them as well. Raises the error of a voter
        who could not be read, and Refused where roles could not be read that their vote may rest on.
        """
        counted: tuple[Vote, ...] = ()
        for vote, actor in zip(request.approved_by, voters, strict=True):
            if isinstance(actor, NotAPerson):
                continue
            if isinstance(actor, BaseException):
                raise actor
            decision = self.judged(actor, request.model_copy(update={"votes": counted}))
            twice = any(actor.is_known_as(other.person) for other in counted)
            if decision.verdict is Verdict.NO:
                self._need_known(actor, f"the approval of {actor.person.name} still counts")
            if decision.verdict is Verdict.ALLOW and not twice:
                counted += (vote.model_copy(update={"stands_for": decision.stands_for}),)
        return counted

    def _used(self, request: Request, person: Person) -> frozenset[str]:
        """The addresses of those whose vote counts already, cast by others than this person."""
        used: set[str] = set()
        for vote in request.approved_by:
            if vote.person.id != person.id:
                voice = Person(id="", name="", email=vote.stands_for) if vote.stands_for else vote.person
                used |= self.roles.addresses(voice)
        return frozenset(used)

    async def settlers(self, request: Request) -> tuple[str, ...]:
        """The roles that may say how a request ended, or sign off a break-glass: those that may decide on it."""
        if request.by:
            return request.by
        action = self.registry.actions.get(request.action)
        if action is None:
            return ()  # it is gone from the project, and with it the rules that named somebody
        case = await self.case(action, request.system, request.preview.size, request.subject)
        return deciders(self.policy(), case)

    async def as_drawn(self, request: Request) -> Request:
        """The request as its card needs it: whether its undo is over; who may say how it ended, if that is unknown."""
        is_over = request.undo_until is not None and request.undo_until <= self.clock()
        request = request.model_copy(update={"undo_is_over": is_over})
        if request.state is not State.UNKNOWN:
            return request
        try:
            return request.model_copy(update={"settlers": await self.settlers(request)})
        except BackstopError:
            return request  # while the policy can't be read, nobody may

    async def people(self, request: Request, roles: Iterable[str]) -> Holders:
        """Those who could decide on a request with these roles; never the asker."""
        found = await self.roles.holders(self.catalog.system(request.system), request.inputs, roles)
        own = {request.asker.email, request.beneficiary, *self.roles.addresses(request.asker)}
        return Holders([email for email in found.emails if email not in own], found.doubt)

    async def names(self, emails: Iterable[str], most: int = 5) -> tuple[str, ...]:
        """The first names of people with these addresses, as Slack knows them."""
        found: list[str] = []
        for email in list(emails)[:most]:
            try:
                person = await self.directory.find(email)
            except BackstopError:
                person = None
            found.append(person.name.split()[0] if person else email)
        return tuple(found)

    async def refusal(self, person: Person, request: Request, decision: Decision) -> Refused:
        """What somebody is told who may not decide on a request, or say how it ended: why, and who may."""
        mine = self.roles.addresses(person)
        try:
            others = [one for one in (await self.people(request, request.by)).emails if one not in mine]
        except BackstopError:
            others = []  # the policy can't be read: the roles are named all the same
        who = f" Who may decide: {', '.join(await self.names(others))}." if others else ""
        return Refused(f"You can't decide this: {decision.reason}.{who}", request.rule)


def roles_concerned(action: Action, preview: Preview) -> frozenset[str]:
    """The roles that an action gives or takes: who decides has to be able to grant each of them."""
    if not action.grants:
        return frozenset()
    return frozenset(role for item in preview.items for role in (item.before, item.after)) - {NO_ROLE}
