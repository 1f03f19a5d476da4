"""Checks that one system's file holds together by itself."""

from collections.abc import Iterable

from bot.model.system import Endpoint, HttpConnection, Log, LogConnection, RedisConnection, SqlConnection, System

LACKABLE = ("queries", "caches", "endpoints", "logs")


def check_system(system: System) -> Iterable[str]:
    """Every name in it that does not exist, and every connection of the wrong kind."""
    yield from _connections(system)
    for name, endpoint in system.endpoints.items():
        yield from _endpoint_texts(name, endpoint)
    for name, log in system.logs.items():
        yield from _log(name, log, system)
    yield from _roles(system)
    for what, lookup in (("tenants", system.tenants), ("users", system.users)):
        for wanted in (lookup.find, lookup.suggest) if lookup else ():
            if wanted not in system.queries:
                yield f"{what}: {wanted} is not one of its queries"
    yield from (f"exports: {name} is not one of its queries" for name in system.exports if name not in system.queries)
    for section, names in dict(system.escalation).items():
        yield from (
            f"escalation.{section}: {name} is not one of its {section}"
            for name in names
            if name not in getattr(system, section)
        )
    for lacking in system.lacks:
        section, _, name = lacking.partition(".")
        if section not in LACKABLE or not name:
            yield f"lacks: {lacking} is not written as {', '.join(f'{one}.…' for one in LACKABLE)}"
        elif name in getattr(system, section):
            yield f"lacks: {lacking} is described in this file, so it is not lacking"


def _connections(system: System) -> Iterable[str]:
    wanted = [
        *(("queries", name, one.connection, SqlConnection) for name, one in system.queries.items()),
        *(("statements", name, one.connection, SqlConnection) for name, one in system.statements.items()),
        *(("caches", name, one.connection, RedisConnection) for name, one in system.caches.items()),
        *(("endpoints", name, one.connection, HttpConnection) for name, one in system.endpoints.items()),
        *(("logs", name, one.connection, LogConnection) for name, one in system.logs.items() if not one.endpoint),
    ]
    for section, name, connection, kind in wanted:
        if type(system.connections.get(connection)) is not kind:
            yield f"{section}.{name}: {connection} is not a connection of that kind"


def _roles(system: System) -> Iterable[str]:
    for wanted in (system.roles.query, system.roles.holders):
        if wanted and wanted not in system.queries:
            yield f"roles: {wanted} is not one of its queries"
    known = set(system.roles.names)
    for role, granted in system.roles.may_grant.items():
        yield from (f"roles.may_grant: there is no role {name}" for name in {role, *granted} - known)
    for name, permission in system.permissions.items():
        yield from (f"permissions.{name}: there is no role {role}" for role in set(permission.roles) - known)
        if permission.dry_run and permission.dry_run not in system.endpoints:
            yield f"permissions.{name}: {permission.dry_run} is not one of its endpoints"


def _log(name: str, log: Log, system: System) -> Iterable[str]:
    if log.endpoint and log.endpoint not in system.endpoints:
        yield f"logs.{name}: {log.endpoint} is not one of its endpoints"


def _endpoint_texts(name: str, endpoint: Endpoint) -> Iterable[str]:
    if not endpoint.path.startswith("/"):
        yield f"endpoints.{name}: a path begins with /"
