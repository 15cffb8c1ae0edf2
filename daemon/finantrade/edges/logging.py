"""The log: structlog for our own events, the standard library's loggers routed into the same lines.

One line an event, with ``ts`` (UTC), ``level``, ``event`` (a name from ``events.Event``) and its facts. A terminal gets
colours, everything else JSON lines. Logs go to stderr, since stdout belongs to results; where JSON is asked for by name
(as the service does) they go to stdout.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from finantrade.edges.events import Event
from finantrade.edges.log_stream import LogStream

REDACTED = "[redacted]"
_SECRET = re.compile(r"token|secret|passw|passphrase|authori[sz]ation|credential|cookie|api_?key", re.IGNORECASE)
HEAD = ("ts", "level", "event")
"""What every line begins with."""
FINE_PRINT = frozenset({"id", "order_id", "liquidity", "time"})
QUIET_LIBRARIES = ("hypercorn", "quart", "asyncio")


class LogMode(StrEnum):
    """``auto`` is ``console`` on a terminal and JSON lines elsewhere, both on stderr."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


def configure(mode: LogMode | str = LogMode.AUTO, level: int = logging.INFO) -> LogStream:
    """Send all logging of this process where ``mode`` says; close what is returned to write out what is waiting."""
    mode = LogMode(mode)
    target = sys.stdout if mode is LogMode.JSON else sys.stderr
    lines = mode is LogMode.JSON or (mode is LogMode.AUTO and not target.isatty())
    stream = LogStream(target, _report_dropped)
    atexit.register(stream.close)
    handler: logging.StreamHandler[Any] = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(_json_lines() if lines else _console(target)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return stream


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take the value out of every key that names a secret, however deep."""
    return _without_secrets(event)


def _without_secrets(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: REDACTED if _SECRET.search(key) else _plain(value) for key, value in facts.items()}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return _without_secrets({str(key): inner for key, inner in cast("dict[Any, Any]", value).items()})
        case list() | tuple():
            return [_plain(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        redact,
    ]


def _formatter(ending: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, _from_library, *_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )


def _from_library(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["message"] = event["event"]
    event["event"] = Event.LIBRARY
    return event


def _json_lines() -> list[Processor]:
    # Plain tracebacks: the rich ones print the values of local variables, and with them perhaps a secret.
    return [structlog.processors.format_exc_info, _headed, structlog.processors.JSONRenderer(serializer=_serialise)]


def _headed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: event[key] for key in HEAD if key in event} | dict(event)


def _serialise(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _console(target: TextIO) -> list[Processor]:
    colours = target.isatty() and "NO_COLOR" not in os.environ
    plain = structlog.dev.plain_traceback
    return [
        _for_people,
        structlog.dev.ConsoleRenderer(
            colors=colours, timestamp_key="ts", pad_event_to=18, sort_keys=False, exception_formatter=plain
        ),
    ]


def _for_people(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave out what is empty or not so, the date of now, and what nobody reads as it goes by: JSON lines have it."""
    told = {key: _short(value) for key, value in event.items() if key not in FINE_PRINT and not _empty(value)}
    return {**told, "ts": str(event["ts"])[11:19]}


def _empty(value: Any) -> bool:
    return value is None or value is False or value == ""


def _short(value: Any) -> Any:
    return f"{value:.10g}" if isinstance(value, float) else value


def _report_dropped(lines: int) -> None:
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.log")
    log.warning(Event.LINES_DROPPED, lines=lines)
