"""The log of one task, as its handler writes it by `logging`."""

from __future__ import annotations

import contextvars
import logging
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ..models.asked import plain
from ..transport import encoded
from .failure import clean

# Bytes that a line's fields may have.
FIELDS_BYTES = 4 * 1024
# Where lines of a task go beside its log.
PROGRAM = "windlass_sdk.task"
# What says something of calls, rather than of the task.
OF_CALLS = frozenset(("windlass_sdk", "httpx", "httpcore"))
Sink = Callable[[dict[str, Any]], None]

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}
# Set while a handler runs, so that `TaskLogHandler` knows whose lines they are.
_present: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("windlass_task_log", default=None)


def logger_of(sink: Sink, level: int) -> logging.Logger:
    """A logger whose lines go into the log of a task, and to the program's logger `windlass_sdk.task`."""
    logger = logging.Logger(PROGRAM, level)
    logger.propagate = False
    logger.addHandler(_ToTask(sink))
    return logger


def enter(sink: Sink) -> None:
    """What is logged from here on, in this context, is of this task."""
    _present.set(sink)


class TaskLogHandler(logging.Handler):
    """Sends what handlers say by any logger into the logs of their tasks; add it to the root logger, or to your own.

    It neither waits nor fails. Lines that are logged outside of a handler are not its business.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a line."""
        sink = _present.get()
        # What came by a context's own logger is in the log already; what is said of calls is not of the task.
        if sink is not None and record.name.partition(".")[0] not in OF_CALLS:
            sink(line_of(record))


class _ToTask(logging.Handler):
    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        self._sink(line_of(record))
        program = logging.getLogger(PROGRAM)
        if program.isEnabledFor(record.levelno):
            program.handle(record)


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """A line as the server takes it; fields for which the contract has no room are left out."""
    try:
        message = record.getMessage()
    except Exception:
        message = str(record.msg)
    if record.exc_info and record.exc_info[0] is not None:
        message = f"{message}\n{''.join(traceback.format_exception(*record.exc_info))}".rstrip()
    return line(_level(record.levelno), message, _extra(record), record.created)


def line(level: str, message: str, fields: dict[str, Any], at: float | None = None) -> dict[str, Any]:
    """A line as the server takes it."""
    shown = _fields(fields)
    if fields and shown is None:
        message += " (fields left out: no JSON, or more than 4 KiB)"
    moment = datetime.fromtimestamp(time.time() if at is None else at, timezone.utc)
    written: dict[str, Any] = {"message": clean(message), "level": level, "at": moment.isoformat()}
    if shown:
        written["fields"] = shown
    return written


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _fields(fields: dict[str, Any]) -> dict[str, Any] | None:
    try:
        shown = plain(fields)
        return shown if len(encoded(shown)) <= FIELDS_BYTES else None
    except ValueError:
        return None


def _level(number: int) -> str:
    for least, word in ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"), (logging.DEBUG, "debug")):
        if number >= least:
            return word
    return "trace"
