"""How a handler ends."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from ..models.asked import plain
from ..transport import encoded

# The server's limit on messages, in bytes.
MESSAGE_BYTES = 4096
# What of a traceback is kept, its end, in characters; its JSON stays below the limit of a detail.
TRACEBACK_CHARS = 10_000
DETAIL_BYTES = 64 * 1024


class Failure(Exception):
    """Raised by a handler: the attempt failed.

    The job's policy decides by `category`, `[a-z0-9_.]{1,64}`, whether there is another, unless the failure says so:
    `retry_after` seconds from now whatever the category, within the policy's attempts; or never (`retry=False`). A message of
    more than 4 KiB is cut; of an error its text is taken. `detail` is for programs: anything with a JSON form, up to 64 KiB.
    """

    def __init__(
        self,
        category: str,
        message: object = "",
        *,
        retry_after: float | None = None,
        retry: bool = True,
        detail: Any = None,
    ) -> None:
        if retry_after is not None and not retry:
            raise ValueError("a failure has retry_after or retry=False, not both")
        self.category = category
        self.message = str(message)
        self.retry_after = None if retry_after is None else float(retry_after)
        self.retry = retry
        self.detail = detail
        super().__init__(f"{category}: {message}")


class Release(Exception):
    """Raised by a handler: the task goes back without counting the attempt; nobody may take it before `delay` seconds."""

    def __init__(self, delay: float | None = None) -> None:
        self.delay = None if delay is None else float(delay)
        super().__init__("released")


RetryDirective = Union[Literal["auto", "never"], dict[str, float]]


@dataclass(frozen=True)
class Completed:
    """A result, as JSON."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """An error, as it is reported."""

    category: str
    message: str
    detail: Any = None
    retry: RetryDirective = "auto"

    def error(self) -> dict[str, Any]:
        """The error of the report."""
        detail = {} if self.detail is None else {"detail": self.detail}
        return {"category": self.category, "message": fitting(self.message), **detail}


@dataclass(frozen=True)
class Released:
    """The task goes back."""

    delay: float | None = field(default=None)


Ending = Union[Completed, Failed, Released]


def ending_of(error: BaseException) -> Ending:
    """What an exception of a handler says. It never raises, whatever the exception is like."""
    try:
        return _said_by(error)
    except Exception:
        # As of a failure whose class sets none of its fields, or other values.
        return Failed("system_error", type(error).__name__, _trace(error))


def _said_by(error: BaseException) -> Ending:
    if isinstance(error, Release):
        return Released(None if error.delay is None else float(error.delay))
    if isinstance(error, Failure):
        retry: RetryDirective = "auto" if error.retry else "never"
        if error.retry_after is not None:
            retry = {"after_seconds": float(error.retry_after)}
        return Failed(str(error.category), str(error.message), _detail(error.detail), retry)
    return Failed("system_error", chain(error), _trace(error))


def chain(error: BaseException) -> str:
    """An error and its causes in one line."""
    text, seen = _named(error), {id(error)}
    while (cause := error.__cause__) is not None and id(cause) not in seen:
        seen.add(id(cause))
        text, error = f"{text}: {_named(cause)}", cause
    return text


def fitting(message: str) -> str:
    """A message as the server takes it: no NUL, at most 4 KiB."""
    return clean(message).encode()[:MESSAGE_BYTES].decode(errors="ignore")


def clean(text: str) -> str:
    """A text without what JSON or the server does not take: lone surrogates and NUL."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _named(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _trace(error: BaseException) -> dict[str, str] | None:
    try:
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:
        # An error that cannot even be shown is reported without its traceback.
        return None
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"exception": clean(kind), "traceback": clean(text[-TRACEBACK_CHARS:])}


def _detail(detail: Any) -> Any:
    """A detail as JSON; what has no such form, or one that is too long, is left out."""
    if detail is None:
        return None
    try:
        shown = plain(detail)
        return shown if len(encoded(shown)) <= DETAIL_BYTES else None
    except ValueError:
        return None
