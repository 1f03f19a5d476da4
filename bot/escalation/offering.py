"""The ways around a fault that are offered in the thread until it is solved, as far as the policies allow."""

import structlog

from bot.access.access import Access
from bot.access.secrets import Secrets
from bot.access.sql import bind
from bot.approvals import Standing
from bot.catalog.escalation import is_safe_link
from bot.errors import ConfigurationError, InputError
from bot.escalation.scrubbing import scrub_table
from bot.model.connections import Secret
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Offer
from bot.model.finding import Table
from bot.model.inputs import Inputs
from bot.model.policy import Verdict, Workaround
from bot.model.system import System
from bot.model.values import Clock
from bot.policy import Case, decide, holding

log = structlog.get_logger()


class Offering:
    """What `workarounds` of policies/escalation.yml come to in one system, for the inputs of one diagnosis."""

    def __init__(self, standing: Standing, access: Access, secrets: Secrets, clock: Clock) -> None:
        self._standing, self._access, self._secrets, self._clock = standing, access, secrets, clock

    async def offers(self, diagnosis: Diagnosis) -> tuple[Offer, ...]:
        """What may be offered, without actions that no rule lets anybody ask for, and without what lacks an input."""
        system, inputs = self._standing.catalog.system(diagnosis.system), diagnosis.inputs
        offers = []
        for one in self._standing.policy().escalation.workarounds:
            is_meant = (not one.systems or system.name in one.systems) and (
                not one.runbooks or diagnosis.runbook in one.runbooks
            )
            queries = tuple(name for name in one.queries if _is_answerable(system, name, inputs))
            action = one.action if one.action and self._may_be_asked(one.action, system, inputs) else ""
            is_possible = bool(queries) or bool(action) or not (one.queries or one.action)
            if is_meant and is_possible:
                link = await self._link(one)
                offers.append(Offer(title=one.title, says=one.says, link=link, queries=queries, action=action))
        return tuple(offers)

    async def rows(self, offer: Offer, query: str, system: str, inputs: Inputs) -> Table:
        """What a query that is offered answers now, without secrets and with personal data masked.

        Raises InputError for any other query, and what the system says.
        """
        if query not in offer.queries:
            raise InputError(f"{query[:60]} is not among what is offered here.")
        says = self._standing.catalog.system(system).queries[query].says
        rows = await self._access.look(system, inputs).rows(query)
        return scrub_table(rows.table(says.rstrip(".") or query))

    async def _link(self, one: Workaround) -> str:
        if not isinstance(one.link, Secret):
            return one.link
        try:
            link = await self._secrets.value(one.link)
        except ConfigurationError as error:
            log.warning("offering.no_link", workaround=one.title, sentence=error.sentence)
            return ""
        return link if is_safe_link(link) else ""

    def _may_be_asked(self, action: str, system: System, inputs: Inputs) -> bool:
        declared = self._standing.registry.actions[action]
        if any(name not in inputs for name in declared.needs):
            return False
        policy, case = self._standing.policy(), Case(action, declared.scope, system, 1, self._clock())
        roles = {role for rule in holding(policy, case) for role in rule.ask}
        return any(decide(policy, case, [role], [role]).verdict is not Verdict.NO for role in roles)


def _is_answerable(system: System, query: str, inputs: Inputs) -> bool:
    if query not in system.queries:
        return False
    try:
        bind(system.queries[query].sql, inputs.binds)
    except InputError:
        return False
    return True
