"""One request and its answer, over a pool of connections that all copies of a client share."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import os
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from . import tracing
from ._version import VERSION
from .backoff import Backoff
from .breaker import Breaker, BreakerSettings
from .errors import (
    CallError,
    DeniedError,
    NoAnswerError,
    NotSendableError,
    NotUnderstoodError,
    ProblemError,
    SettingError,
    UnexpectedAnswerError,
    is_problem,
)
from .key import Key
from .metrics import Metrics
from .repeat import Safety, guarded, repeat
from .tracing import TraceContext

T = TypeVar("T")

DEFAULT_SERVER = "http://127.0.0.1:7070"
SERVER_VARIABLE = "WINDLASS_SERVER"
CA_VARIABLE = "WINDLASS_CA_FILE"
# How long a connection is silent before the kernel asks whether its peer is still there, in seconds.
KEEPALIVE = 5
# The server closes a connection that has been idle for 75 s; one that is used less is opened anew before.
IDLE = 30.0


@dataclass(frozen=True)
class Call:
    """A request, ready to be made as often as need be."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: bytes | None = None
    safety: Safety = Safety.UNSAFE
    always: bool = False
    """Sent whatever the breaker says."""
    timeout: float | None = None
    backoff: Backoff | None = None
    idempotency_key: str | None = None

    def json(self, body: Any) -> Call:
        """With a body, written once so that each repetition has the same bytes."""
        return replace(self, body=encoded(body))

    def keyed(self, key: str | None) -> Call:
        """With a key that makes repetitions count once; without one, as it was."""
        return self if key is None else replace(self, idempotency_key=key, safety=Safety.SAFE)

    @property
    def name(self) -> str:
        """The call for people."""
        return f"{self.method} /{'/'.join(self.path)}"


@dataclass(frozen=True)
class Answer:
    """A successful answer."""

    call: str
    body: bytes
    date: datetime | None = None
    """The server's clock as it answered, in whole seconds."""

    def json(self) -> Any:
        """The body."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NotUnderstoodError(self.call, error) from None


class Transport:
    """Where the server is, and how patiently it is spoken to; for one event loop."""

    def __init__(
        self,
        url: str | None,
        *,
        key: Key,
        ca_file: str | os.PathLike[str] | None,
        timeout: float,
        connect_timeout: float,
        backoff: Backoff,
        breaker: BreakerSettings,
        metrics: Metrics,
    ) -> None:
        self.base = _base(url)
        self.timeout = timeout
        self.backoff = backoff
        self.metrics = metrics
        self.trace: TraceContext | None = None
        self._key = key.read()
        self.server = f"{self.base.scheme}://{self.base.netloc.decode('ascii')}"
        self.breaker = Breaker(breaker, self.server, metrics)
        self._http = httpx.AsyncClient(
            transport=_pool(self.base, ca_file),
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=connect_timeout),
            headers={"user-agent": f"windlass-sdk-python/{VERSION}"},
        )

    def like(self, **changes: Any) -> Transport:
        """A copy that differs in this, and shares connections and breaker."""
        other = copy.copy(self)
        for name, value in changes.items():
            setattr(other, name, value)
        return other

    async def close(self) -> None:
        """Closes all connections."""
        await self._http.aclose()

    async def send(self, call: Call) -> Answer:
        """Makes the call, again where that is safe, and returns the answer."""
        backoff = self.backoff if call.backoff is None else call.backoff
        return await repeat(self.breaker, backoff, call.safety, lambda: self.send_once(call), self.metrics)

    async def send_once(self, call: Call) -> Answer:
        """Makes the call once, if the breaker lets it through."""
        return await guarded(
            self.breaker,
            lambda: self._with_key(lambda key: self._exchange(call, key)),
            server=self.server,
            safety=call.safety,
            always=call.always,
        )

    @contextlib.asynccontextmanager
    async def open(self, call: Call, headers: Mapping[str, str]) -> AsyncGenerator[httpx.Response, None]:
        """Makes the call once and gives the answer when it begins, to be read for as long as it lasts."""
        response = await self._with_key(lambda key: self._begin(call, headers, key))
        try:
            yield response
        finally:
            await response.aclose()

    async def _begin(self, call: Call, headers: Mapping[str, str], key: str | None) -> httpx.Response:
        request = self._request(call, key)
        request.headers.update(headers)
        timeout = self.timeout if call.timeout is None else call.timeout
        response = await self._within(timeout, self._http.send(request, stream=True))
        if response.is_success:
            return response
        try:
            body = await self._within(timeout, response.aread())
        finally:
            await response.aclose()
        raise _refusal(response, body)

    async def _with_key(self, attempt: Callable[[str | None], Awaitable[T]]) -> T:
        """Makes one try, and one more where the file of the refused key holds another by now: a 401 changes nothing."""
        key = self._key.header()
        try:
            try:
                return await attempt(key)
            except CallError as error:
                if not error.is_unauthorized or not await self._key.is_renewed(key):
                    raise
            return await attempt(self._key.header())
        except ProblemError as error:
            if error.code in ("unauthorized", "forbidden"):
                raise DeniedError(error, self._key.origin) from None
            raise

    async def _exchange(self, call: Call, key: str | None) -> Answer:
        timeout = self.timeout if call.timeout is None else call.timeout
        response = await self._within(timeout, self._http.send(self._request(call, key)))
        if not response.is_success:
            raise _refusal(response, response.content)
        return Answer(call.name, response.content, _date(response))

    async def _within(self, seconds: float, work: Awaitable[T]) -> T:
        """What the network answers within a time, and what it says otherwise as an error of this package."""
        try:
            return await asyncio.wait_for(work, seconds)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NoAnswerError(self.server, _said(error), unsent=True) from None
        except httpx.TransportError as error:
            raise NoAnswerError(self.server, _said(error)) from None
        except (asyncio.TimeoutError, TimeoutError):
            raise NoAnswerError(self.server, f"nothing came within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise NoAnswerError(self.server, _said(error)) from None

    def _request(self, call: Call, key: str | None) -> httpx.Request:
        path = "/".join(quote(segment, safe="") for segment in call.path)
        prefix = self.base.raw_path.partition(b"?")[0].rstrip(b"/")
        url = self.base.copy_with(raw_path=prefix + b"/" + path.encode("ascii"))
        query = {name: _text(value) for name, value in call.query.items() if value is not None}
        headers: dict[str, str] = {}
        if call.body is not None:
            headers["content-type"] = "application/json"
        if call.idempotency_key is not None:
            headers["idempotency-key"] = call.idempotency_key
        if key is not None:
            headers["authorization"] = key
        tracing.inject(headers, self.trace)
        return self._http.build_request(call.method, url, params=query or None, content=call.body, headers=headers)


def encoded(body: Any) -> bytes:
    """JSON as it is sent; `NotSendableError` for what has no such form."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotSendableError(f"this has no JSON form: {error}") from None


def _base(url: str | None) -> httpx.URL:
    text = url or os.environ.get(SERVER_VARIABLE) or DEFAULT_SERVER
    try:
        base = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise SettingError(f"the address {text!r} cannot be used: {error}") from None
    if base.scheme not in ("http", "https") or not base.host:
        raise SettingError(f"the address {text!r} cannot be used: it is to be like {DEFAULT_SERVER}")
    return base


def _pool(base: httpx.URL, ca_file: str | os.PathLike[str] | None) -> httpx.AsyncHTTPTransport:
    """A pool without a limit: a heartbeat must not wait for a connection behind long polls.

    A peer that vanished without a word is found out by the kernel, rather than by the limit of a call.
    """
    options: list[tuple[int, int, int]] = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", KEEPALIVE), ("TCP_KEEPINTVL", KEEPALIVE), ("TCP_KEEPCNT", 2)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return httpx.AsyncHTTPTransport(
        verify=_trusted(ca_file) if base.scheme == "https" else False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=IDLE),
        socket_options=options,
    )


def _trusted(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """The machine's own authorities, and those of the file beside them."""
    context = ssl.create_default_context()
    file = ca_file or os.environ.get(CA_VARIABLE)
    if file:
        try:
            context.load_verify_locations(cafile=os.fspath(file))
        except (OSError, ssl.SSLError) as error:
            raise SettingError(f"the certificates in {os.fspath(file)} cannot be used: {error}") from None
    return context


def _refusal(response: httpx.Response, body: bytes) -> CallError:
    retry_after = _retry_after(response)
    document: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(body)
    if is_problem(document, response.status_code):
        return ProblemError(document, response.headers.get("x-request-id"), retry_after)
    return UnexpectedAnswerError(response.status_code, body.decode(errors="replace"), retry_after)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
