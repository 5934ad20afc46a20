"""Whether the server takes the worker's key, and how long a worker asks on whose key was good before: keys rotate."""

from __future__ import annotations

import time
from collections.abc import Callable

# How long a key is refused, after it was taken, until the worker ends, in seconds.
LONGEST_REFUSAL = 300.0


class Acceptance:
    """What the server made of the key so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._was_taken = False
        self._refused_since: float | None = None

    def taken(self) -> None:
        """The server answered a dequeue."""
        self._was_taken, self._refused_since = True, None

    def refused(self) -> bool:
        """The server answered 401; whether another key may come."""
        if not self._was_taken:
            return False
        if self._refused_since is None:
            self._refused_since = self._clock()
        return self._clock() - self._refused_since < LONGEST_REFUSAL
