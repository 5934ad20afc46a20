# Made from `aio` by `make_blocking`; change that.
"""The client for programs without an event loop."""

from .client import Client

__all__ = ["Client"]
