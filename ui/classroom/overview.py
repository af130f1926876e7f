"""Live overview of connected browsers, training runs and free resources."""

import os
import time
from collections.abc import Mapping

from transformer.learning.resources import CoreLoad, memory_of, total_memory
from ui import health, models
from ui.classroom.actions import browser
from ui.i18n import LANGUAGES, t
from ui.jobs import Job, jobs
from ui.layout import stage
from ui.live import component
from ui.live.topics import State, Topic, Visitor, topic
from ui.pages import BY_SLUG
from ui.presence import Visit, presence
from ui.training.progress import duration
from ui.training.shown import state_title

OVER = 5
"""How many ended runs are listed."""


@topic("teacher", every=2.0)
def _look(words: Mapping[str, str], visitor: Visitor) -> State | None:
    return board() if visitor.is_teacher else None


def draw() -> None:
    """Draw figures and tables. The page reruns when a run begins, ends or changes its state."""
    with stage():
        component.board("live_teacher", board(), Topic.of("teacher"))


def board() -> State:
    """The data about the server, its browsers and its runs."""
    told = health.check(jobs(), models.RUNS)
    visits = presence().visits()
    return {
        "state": " ".join(f"{job.name}:{job.state}" for job in jobs().going_on()),
        "bar": _cores(),
        "remarks": [t(problem.message, **problem.values) for problem in told.problems],
        "figures": _figures(told, len({visit.number for visit in visits})),
        "tables": [_runs(), _browsers(visits)],
    }


def _figures(told: health.Health, browsers: int) -> list[tuple[str, str]]:
    return [
        (t("Browsers connected"), f"{browsers}"),
        (t("Runs under way"), t("{count} of {limit}", count=told.runs_active, limit=told.runs_limit)),
        (t("In the queue"), f"{told.runs_waiting}"),
        (t("Memory of the server"), _size(memory_of(os.getpid()))),
        (t("Memory free"), _size(told.memory_free)),
        (t("Disk free"), _size(told.disk_free)),
    ]


def _cores() -> State | None:
    """How busy the processor was since the previous look; None at the first."""
    cores = _load.snapshot()
    if not cores:
        return None
    busy = t(
        "{count} cores busy: {each}. Memory in all: {memory}.",
        count=len(cores),
        each=" · ".join(f"{core:.0%}" for core in cores[:32]),
        memory=_size(total_memory()),
    )
    return {"share": sum(cores) / len(cores), "text": busy}


_load = CoreLoad()


def _browsers(visits: list[Visit]) -> State:
    now = time.time()
    rows = [
        [
            t("browser {number}", number=visit.number),
            page_title(visit.page),
            LANGUAGES.get(visit.language, ""),
            duration(now - visit.since),
            t("{time} ago", time=duration(now - visit.seen)),
        ]
        for visit in visits
    ]
    head = [t("Browser"), t("Page"), t("Language"), t("Here for"), t("Last action")]
    return {"kind": "plain", "title": t("Browsers"), "head": head, "rows": rows}


def page_title(slug: str) -> str:
    """The title of a page by its slug; the slug itself if there is no such page."""
    page = BY_SLUG.get(slug)
    return t(page.title) if page else slug


def _runs() -> State:
    over = [job for job in jobs().all() if job.is_over][-OVER:]
    waiting = jobs().waiting()
    rows = [_row(job, waiting) for job in (*jobs().active(), *waiting, *reversed(over))]
    head = [t("Browser"), t("Task"), t("State"), t("Steps made"), t("Steps a second"), t("Memory"), t("Run")]
    table = {"kind": "plain", "title": t("Runs, and the queue in its order"), "rows": rows}
    return table | ({"head": head} if rows else {"head": [], "caption": t("No run is under way.")})


def _row(job: Job, waiting: list[Job]) -> list[str]:
    speed = job.steps_per_second() if job.state == "running" else None
    state = state_title(job.state)
    place = t("place {place}", place=waiting.index(job) + 1) if job in waiting else ""
    return [
        browser(job.owner),
        models.task_title(job.training.task),
        f"{state}, {place}" if place else state,
        f"{job.step:,} / {job.total:,}",
        f"{speed:.0f}" if speed else "",
        _size(memory_of(job.pid)) if job.pid and not job.is_over else "",
        job.name,
    ]


def _size(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
