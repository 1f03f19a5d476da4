"""The services that call people, one file each."""

from bot.access.secrets import Secrets
from bot.escalation.pagers.pagerduty import PagerDuty
from bot.escalation.pagers.webhook import Webhook
from bot.model.paging import Pager
from bot.model.policy import PagerEntry

__all__ = ["PagerDuty", "Webhook", "make_pager"]


async def make_pager(entry: PagerEntry, secrets: Secrets) -> Pager:
    """The pager that the policy describes. Raises ConfigurationError when its secret is missing."""
    key = await secrets.hidden(entry.key)
    kinds: dict[str, type[PagerDuty] | type[Webhook]] = {"pagerduty": PagerDuty, "webhook": Webhook}
    return kinds[entry.kind](entry.title, entry.url, key)
