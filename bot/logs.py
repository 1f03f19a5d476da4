"""How the bot logs: lines for a person at a terminal, or JSON for a machine. Never the values of variables."""

import logging
import sys

import structlog
from structlog.typing import Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def for_people(level: int = logging.WARNING) -> None:
    """Short lines on the error stream. A traceback shows where, without local variables: they may hold secrets."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def for_machines(level: int = logging.INFO) -> None:
    """One JSON object a line on standard output, tracebacks as structure, without local variables."""
    plain = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.ExceptionRenderer(plain),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
