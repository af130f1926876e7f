"""Who is there, what runs and what the machine has left, looked at again and again."""

import os
import time

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer.learning.resources import CoreLoad, memory_of, total_memory
from ui import health, models
from ui.classroom.actions import browser
from ui.i18n import LANGUAGES, explain, t
from ui.jobs import Job, jobs
from ui.jobs.presence import Visit
from ui.layout import fragment, stage
from ui.pages import BY_SLUG
from ui.training.live import duration
from ui.training.shown import state_title

POLL = 2.0
OVER = 5
"""How many runs that are over are listed."""

_CORES = "teacher_cores"


def poll() -> None:
    """The figures and tables; the whole page again when a run begins, ends or changes its state."""
    with stage():
        fragment(_draw, _states(), run_every=POLL)


def _states() -> list[tuple[str, str]]:
    return [(job.name, job.state) for job in jobs().going_on()]


def _draw(drawn: list[tuple[str, str]]) -> None:
    if _states() != drawn:
        st.rerun()
    told = health.check(jobs(), models.RUNS)
    visits = jobs().presence.visits()
    _draw_figures(told, len({visit.number for visit in visits}))
    for problem in told.problems:
        st.warning(explain(problem))
    left, right = st.columns([4, 3])
    with left:
        st.subheader(t("Runs, and the queue in its order"), anchor=False)
        runs = _runs()
        if runs.empty:
            st.caption(t("No run is under way."))
        else:
            st.dataframe(runs, key="teacher_runs", hide_index=True, width="stretch")
    with right:
        st.subheader(t("Browsers"), anchor=False)
        st.dataframe(_browsers(visits), key="teacher_browsers", hide_index=True, width="stretch")


def _draw_figures(told: health.Health, browsers: int) -> None:
    cores = st.session_state.setdefault(_CORES, CoreLoad()).snapshot()
    figures = {
        t("Browsers connected"): f"{browsers}",
        t("Runs under way"): t("{count} of {limit}", count=told.runs_active, limit=told.runs_limit),
        t("In the queue"): f"{told.runs_waiting}",
        t("Memory of the server"): _size(memory_of(os.getpid())),
        t("Memory free"): _size(told.memory_free),
        t("Disk free"): _size(told.disk_free),
    }
    columns: list[DeltaGenerator] = []
    for label, value in figures.items():
        columns = columns or st.columns(len(figures))
        columns.pop(0).metric(label, value)
    if cores:
        each = " · ".join(f"{core:.0%}" for core in cores[:32])
        mean = sum(cores) / len(cores)
        busy = t(
            "{count} cores busy: {each}. Memory in all: {memory}.",
            count=len(cores),
            each=each,
            memory=_size(total_memory()),
        )
        st.progress(mean, text=busy)


def _browsers(visits: list[Visit]) -> pd.DataFrame:
    now = time.time()
    rows = [
        {
            t("Browser"): t("browser {number}", number=visit.number),
            t("Page"): page_title(visit.page),
            t("Language"): LANGUAGES.get(visit.language, ""),
            t("Here for"): duration(now - visit.since),
            t("Last action"): t("{time} ago", time=duration(now - visit.seen)),
        }
        for visit in visits
    ]
    return pd.DataFrame(rows)


def page_title(slug: str) -> str:
    """What a page is called, by its path; the path itself of one that is no longer there."""
    page = BY_SLUG.get(slug)
    return t(page.title) if page else slug


def _runs() -> pd.DataFrame:
    over = [job for job in jobs().all() if job.is_over][-OVER:]
    waiting = jobs().waiting()
    rows = [_row(job, waiting) for job in (*jobs().active(), *waiting, *reversed(over))]
    return pd.DataFrame(rows)


def _row(job: Job, waiting: list[Job]) -> dict[str, str]:
    speed = job.steps_per_second() if job.state == "running" else None
    state = state_title(job.state)
    place = t("place {place}", place=waiting.index(job) + 1) if job in waiting else ""
    return {
        t("Browser"): browser(job.owner),
        t("Task"): models.task_title(job.training.task),
        t("State"): f"{state}, {place}" if place else state,
        t("Steps made"): f"{job.step:,} / {job.total:,}",
        t("Steps a second"): f"{speed:.0f}" if speed else "",
        t("Memory"): _size(memory_of(job.pid)) if job.pid and not job.is_over else "",
        t("Run"): job.name,
    }


def _size(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
