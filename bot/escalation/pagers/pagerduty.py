"""PagerDuty: Events API v2 outward, its webhooks (version 3) back."""

import hashlib
import hmac
import json

from bot.errors import Refused
from bot.escalation.pagers.posting import post
from bot.model.paging import Heard, Page, Signal
from bot.model.runbook import Severity

_SEVERITIES = {
    Severity.LOW: "info", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "critical"
}  # fmt: skip
_SUMMARY = 1024  # characters that PagerDuty takes
_SIGNALS = {"incident.acknowledged": Signal.ACKNOWLEDGE, "incident.resolved": Signal.RESOLVE}


class PagerDuty:
    """One service of PagerDuty, by its integration key. Repetitions with one key are one incident there."""

    def __init__(self, title: str, url: str, key: str) -> None:
        self._title, self._url, self._key = title, url, key

    async def send(self, page: Page) -> None:
        """See `bot.model.paging.Pager`."""
        body: dict[str, object] = {
            "routing_key": self._key, "event_action": page.signal.value, "dedup_key": page.key
        }  # fmt: skip
        if page.signal is Signal.TRIGGER:
            body |= {
                "client": "Backstop",
                "payload": {
                    "summary": page.summary[:_SUMMARY], "source": page.source, "severity": _SEVERITIES[page.severity],
                    "timestamp": page.at.isoformat(), "group": page.group, "custom_details": dict(page.detail),
                },
            }  # fmt: skip
        await post(self._title, self._url, json.dumps(body).encode())


def hear(secret: str, body: bytes, signatures: str) -> Heard | None:
    """What a webhook of PagerDuty says; None for what does not concern us.

    Raises Refused when none of the signatures in its header is made with our secret.
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = [one.strip().partition("=") for one in signatures.split(",")]
    # Every signature is compared, so that the time that it takes tells nothing.
    matches = [hmac.compare_digest(value.encode(), expected.encode()) for name, _, value in given if name == "v1"]
    if not any(matches):
        raise Refused("The signature of this webhook is not PagerDuty's.", "pagers")
    try:
        told = json.loads(body)["event"]
        signal, key = _SIGNALS.get(told["event_type"]), told["data"].get("incident_key")
        if signal is None or not key:
            return None
        who = (told.get("agent") or {}).get("summary") or "somebody"
        return Heard(key=str(key), signal=signal, who=str(who)[:80], delivery=f"pagerduty {told['id']}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
