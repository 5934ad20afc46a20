"""The version of this package, which is the server's."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("windlass-sdk")
    except PackageNotFoundError:
        # Run from its sources.
        return "0"


VERSION = _version()
