"""Following the audit: `/v1/events/stream`, opened again where it breaks off, behind the last event that came.

Silence that lasts longer than the server's comments allow is taken for a connection that is gone. Messages of a type that a
later server may have are skipped.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Union

import httpx
from pydantic import ValidationError

from .errors import CallError, NoAnswerError, NotUnderstoodError
from .models import Event, JobProgress
from .repeat import Safety
from .transport import Call, Transport

log = logging.getLogger("windlass_sdk")

Followed = Union[Event, JobProgress]

# The server comments every 15 s; this allows for a database that is away at the time. Lengths are in seconds.
LONGEST_SILENCE = 40.0
# Before a stream that broke off is opened again, unless the server asks for another pause, and the longest it is granted.
PAUSE = 1.0
LONGEST_PAUSE = 60.0
# The longest message; what is longer is no stream of events.
LONGEST_MESSAGE = 1 << 20
CALL = "GET /v1/events/stream"


class Messages:
    """The messages of a stream of server-sent events, from its bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._kind = ""
        self._data: list[str] = []
        self._id: str | None = None
        self.last_id: str | None = None
        """That of the last message that came whole."""
        self.pause: float | None = None

    def take(self, chunk: bytes) -> list[tuple[str, str]]:
        """The messages that end in this chunk: type and data."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        whole: list[tuple[str, str]] = []
        for line in lines:
            self._line(line.removesuffix(b"\r").decode(errors="replace"), whole)
        if len(self._rest) + sum(map(len, self._data)) > LONGEST_MESSAGE:
            raise NotUnderstoodError(CALL, ValueError(f"a message of more than {LONGEST_MESSAGE} bytes"))
        return whole

    def _line(self, line: str, whole: list[tuple[str, str]]) -> None:
        if not line:
            if self._data:
                whole.append((self._kind, "\n".join(self._data)))
            self._kind, self._data = "", []
            self.last_id = self._id
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isdecimal():
            self.pause = min(int(value) / 1000, LONGEST_PAUSE)


async def follow(transport: Transport, query: Mapping[str, Any], after: str | None, progress: bool) -> AsyncIterator[Followed]:
    """The stream without an end; a server that goes away is waited for, once the first connection came about.

    A key that is refused, also by its file as it is then, ends it.
    """
    asked = {**query, "progress": True if progress else None}
    call = Call("GET", ("v1", "events", "stream"), query=asked, safety=Safety.SAFE)
    last, pause, opened = after, PAUSE, False
    while True:
        messages = Messages()
        try:
            headers = {"accept": "text/event-stream", **({"last-event-id": last} if last else {})}
            async with transport.open(call, headers) as response:
                opened = True
                async for kind, data in _read(transport, response, messages):
                    followed = _followed(kind, data)
                    if followed is not None:
                        yield followed
        except CallError as error:
            if not opened or not error.is_transient:
                raise
            log.warning("opening the events again: %s", error)
            last, pause = messages.last_id or last, messages.pause or pause
            await asyncio.sleep(max(pause, error.asked_to_wait))


async def _read(transport: Transport, response: httpx.Response, messages: Messages) -> AsyncIterator[tuple[str, str]]:
    chunks = response.aiter_raw()
    while True:
        try:
            chunk = await asyncio.wait_for(chunks.__anext__(), LONGEST_SILENCE)
        except StopAsyncIteration:
            raise NoAnswerError(transport.server, "the stream ended") from None
        except (asyncio.TimeoutError, TimeoutError):
            raise NoAnswerError(transport.server, "the stream is silent") from None
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise NoAnswerError(transport.server, str(error) or type(error).__name__) from None
        for message in messages.take(chunk):
            yield message


def _followed(kind: str, data: str) -> Followed | None:
    try:
        if kind in ("", "message"):
            return Event.model_validate(json.loads(data))
        return JobProgress.model_validate(json.loads(data)) if kind == "progress" else None
    except (ValueError, ValidationError) as error:
        raise NotUnderstoodError(CALL, error) from None
