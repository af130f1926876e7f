"""The health check for monitoring tools: `GET /health` says whether this server can do its work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from transformer.errors import InputError
from transformer.learning.resources import available_memory, disk_free
from ui import models
from ui.jobs import Jobs, jobs

PATH = "/health"

WORKER_MEMORY = 400 * 2**20
"""Bytes that one more training process takes at least."""

RUN_DISK = 100 * 2**20
"""Bytes that must be free where runs are kept."""


@dataclass(frozen=True)
class Health:
    """The state that the server reports. It contains nothing about users."""

    problems: tuple[InputError, ...]
    """What is wrong; empty if nothing is."""
    workers_can_start: bool | None
    """Whether the latest attempt to start a training process succeeded; None until the first has finished."""
    runs_active: int
    runs_waiting: int
    runs_limit: int
    memory_free: int | None
    """Bytes; None if the operating system does not tell."""
    disk_free: int | None
    """Bytes where runs are kept; None if nothing can be written there."""

    @property
    def ok(self) -> bool:
        """Whether there are no problems."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """The fields and `ok`, ready for JSON."""
        return {"ok": self.ok} | vars(self) | {"problems": [str(problem) for problem in self.problems]}


def check(jobs: Jobs, folder: Path) -> Health:
    """Check everything once; takes less than a millisecond. `folder` is where runs are kept."""
    can_start, memory, disk = jobs.can_start(), available_memory(), disk_free(folder)
    problems = []
    if can_start is None:
        problems.append(InputError("The first training process is still starting."))
    elif not can_start:
        problems.append(InputError("The latest training process could not start."))
    if memory is not None and memory < WORKER_MEMORY:
        problems.append(InputError("Less than {size} MB of memory are free.", size=WORKER_MEMORY >> 20))
    if disk is None:
        problems.append(InputError("Nothing can be written where runs are kept."))
    elif disk < RUN_DISK:
        problems.append(InputError("Less than {size} MB are free where runs are kept.", size=RUN_DISK >> 20))
    return Health(
        problems=tuple(problems),
        workers_can_start=can_start,
        runs_active=len(jobs.active()),
        runs_waiting=len(jobs.waiting()),
        runs_limit=jobs.limit,
        memory_free=memory,
        disk_free=disk,
    )


def answer(request: Request) -> JSONResponse:
    """The state as JSON, with status 200 if nothing is wrong, else 503. Starlette calls this in a thread."""
    health = check(jobs(), models.RUNS)
    status = 200 if health.ok else 503
    return JSONResponse(health.to_dict(), status, headers={"Cache-Control": "no-store"})
