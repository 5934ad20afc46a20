"""`python -m windlass_sdk worker module:worker` runs the worker that a module has."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence

from ._version import VERSION
from .errors import SettingError, WindlassError
from .worker import Worker


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a worker until SIGTERM or Ctrl-C; returns the exit code."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=asked.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Of each call a line is too much.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        worker = find(asked.worker)
        if asked.check:
            print("\n".join(worker.handlers.types()))
            return 0
        worker.run()
    except WindlassError as error:
        print(f"windlass_sdk: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m windlass_sdk", description="Workers for Windlass")
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    worker = commands.add_parser("worker", help="runs the worker of a module, until SIGTERM or Ctrl-C")
    worker.add_argument("worker", metavar="MODULE:NAME", help="where the Worker is, such as app.jobs:worker")
    worker.add_argument("--check", action="store_true", help="only prints the types that it handles")
    worker.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    return parser


def find(place: str) -> Worker:
    """The worker at `module:name`; modules of the working directory come first."""
    module_name, _, name = place.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(importlib.import_module(module_name), name or "worker")
    except ModuleNotFoundError as error:
        # One that the module itself lacks is its own error.
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise
        raise SettingError(f"there is no module {module_name!r}") from None
    except AttributeError:
        raise SettingError(f"{module_name!r} has no {name or 'worker'!r}") from None
    if not isinstance(found, Worker):
        raise SettingError(f"{place!r} is no Worker")
    return found


if __name__ == "__main__":
    sys.exit(main())
