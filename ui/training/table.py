"""All runs: a table of their configurations and results, and a chart that compares the curves of some."""

from collections.abc import Callable, Sequence
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, cast

import pandas as pd
import streamlit as st

from transformer import limits
from transformer.learning.shapes import parameter_count
from transformer.learning.steps import Evaluation, TrainStep
from ui import models
from ui.choices import choice_title
from ui.i18n import t
from ui.layout import choose, controls, stage
from ui.live.events import by_gradient, finite
from ui.setting import each_once
from ui.state import PRESENTER, TrainingPage
from ui.training import charts, condition, shown, upload, wrong_on_purpose
from ui.training.differences import differences
from ui.training.progress import duration
from ui.training.shown import ShownRun
from viz.curves import Curve, Panel, thin, thinning

HIGH, LOW = 420, 380
"""Heights in pixels of the chart that compares runs, without and with presenter size."""

COMPARE_CHOICE = "training_compare_choice"
"""Key of the widget that shows `TrainingPage.compare` as a list."""


def draw() -> None:
    """Draw the section: the table, the curves of compared runs beside it, and the upload field below."""
    runs = [run for run in map(shown.summary, shown.choices()) if run]
    unreadable = condition.unreadable()
    if not runs and not unreadable:
        st.write(t("There is no run yet."))
        upload.draw()
        return
    on_charts = shown.current()
    known = [run for run in runs if not wrong_on_purpose.hides(run, on_charts)]
    with controls("controls_runs"):
        compared = _draw_choice([run.choice for run in known])
    if len(known) < len(runs):
        wrong_on_purpose.draw_invitation()
    with stage():
        left, right = st.columns([4, 5]) if compared else (st.container(), st.container())
        with left:
            _draw_table(runs, known, unreadable)
        if compared:
            with right:
                _draw_overlay([run for run in known if run.choice in compared])
    upload.draw()


def _draw_table(runs: Sequence[ShownRun], known: Sequence[ShownRun], unreadable: Sequence[Path]) -> None:
    """Draw the table of all runs, without results of those not `known`, which the user has yet to predict."""
    rows = runs_table(runs)
    hidden = [run not in known for run in runs]
    rows.loc[hidden, ["exact_match", "held_out_loss"]] = None
    if unreadable or (rows["problem"] != "").any():
        rows = pd.concat([unreadable_rows(unreadable), rows], ignore_index=True)[rows.columns]
    else:
        rows = rows.drop(columns="problem")
    st.dataframe(rows, hide_index=True, column_config=_columns(), key="runs_table", placeholder="–")


def runs_table(runs: Sequence[ShownRun]) -> pd.DataFrame:
    """The table of runs, one row each."""
    titles = models.told_apart([run.choice for run in runs], shown.title)
    last = [run.evaluations[-1].evaluation if run.evaluations else None for run in runs]
    return pd.DataFrame(
        {
            "run": [titles[run.choice] for run in runs],
            "problem": [_problem(run) for run in runs],
            "state": [shown.state_title(run.state) for run in runs],
            "step": [run.step for run in runs],
            "steps": [run.training.steps for run in runs],
            "exact_match": [one.exact_match * 100 if one else None for one in last],
            "held_out_loss": [one.loss if one else None for one in last],
            "time": [duration(run.seconds) if run.seconds is not None else None for run in runs],
            "differs": differs(runs),
            "task": [models.task_title(run.training.task) for run in runs],
            "parameters": [parameter_count(run.model) for run in runs],
            "layers": [run.model.num_layers for run in runs],
            "heads": [run.model.heads for run in runs],
            "embed_dim": [run.model.embed_dim for run in runs],
            "batch": [run.training.batch_size for run in runs],
            "learning_rate": [run.training.learning_rate for run in runs],
            "optimizer": [choice_title(run.training.optimizer) for run in runs],
            "schedule": [choice_title(run.training.schedule) for run in runs],
            "seed": [run.training.seed for run in runs],
        }
    )


def unreadable_rows(folders: Sequence[Path]) -> pd.DataFrame:
    """The rows of folders that cannot be read: name and problem only."""
    names = [shown.title(models.RUN_PREFIX + folder.name) for folder in folders]
    problems = [condition.in_words(folder) for folder in folders]
    return pd.DataFrame({"run": names, "state": t("damaged"), "problem": problems})


def _problem(run: ShownRun) -> str:
    return "" if run.is_shipped or run.goes_on else condition.in_words(run.path)


def differs(runs: Sequence[ShownRun]) -> list[str]:
    """For each run, latest first, how it differs from the session's previous one; "" for shipped ones."""
    own = [run for run in runs if not run.is_shipped]
    words = []
    for run, previous in zip_longest(own, own[1:]):
        changed = differences(run, previous) if previous else t("the first run")
        words.append(t("restart of {run}", run=run.restarts) if run.restarts else changed or t("nothing"))
    return words + [""] * (len(runs) - len(own))


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "run": st.column_config.TextColumn(t("run"), width="medium"),
        "differs": st.column_config.TextColumn(t("differs from the run before"), width="large"),
        "problem": st.column_config.TextColumn(t("what is wrong"), width="large"),
        "state": t("state"),
        "task": t("task"),
        "step": number(t("steps made"), format="localized"),
        "steps": number(t("of"), format="localized"),
        "exact_match": number(t("exact match"), format="%.1f %%", help=t("Held out, running free")),
        "held_out_loss": number(t("held-out loss"), format="%.4f"),
        "time": t("time taken"),
        "parameters": number(t("parameters"), format="localized"),
        "layers": t("number of layers"),
        "heads": t("heads"),
        "embed_dim": "D",
        "batch": t("batch"),
        "learning_rate": number(t("learning rate"), format="%g"),
        "optimizer": t("optimiser"),
        "schedule": t("schedule"),
        "seed": number(t("seed"), format="%d"),
    }


def _draw_choice(choices: list[str]) -> list[str]:
    wanted = each_once(TrainingPage.compare.value)
    titles = models.told_apart(choices, shown.title)
    key = models.titles_key(COMPARE_CHOICE, titles)
    st.session_state[key] = [name for name in wanted if name in choices][: limits.MAX_COMPARED]
    st.multiselect(
        t("Compare runs"), choices, key=key, format_func=titles.__getitem__,
        on_change=_keep_choice, args=(key,), max_selections=limits.MAX_COMPARED, placeholder=t("Choose runs"),
        select_all=False, width=480,
    )  # fmt: skip
    choose(t("Curve"), _measures(), TrainingPage.measure, label_visibility="collapsed")
    return list(st.session_state[key])


def _keep_choice(key: str) -> None:
    TrainingPage.compare.set(",".join(st.session_state[key]))


def _measures() -> dict[str, str]:
    return {"loss": t("training loss"), "held_out": t("held-out loss"), "exact": t("exact match")}


def _draw_overlay(runs: Sequence[ShownRun]) -> None:
    measure = TrainingPage.measure.value
    exact = measure == "exact"
    titles = models.told_apart([run.choice for run in runs], shown.title)
    stride = max(thinning(run.step, shown.SUMMARY_POINTS) for run in runs)
    curves = [
        Curve(titles[run.choice], index, points=_points(run, measure, stride), dotted=measure != "loss")
        for index, run in enumerate(runs)
    ]
    panel = Panel(
        _measures()[measure],
        tuple(curves),
        "share" if exact else "number",
        log=not exact and TrainingPage.log.value,
        range=(0, 1) if exact else None,
    )
    charts.draw_compared(panel, LOW if PRESENTER.value else HIGH)


def _points(run: ShownRun, measure: str, stride: int) -> list[tuple[int, float | None]]:
    """The points (step, value) of one curve, thinned to about one in `stride` steps."""
    read: dict[str, Callable[[TrainStep], float]] = {
        "loss": lambda record: record.loss,
        "held_out": lambda record: cast(Evaluation, record.evaluation).loss,
        "exact": lambda record: cast(Evaluation, record.evaluation).exact_match,
    }
    if measure == "loss":
        kept = _alike(run.records, stride)
    else:
        kept = thin(run.evaluations, by_gradient, shown.SUMMARY_POINTS)
    return [(record.step, finite(read[measure](record))) for record in kept]


def _alike(records: Sequence[TrainStep], stride: int) -> Sequence[TrainStep]:
    """From every block of `stride` steps, the one with the largest gradient; also the last step.

    Runs that began identically thus keep the same steps, even if they differ in length or are thinned.
    """
    blocks = groupby(records, lambda record: (record.step - 1) // stride)
    kept = [max(block, key=by_gradient) for _, block in blocks]
    return [*kept, *(record for record in records[-1:] if record is not kept[-1])]
