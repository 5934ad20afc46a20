"""The service: `checksums`, or `python -m checksums`."""

from __future__ import annotations

import logging
import sys

from windlass_sdk import WindlassError

from checksums.service import worker_of
from checksums.settings import Settings, SettingsError


def main() -> int:
    """Runs until SIGTERM or Ctrl-C; the exit code is 2 where a setting is wrong, and 1 where the server refuses it."""
    try:
        settings = Settings.read()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        # A line for each call is too much.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        worker_of(settings).run()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (WindlassError, OSError) as error:
        print(f"checksums: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
