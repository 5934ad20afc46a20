"""The worker: types → handlers, and everything around them.

One loop for each pool of slots asks for as many tasks as slots are free (`intake`); each task runs in a slot of its own
(`slot`), reports its progress (`progress`) and ends in one report (`report`), while one heartbeat extends the leases of all
(`heart`), and one call a second sends what handlers have logged (`journal`).

All of that runs on a thread of its own. Handlers run on the program's event loop, or on threads: one that blocks its loop
holds up other handlers, and no heartbeat.

What it deliberately does not do: it does not judge by this machine's clock whether a lease still holds. While the server
cannot be reached, handlers go on: the lease token decides when the report arrives.

How it fails: what passes by itself is waited out; `Worker.run` ends with an error only when asking again would not help (an
address, a type or a key that the server refuses). A worker that is killed costs a lease's time, no more.
"""

from .context import Cancellation, Context, Results
from .failure import Failure, Release
from .task_log import TaskLogHandler
from .worker import Worker

__all__ = ["Cancellation", "Context", "Failure", "Release", "Results", "TaskLogHandler", "Worker"]
