"""Waiting ever longer, without all clients doing so at once.

Why one of ours: stamina and tenacity decide by an exception whether a call is made again and how long to wait. Here the
breaker has a say as well: a wait ends as soon as the server answers others, and never before `Retry-After`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """How a safe call is repeated while its failure is one that passes by itself. All lengths are in seconds."""

    min_delay: float = 0.1
    """Before the first repetition; each further one is twice as long, with a random part of up to its own length."""
    max_delay: float = 2.5
    """The longest delay, without its random part."""
    total_delay: float = 15.0
    """All delays together; a call fails when the next one would exceed this. Zero never repeats."""

    def delays(self) -> Iterator[float]:
        """The delays one after the other, without an end."""
        delay = self.min_delay
        while True:
            yield delay + random.uniform(0.0, delay)
            delay = min(delay * 2, self.max_delay)


NEVER = Backoff(0.0, 0.0, 0.0)
"""Repeats nothing."""
