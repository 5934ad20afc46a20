"""The settings: their defaults, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from checksums.settings import Settings, SettingsError


def test_a_directory_is_enough(tmp_path: Path) -> None:
    settings = Settings.read({"CHECKSUMS_DIRECTORY": str(tmp_path)})
    assert settings == Settings(tmp_path, concurrency=4, host="127.0.0.1", port=9090, log_level="info")


def test_all_of_them_may_be_given(tmp_path: Path) -> None:
    environment = {
        "CHECKSUMS_DIRECTORY": str(tmp_path),
        "CHECKSUMS_CONCURRENCY": "1000",
        "CHECKSUMS_LISTEN": "[::]:0",
        "CHECKSUMS_LOG_LEVEL": "debug",
    }
    assert Settings.read(environment) == Settings(tmp_path, concurrency=1000, host="::", port=0, log_level="debug")


def test_all_that_is_wrong_is_told_at_once() -> None:
    environment = {
        "CHECKSUMS_CONCURRENCY": "1001",
        "CHECKSUMS_LISTEN": "9090",
        "CHECKSUMS_LOG_LEVEL": "loud",
    }
    with pytest.raises(SettingsError) as wrong:
        Settings.read(environment)
    assert str(wrong.value).splitlines() == [
        "CHECKSUMS_DIRECTORY is missing: it is to name a directory",
        "CHECKSUMS_CONCURRENCY is to be a whole number from 1 to 1000, not '1001'",
        "CHECKSUMS_LISTEN is to be like 127.0.0.1:9090, not '9090'",
        "CHECKSUMS_LOG_LEVEL is to be one of debug, info, warning, error, not 'loud'",
    ]
    with pytest.raises(SettingsError, match="'/nowhere' is none"):
        Settings.read({"CHECKSUMS_DIRECTORY": "/nowhere"})
