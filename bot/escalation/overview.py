"""What is told beside escalations: who would get one, which are open, how often runbooks helped."""

from datetime import datetime

from bot.approvals import Standing
from bot.escalation.routing import about, in_words, route_for
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation, Helpfulness
from bot.model.facts import Listing
from bot.model.finding import Table
from bot.model.people import Person
from bot.model.runbook import Severity
from bot.model.values import Clock
from bot.store import Store, escalations
from bot.store.helpfulness import how_often_helped


class Overview:
    """Reads only."""

    def __init__(self, standing: Standing, store: Store, clock: Clock) -> None:
        self._standing, self._store, self._clock = standing, store, clock

    async def opened_for(self, person: Person) -> list[Escalation]:
        """What is not resolved in systems and tenants that a person may look at, the most severe first."""
        async with self._store.work() as work:
            opened = await escalations.opened(work)
        seen: dict[tuple[str, str], bool] = {}
        found = []
        for one in opened:
            key = (one.system, one.tenant)
            if key not in seen:
                seen[key] = await self._standing.may_see(person, *key)
            found += [one] if seen[key] else []
        return sorted(found, key=lambda one: (-list(Severity).index(one.severity), one.created))

    async def resolved(self, since: datetime, until: datetime) -> Listing | None:
        """What was resolved in a period, with cause and resolution; None for nothing."""
        async with self._store.work() as work:
            found = await escalations.resolved(work, since, until)
        rows = tuple(
            (
                _joined(one.found, one.system_title, one.tenant),
                one.cause or "not said",
                _joined(one.resolution or "not said", f"the runbook helped: {one.helped.value}" if one.helped else ""),
            )
            for one in found
        )
        if not rows:
            return None
        table = Table(title="Escalations that were resolved", columns=("What", "Cause", "How it was solved"), rows=rows)
        says = f"{len(rows)} between {since:%Y-%m-%d} and {until:%Y-%m-%d}; what recurs is worth a runbook."
        return Listing(says=says, table=table)

    async def helpfulness(self, since: datetime) -> list[Helpfulness]:
        """How often each runbook helped since then, in all tenants together."""
        async with self._store.work() as work:
            return await how_often_helped(work, since)

    async def destination(self, diagnosis: Diagnosis) -> str:
        """Who would get an escalation of this diagnosis, where, and who is called when nobody takes it; in words."""
        file, runbook = self._standing.policy().escalation, self._standing.catalog.runbook(diagnosis.runbook)
        async with self._store.work() as work:
            standing = await escalations.open_about(work, about(diagnosis))
        if standing is not None:
            holder = f"{standing.holder.name} works on it" if standing.holder else "nobody has taken it yet"
            return f"The {standing.route_title} has this already ({holder}); what you say here is added there."
        causes = [f"{one.runbook}.{one.id}" for one in diagnosis.causes]
        now = self._clock()
        routes = {one: route_for(file, runbook, causes, diagnosis.system, one, now) for one in Severity}
        usual = routes[runbook.hurry]
        says = [f"Goes to {in_words(file, usual)}"]
        for route in dict.fromkeys(one for one in routes.values() if one != usual):
            severities = " or ".join(severity.value for severity, one in routes.items() if one == route)
            says.append(f"With severity {severities}: to {in_words(file, route)}")
        return "\n".join(says)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
