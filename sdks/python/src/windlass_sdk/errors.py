"""What a call can end in, distinguished by what the caller does about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

# The longest that a server's `Retry-After` is heeded, in seconds.
LONGEST_RETRY_AFTER = 60.0
# How much of a body that is no problem an error holds, in characters.
EXCERPT_CHARS = 200
# The contract's codes; whatever else answers is not Windlass, or one that is newer than this.
CODES = frozenset(
    (
        "malformed_request",
        "unauthorized",
        "forbidden",
        "pipeline_not_found",
        "job_not_found",
        "task_not_found",
        "queue_not_found",
        "key_not_found",
        "schedule_not_found",
        "template_not_found",
        "webhook_not_found",
        "delivery_not_found",
        "route_not_found",
        "method_not_allowed",
        "lease_lost",
        "illegal_transition",
        "job_sealed",
        "pipeline_sealed",
        "not_terminal",
        "in_use",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "dependency_cycle",
        "unknown_dependency",
        "duplicate_key",
        "render_failed",
        "idempotency_key_reused",
        "rate_limited",
        "internal_error",
        "database_unavailable",
        "overloaded",
        "shutting_down",
    )
)


class WindlassError(Exception):
    """Any error of this package."""


class SettingError(WindlassError):
    """An address, a key or certificates that cannot be used; correct what is named. No key is shown."""


class NotSendableError(WindlassError, ValueError):
    """What was to be sent has no JSON form."""


class CallError(WindlassError):
    """A call that failed."""

    retry_after: float | None = None
    """How long the server asks to wait before the next try, in seconds."""

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later, without anybody changing it."""
        return False

    @property
    def is_unauthorized(self) -> bool:
        """Whether no valid key was sent (401). It may pass where the key was valid before, since keys rotate."""
        return False

    @property
    def is_lease_lost(self) -> bool:
        """Whether the task is no longer the caller's: leased anew, ended, cancelled or deleted."""
        return False

    @property
    def changed_nothing(self) -> bool:
        """Whether it is certain that the call changed nothing, so that even an unsafe one may be repeated."""
        return False

    @property
    def is_outage(self) -> bool:
        """Whether the server, or the way to it, is what failed, rather than this call."""
        return False

    @property
    def asked_to_wait(self) -> float:
        """How long the server asks to wait, up to a minute."""
        return min(max(self.retry_after or 0.0, 0.0), LONGEST_RETRY_AFTER)

    @property
    def reason(self) -> str:
        """A word for metrics: the problem's code, `unexpected` or `no_answer`."""
        return "no_answer"


def is_problem(document: Any, status: int) -> bool:
    """Whether this is how Windlass refuses with this status, rather than the JSON of a proxy."""
    if not isinstance(document, Mapping):
        return False
    given = cast("Mapping[str, Any]", document)
    code = given.get("code")
    if given.get("status") != status or not isinstance(code, str) or code not in CODES:
        return False
    # Objects in a list, if there are any.
    listed = isinstance(given.get("errors") or [], list)
    return listed and all(isinstance(error, Mapping) for error in given.get("errors") or ())


class ProblemError(CallError):
    """The server refused; act on the `code`."""

    def __init__(self, document: Mapping[str, Any], request_id: str | None = None, retry_after: float | None = None) -> None:
        self.document = dict(document)
        """The refusal as it came (RFC 9457)."""
        self.status = int(document["status"])
        self.code = str(document["code"])
        self.detail = str(document.get("detail") or "")
        self.errors: list[dict[str, str]] = list(document.get("errors") or ())
        """Of a validation: `{"pointer", "detail"}` for each field."""
        self.task_state: str | None = document.get("task_state")
        """Of a lost lease: the task's state."""
        self.request_id = request_id
        """Finds the request in the server's log."""
        self.retry_after = retry_after
        super().__init__(self._text())

    def _text(self) -> str:
        text = f"{self.code}: {self.detail}"
        if self.errors:
            text += " (" + "; ".join(f"{error.get('pointer')}: {error.get('detail')}" for error in self.errors[:10]) + ")"
        return text + (f" (request {self.request_id})" if self.request_id else "")

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status in (429, 500, 503)

    @property
    def is_unauthorized(self) -> bool:
        """Whether no valid key was sent."""
        return self.code == "unauthorized"

    @property
    def is_lease_lost(self) -> bool:
        """Whether the task is no longer the caller's."""
        return self.code in ("lease_lost", "task_not_found")

    @property
    def changed_nothing(self) -> bool:
        """Whether nothing was changed; a database that goes away may have committed what it could no longer answer."""
        return self.code in ("rate_limited", "overloaded", "shutting_down")

    @property
    def is_outage(self) -> bool:
        """Whether the server failed."""
        return self.status >= 500

    @property
    def reason(self) -> str:
        """The problem's code."""
        return self.code


class DeniedError(ProblemError):
    """The server wants a key, or one that allows this (401, 403); the message says what to do."""

    def __init__(self, problem: ProblemError, key: str | None, types: Sequence[str] = ()) -> None:
        self.key = key
        """Where the key that was sent came from, such as `WINDLASS_KEY`; none if none was sent."""
        self.types = list(types)
        """Of a dequeue, the types that the key does not allow."""
        super().__init__(problem.document, problem.request_id, problem.retry_after)

    def _text(self) -> str:
        return super()._text() + self._advice()

    def _advice(self) -> str:
        if self.code == "unauthorized" and self.key is None:
            return "; no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY to one that `windlass key create` made"
        if self.code == "unauthorized":
            return (
                f"; the key from {self.key} is not valid, or no longer: "
                "`windlass key create` or `windlass key rotate` makes one"
            )
        if self.key is None:
            return ""
        if self.types:
            types = ", ".join(self.types)
            return f"; the key from {self.key} does not allow the types {types}: use one for them, or ask for others"
        return f"; the key from {self.key} does not allow this: use one that `windlass key create` made for it"

    def naming_types(self, asked: Sequence[str]) -> DeniedError:
        """The same, with those of the types asked for that the key does not allow."""
        places = [str(error.get("pointer")).removeprefix("/types/") for error in self.errors]
        types = [asked[int(place)] for place in places if place.isdecimal() and int(place) < len(asked)]
        return DeniedError(self, self.key, types)


class UnexpectedAnswerError(CallError):
    """Something answered that does not speak like Windlass: a proxy, or another service."""

    def __init__(self, status: int, body: str, retry_after: float | None = None) -> None:
        self.status = status
        self.body = body[:EXCERPT_CHARS]
        self.retry_after = retry_after
        super().__init__(f"status {status} from something that is not Windlass: {self.body}")

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status in (429, 500, 502, 503, 504)

    @property
    def is_unauthorized(self) -> bool:
        """Whether no valid key was sent."""
        return self.status == 401

    @property
    def is_outage(self) -> bool:
        """Whether the way to the server failed."""
        return self.status >= 500

    @property
    def reason(self) -> str:
        """The word for it in metrics."""
        return "unexpected"


class NoAnswerError(CallError):
    """No whole answer came: unreachable, cut off or too slow. What was asked may have happened."""

    def __init__(self, url: str, what: str, *, unsent: bool = False) -> None:
        self.url = url
        self.unsent = unsent
        """Whether no connection came about, so that nothing can have happened."""
        super().__init__(f"no answer from {url}: {what}")

    @property
    def is_transient(self) -> bool:
        """It may succeed later."""
        return True

    @property
    def changed_nothing(self) -> bool:
        """Whether nothing was sent."""
        return self.unsent

    @property
    def is_outage(self) -> bool:
        """It is one."""
        return True


class UnavailableError(CallError):
    """The server has not answered lately, so nothing was sent: the client's breaker is open."""

    def __init__(self, url: str, next_probe: float) -> None:
        self.url = url
        self.next_probe = next_probe
        """How long it is to the next probe, in seconds."""
        super().__init__(f"{url} has not answered lately; it is asked again in {next_probe:.1f} s")

    @property
    def is_transient(self) -> bool:
        """It may succeed later."""
        return True

    @property
    def changed_nothing(self) -> bool:
        """Nothing was sent."""
        return True


class NotUnderstoodError(CallError):
    """The answer is not what the contract says; client and server may be of different versions."""

    def __init__(self, call: str, cause: Exception) -> None:
        self.call = call
        super().__init__(f"the answer to {call} is not understood: {cause}")
