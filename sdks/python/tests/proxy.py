"""A bad network between a client and a server.

A proxy on a port of its own relays bytes, and does what a test asks: loses answers, hangs, fails, is slow, or is gone. Other
clients reach the server directly and notice nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

FAILURE = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops"


class Way(enum.Enum):
    """What becomes of requests and answers."""

    THROUGH = "both pass"
    LOSES_ANSWERS = "requests are carried out, and their connection is cut before the answer"
    HANGS = "connections stay open, and nothing passes, nor ever will on those that were open meanwhile"
    FAILS = "every request is answered 500, and carried out by nobody"
    SLOW = "answers come later"


class Proxy:
    """The proxy before a server."""

    def __init__(self, url: str, delay: float = 2.0) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 0)
        self._delay = delay
        self._way = Way.THROUGH
        self._turns: set[asyncio.Event] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._port = 0
        self._run(self._listen())
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, way: Way) -> None:
        """Changes what becomes of requests and answers from now on."""
        self._run(self._turn(way))

    def cut(self) -> None:
        """Cuts all connections, and refuses new ones."""
        self._run(self._cut())

    def mend(self) -> None:
        """Accepts connections again."""
        self._run(self._listen())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _turn(self, way: Way) -> None:
        self._way = way
        for turn in self._turns:
            turn.set()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            try:
                await self._relay(reader, writer, far_reader, far_writer)
            finally:
                far_writer.transport.abort()
        except (OSError, asyncio.CancelledError):
            # Cut, by either side or by the test.
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _relay(
        self,
        near: asyncio.StreamReader,
        near_writer: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        """Relays until one side closes or the way ends the connection."""
        turn = asyncio.Event()
        self._turns.add(turn)
        tasks: dict[str, asyncio.Task[Any]] = {}
        try:
            while True:
                turn.clear()
                way = self._way
                if way is Way.HANGS:
                    await asyncio.Event().wait()
                if "turn" not in tasks:
                    tasks["turn"] = asyncio.ensure_future(turn.wait())
                if "near" not in tasks:
                    tasks["near"] = asyncio.ensure_future(near.read(65536))
                if "far" not in tasks:
                    tasks["far"] = asyncio.ensure_future(far.read(65536))
                await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                # First the way: what is sent after it was set goes by it.
                if tasks["turn"].done():
                    del tasks["turn"]
                elif tasks["near"].done():
                    request = tasks.pop("near").result()
                    if not request:
                        return
                    if way is Way.FAILS:
                        await _fail(near, near_writer)
                        return
                    far_writer.write(request)
                    await far_writer.drain()
                else:
                    answer = tasks.pop("far").result()
                    if not answer or way is Way.LOSES_ANSWERS:
                        return
                    if way is Way.SLOW:
                        await asyncio.sleep(self._delay)
                    near_writer.write(answer)
                    await near_writer.drain()
        finally:
            self._turns.discard(turn)
            for task in tasks.values():
                task.cancel()


async def _fail(near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(FAILURE)
    await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    # What else the request has is read, or closing would take the answer back.
    with contextlib.suppress(asyncio.TimeoutError, TimeoutError, OSError):
        await asyncio.wait_for(near.read(-1), 5)
