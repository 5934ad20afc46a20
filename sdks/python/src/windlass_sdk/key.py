"""The key that a client shows to the server, and where it comes from.

Its text is shown nowhere: in no `repr`, no error and no log line. A file is read when the client is made, and again
when a call is refused with 401, since keys rotate. A file that cannot be read again, or by then holds no key, leaves
the key as it was.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from .errors import SettingError

VARIABLE = "WINDLASS_KEY"
FILE_VARIABLE = "WINDLASS_KEY_FILE"
# The longest key, in bytes.
LONGEST = 512
# How long a call that was refused waits for the file, in seconds.
LONGEST_READ = 5.0
NO_KEY = "is not one line of 1 to 512 visible ASCII characters"

log = logging.getLogger("windlass_sdk")


class Key:
    """Where a client's key comes from; by default from the environment."""

    def __init__(self, *, _text: str | None = None, _file: Path | None = None, _environment: bool = False) -> None:
        self._text = _text
        self._file = _file
        self._environment = _environment

    @classmethod
    def environment(cls) -> Key:
        """The key in `WINDLASS_KEY`, or in the file that `WINDLASS_KEY_FILE` names; none where both are empty or not set."""
        return cls(_environment=True)

    @classmethod
    def text(cls, key: str) -> Key:
        """This key, as `windlass key create` printed it."""
        return cls(_text=key)

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Key:
        """The key that this file holds, alone on one line. It is read again when a call is refused with 401."""
        return cls(_file=Path(path))

    @classmethod
    def none(cls) -> Key:
        """No key, whatever the environment says."""
        return cls()

    def read(self, environment: Mapping[str, str] | None = None) -> PresentKey:
        """The key as it is now.

        Raises `SettingError` where there is none though one was promised.
        """
        if self._text is not None:
            return _of_text("the program", self._text)
        if self._file is not None:
            return _of_file(f"the file {self._file}", self._file)
        if self._environment:
            return _from_environment(os.environ if environment is None else environment)
        return PresentKey()

    def __repr__(self) -> str:
        if self._text is not None:
            return "Key.text(…)"
        if self._file is not None:
            return f"Key.file({str(self._file)!r})"
        return "Key.environment()" if self._environment else "Key.none()"


class PresentKey:
    """A client's key as it is at present; possibly none."""

    def __init__(self, value: str | None = None, origin: str | None = None, file: Path | None = None) -> None:
        self._value = value
        self.origin = origin
        """Where the key comes from, for people."""
        self._file = file

    def header(self) -> str | None:
        """What is sent as `Authorization`."""
        return None if self._value is None else f"Bearer {self._value}"

    async def is_renewed(self, refused: str | None) -> bool:
        """Whether the key is another one than the refused, once its file was read again."""
        if refused is None:
            return False
        if self.header() == refused and self._file is not None:
            await self._read_again(self._file)
        return self.header() != refused

    async def _read_again(self, file: Path) -> None:
        try:
            self._value = await asyncio.wait_for(asyncio.wrap_future(_beside(file)), LONGEST_READ)
        except (OSError, ValueError, asyncio.TimeoutError) as error:
            log.warning("cannot read the key from %s again: %s", self.origin, error or type(error).__name__)

    def __repr__(self) -> str:
        return f"PresentKey({self.origin!r})"


def _from_environment(environment: Mapping[str, str]) -> PresentKey:
    text, file = environment.get(VARIABLE), environment.get(FILE_VARIABLE)
    if text and file:
        raise SettingError(f"{VARIABLE} is set, and so is {FILE_VARIABLE}")
    if text:
        return _of_text(VARIABLE, text)
    if file:
        return _of_file(f"{FILE_VARIABLE} ({file})", Path(file))
    return PresentKey()


def _of_text(origin: str, text: str) -> PresentKey:
    try:
        return PresentKey(_line(text.encode()), origin)
    except ValueError as error:
        raise SettingError(f"{origin} {error}") from None


def _of_file(origin: str, file: Path) -> PresentKey:
    try:
        return PresentKey(_line(_beginning(file)), origin, file)
    except OSError as error:
        raise SettingError(f"{origin} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise SettingError(f"{origin} {error}") from None


def _beginning(file: Path) -> bytes:
    """So much of the file that a longer one is known as such."""
    with file.open("rb") as opened:
        return opened.read(LONGEST + 3)


def _beside(file: Path) -> concurrent.futures.Future[str]:
    """Reads on a thread that does not keep the process at its end: a file system may hang."""
    future: concurrent.futures.Future[str] = concurrent.futures.Future()
    # From here on a waiter that has gone is none of the thread's business.
    future.set_running_or_notify_cancel()

    def read() -> None:
        try:
            future.set_result(_again(file))
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=read, name="windlass-key", daemon=True).start()
    return future


def _again(file: Path) -> str:
    """A pipe was read to its end when the client was made, and might never come to another."""
    if not file.is_file():
        raise OSError("no regular file")
    return _line(_beginning(file))


def _line(text: bytes) -> str:
    line = text.removesuffix(b"\n").removesuffix(b"\r")
    if not 1 <= len(line) <= LONGEST or any(not 0x21 <= byte <= 0x7E for byte in line):
        raise ValueError(NO_KEY)
    return line.decode("ascii")
