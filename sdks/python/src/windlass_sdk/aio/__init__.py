"""The client for programs with an event loop. `windlass_sdk.blocking` is made from these files by `make_blocking`."""

from .client import AsyncClient

__all__ = ["AsyncClient"]
