"""Log lines: one event name and fields, as JSON or for people.

Never passwords, never message bodies. What peers do wrong is `info`; our own faults are
`error` with a traceback. Lines go to standard error, so that `--json` output stays clean.
"""

import logging
import sys
from typing import Final, TextIO

import structlog

from pillarbox.base.clock import Clock

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SECRET: Final = frozenset({"password", "secret", "token", "key", "credentials"})


def configure(*, form: str, level: str, clock: Clock, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process. form: "json" or "text"."""
    stream = stream or sys.stderr

    def stamp(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["at"] = clock.now().isoformat(timespec="milliseconds")
        return event

    renderer: structlog.typing.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(sort_keys=False)
        tail: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, renderer]
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="at")
        tail = [renderer]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            stamp,
            _hide_secrets,
            *tail,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=stream, force=True)


def _hide_secrets(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for name in _SECRET.intersection(event):
        event[name] = "(hidden)"
    return event
