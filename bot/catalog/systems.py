"""Checks that one system's file holds together by itself."""

import re
from collections.abc import Iterable

from bot.model.connections import HttpConnection, LogConnection, RedisConnection, SqlConnection
from bot.model.queues import RedisQueue
from bot.model.system import Endpoint, Log, System

LACKABLE = (
    "connections", "queries", "statements", "caches", "endpoints", "logs", "commands", "services", "queues", "exports",
)  # fmt: skip
_READS = re.compile(r"(select|with|show|set)\b|\(", re.IGNORECASE)
_INTO = re.compile(r"\binto\s+(outfile|dumpfile)\b", re.IGNORECASE)
_CHANGES = re.compile(r"(insert|update|delete|replace|select|with)\b", re.IGNORECASE)


def check_system(system: System) -> Iterable[str]:
    """Every name in it that does not exist, and every connection of the wrong kind."""
    yield from _connections(system)
    for name, endpoint in system.endpoints.items():
        yield from _endpoint_texts(name, endpoint)
    for name, log in system.logs.items():
        yield from _log(name, log, system)
    yield from _roles(system)
    yield from _statements(system)
    yield from _commands(system)
    yield from _queues(system)
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
        *(("logs", name, one.connection, LogConnection) for name, one in system.logs.items()
          if not one.endpoint and not one.command),
        *(("queues", name, one.connection, RedisConnection if isinstance(one, RedisQueue) else SqlConnection)
          for name, one in system.queues.items()),
    ]  # fmt: skip
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
    if log.command:
        yield from (f"logs.{name}: {problem}" for problem in _safe_command(log.command, system))


def _statements(system: System) -> Iterable[str]:
    for name, query in system.queries.items():
        connection = system.connections.get(query.connection)
        is_mysql = isinstance(connection, SqlConnection) and connection.kind == "mysql"
        if is_mysql and (not _READS.match(query.sql.lstrip()) or _INTO.search(query.sql)):
            yield f"queries.{name}: must begin with SELECT, WITH, SHOW or SET, and write no files"
    for name, statement in system.statements.items():
        connection = system.connections.get(statement.connection)
        is_mysql = isinstance(connection, SqlConnection) and connection.kind == "mysql"
        if is_mysql and not _CHANGES.match(statement.sql.lstrip()):
            yield f"statements.{name}: MySQL takes back only changes of rows, so other statements are not allowed"


def _commands(system: System) -> Iterable[str]:
    for name, command in system.commands.items():
        if command.transport not in system.transports:
            yield f"commands.{name}: {command.transport} is not one of its transports"
    for name, service in system.services.items():
        if service.restart not in system.commands:
            yield f"services.{name}: {service.restart} is not one of its commands"
        if service.check and service.check not in system.connections:
            yield from (f"services.{name}: {problem}" for problem in _safe_command(service.check, system))


def _safe_command(name: str, system: System) -> Iterable[str]:
    command = system.commands.get(name)
    if command is None:
        yield f"{name} is not one of its commands"
    elif not command.safe or command.inputs:
        yield f"{name} must be a safe command without inputs"


def _queues(system: System) -> Iterable[str]:
    for name, queue in system.queues.items():
        if isinstance(queue, RedisQueue):
            continue
        for query in (queue.counts, queue.payloads):
            if query not in system.queries:
                yield f"queues.{name}: {query} is not one of its queries"
        if queue.push not in system.statements:
            yield f"queues.{name}: {queue.push} is not one of its statements"
    if (failed := system.failed_jobs) is None:
        return
    for statement in (failed.lock, failed.remove):
        if statement not in system.statements:
            yield f"failed_jobs: {statement} is not one of its statements"
    if failed.retry and (failed.retry not in system.commands or list(system.commands[failed.retry].inputs) != ["job"]):
        yield f"failed_jobs: {failed.retry} is not one of its commands with the one input job"


def _endpoint_texts(name: str, endpoint: Endpoint) -> Iterable[str]:
    if not endpoint.path.startswith("/"):
        yield f"endpoints.{name}: a path begins with /"
