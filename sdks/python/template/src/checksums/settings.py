"""What the environment says, checked at the start: all that is wrong is told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """One line for each setting that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """The service's own settings; where the server is, and the key, is read by the SDK."""

    directory: Path
    """Whose files are read."""
    concurrency: int
    """Tasks at once."""
    host: str
    port: int
    """Where health and metrics are served."""
    log_level: str

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of an environment; raises `SettingsError`."""
        reader = _Reader(environment)
        directory = reader.directory("CHECKSUMS_DIRECTORY")
        concurrency = reader.number("CHECKSUMS_CONCURRENCY", 4, 1, 1_000)
        host, port = reader.address("CHECKSUMS_LISTEN", "127.0.0.1:9090")
        log_level = reader.word("CHECKSUMS_LOG_LEVEL", "info", LOG_LEVELS)
        if reader.wrong:
            raise SettingsError("\n".join(reader.wrong))
        return cls(directory, concurrency, host, port, log_level)


class _Reader:
    """Reads variables, and notes what is wrong with them; what it gives for those is not used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.wrong: list[str] = []

    def directory(self, name: str) -> Path:
        text = self._environment.get(name, "")
        if not text:
            self.wrong.append(f"{name} is missing: it is to name a directory")
        elif not Path(text).is_dir():
            self.wrong.append(f"{name} is to name a directory, and {text!r} is none")
        return Path(text)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self._environment.get(name, "") or str(default)
        if _is_whole(text, least, most):
            return int(text)
        self.wrong.append(f"{name} is to be a whole number from {least} to {most}, not {text!r}")
        return default

    def address(self, name: str, default: str) -> tuple[str, int]:
        text = self._environment.get(name, "") or default
        host, _, port = text.rpartition(":")
        if host and _is_whole(port, 0, 65_535):
            return host.strip("[]"), int(port)
        self.wrong.append(f"{name} is to be like {default}, not {text!r}")
        return "", 0

    def word(self, name: str, default: str, words: tuple[str, ...]) -> str:
        text = self._environment.get(name, "") or default
        if text not in words:
            self.wrong.append(f"{name} is to be one of {', '.join(words)}, not {text!r}")
        return text


def _is_whole(text: str, least: int, most: int) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None and least <= int(text) <= most
