"""How the bot logs: lines for a person at a terminal, or JSON for a machine. Never secrets, nor variables' values.

What libraries log goes the same way. While something is done, its ids are bound: `delivery`, `run` (of a diagnosis),
`request`, so that each line can be found by them.
"""

import logging
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import hide, redact, redact_text

_LIBRARIES = logging.WARNING  # of libraries only what somebody should look at


def for_people(level: int = logging.WARNING, to: TextIO | None = None) -> None:
    """Short lines on the error stream. A traceback shows where, without local variables: they may hold secrets."""
    plain = structlog.dev.plain_traceback
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    _configure(level, to or sys.stderr, console, lambda _, __, line: redact_text(str(line)))


def for_machines(level: int = logging.INFO, to: TextIO | None = None) -> None:
    """One JSON object a line on the error stream, tracebacks as structure, without local variables."""
    exceptions = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    _configure(level, to or sys.stderr, structlog.processors.ExceptionRenderer(exceptions), _redacted, _json)


def for_whoever_reads(level: int = logging.INFO, to: TextIO | None = None) -> None:
    """JSON, unless a person looks at the error stream."""
    (for_people if (to or sys.stderr).isatty() else for_machines)(level, to)


def never_show(secrets: Iterable[str]) -> None:
    """Has these values, which the bot was configured with, kept out of every line."""
    hide(secrets)


def _configure(level: int, to: TextIO, *last: Processor) -> None:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redacted,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(to),
    )
    ours = logging.StreamHandler(to)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    ours.setFormatter(formatter)
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(handler)
    root.addHandler(ours)
    root.setLevel(_LIBRARIES)


def _redacted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    kept = {name: event[name] for name in ("exc_info", "_record", "_from_structlog") if name in event}
    return {**redact({name: value for name, value in event.items() if name not in kept}), **kept}


_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
