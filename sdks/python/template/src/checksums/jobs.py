"""What the service does: one function for each type of job."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, Field
from windlass_sdk import Context, Failure, Worker

# Bytes that are read between two looks at whether the task is still wanted.
PIECE = 1 << 20


class File(BaseModel):
    """The payload: a file below the service's directory."""

    path: str = Field(min_length=1)


class Checksum(BaseModel):
    """The result."""

    sha256: str
    bytes: int


def add_to(worker: Worker, directory: Path) -> None:
    """Adds the jobs to a worker; what they need is given here, so that a test gives its own."""
    root = directory.resolve()

    # It is not `async`, so it runs on a thread, where reading a file holds up nobody.
    @worker.job("checksum-file")
    def checksum_file(file: File, ctx: Context) -> Checksum:
        path = (root / file.path).resolve()
        if not path.is_relative_to(root):
            raise Failure("data_error", f"{file.path} is not below the service's directory", retry=False)
        digest, done = hashlib.sha256(), 0
        try:
            total = path.stat().st_size
            with path.open("rb") as opened:
                while piece := opened.read(PIECE):
                    ctx.raise_if_cancelled()
                    digest.update(piece)
                    done += len(piece)
                    ctx.progress(done, max(total, done), file.path)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise Failure("data_error", f"{file.path} is no file", retry=False) from error
        # Any other error is a `system_error`, which the job's policy retries.
        ctx.log.info("read %s", file.path, extra={"bytes": done})
        return Checksum(sha256=digest.hexdigest(), bytes=done)
