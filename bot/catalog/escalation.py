"""Checks that `policies/escalation.yml` holds together, with the runbooks and systems that it names."""

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from bot.model.policy import EscalationFile
from bot.model.runbook import Runbook
from bot.model.system import System

_HERE = {"127.0.0.1", "localhost", "::1"}


def check_escalation(
    file: EscalationFile, systems: Mapping[str, System], runbooks: Mapping[str, Runbook], actions: Collection[str]
) -> Iterable[str]:
    """Every name in it that does not exist, and every address that would carry secrets in the open."""
    for name, route in file.routes.items():
        yield from (
            f"routes.{name}: there is no pager {step.page}"
            for step in route.ladder
            if step.page and step.page not in file.pagers
        )
    causes = {f"{runbook.name}.{cause.id}" for runbook in runbooks.values() for cause in runbook.causes}
    for number, rule in enumerate(file.rules, 1):
        where = f"rules, the {number}.:"
        if rule.route not in file.routes:
            yield f"{where} there is no route {rule.route}"
        yield from (f"{where} {one} is not a runbook" for one in rule.runbooks if one not in runbooks)
        yield from (
            f"{where} {one} is not a cause, written as runbook.cause" for one in rule.causes if one not in causes
        )
        yield from (f"{where} {one} is not a system" for one in rule.systems if one not in systems)
    for name, pager in file.pagers.items():
        if not _is_safe(pager.url):
            yield f"pagers.{name}: {pager.url} is not an https address"
    for one in file.workarounds:
        yield from (f"workarounds: {name} is not a system" for name in one.systems if name not in systems)
        yield from (f"workarounds: {name} is not a runbook" for name in one.runbooks if name not in runbooks)
        if isinstance(one.link, str) and one.link and not is_safe_link(one.link):
            yield f"workarounds: {one.link} is not an https address"
        if one.action and one.action not in actions:
            yield f"workarounds: {one.action} is not an action"
        named = [system for name, system in systems.items() if name in one.systems or not one.systems]
        yield from (
            f"workarounds: no system that it is for has a query {query}"
            for query in one.queries
            if not any(query in system.queries for system in named)
        )


def is_safe_link(url: str) -> bool:
    """Whether people may be sent there: by https (or to this machine), and with nothing that ends a link in Slack."""
    return _is_safe(url) and not set("<>| \n") & set(url)


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE))
