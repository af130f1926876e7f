"""The configuration of a run, and what can be done with its model: use, rename, download, delete."""

import pandas as pd
import streamlit as st

from transformer import InputError, limits
from transformer.errors import unwritable
from transformer.learning.checkpoint import is_whole, load_checkpoint
from transformer.learning.folder import CHECKPOINT, METRICS, write_about
from transformer.learning.runs import Run
from transformer.learning.shapes import parameter_count
from ui import models
from ui.choices import choice_title
from ui.fault_titles import mistake_of, mistake_title
from ui.i18n import explain, one_line, sentences, t
from ui.jobs import jobs
from ui.ownership import CLASSROOM
from ui.state import MODEL, TrainingPage
from ui.training import shown
from ui.training.shown import ShownRun

TITLE_FIELD = "training_title_field"
"""Key of the text field for a run's title."""


def describe(run: ShownRun) -> None:
    """Draw the run's configuration in a sentence."""
    if run.restarts:
        st.text(t("Restarted from the initial weights of {run}.", run=run.restarts))
    st.caption(
        sentences(
            t(
                "{task}: {steps} steps of {batch} sequences, learning rate {rate} ({schedule}), "
                "{layers} + {layers} layers, {heads} heads, D = {width}, {parameters} parameters, "
                "seed {seed}.",
                task=models.task_title(run.training.task),
                steps=f"{run.training.steps:,}",
                batch=run.training.batch_size,
                rate=f"{run.training.learning_rate:g}",
                schedule=choice_title(run.training.schedule),
                layers=run.model.num_layers,
                heads=run.model.heads,
                width=run.model.embed_dim,
                parameters=f"{parameter_count(run.model):,}",
                seed=run.training.seed,
            ),
            _about_the_rest(run),
        )
    )


def draw_use(run: ShownRun) -> None:
    """Draw the button that makes the run's model the current one on all pages."""
    st.button(
        t("Use this model on all pages"), key="use_model_button", on_click=models.use_run,
        args=(run.path.name,), disabled=is_used(run) or not is_whole(Run(run.path).checkpoint_path),
    )  # fmt: skip


def is_used(run: ShownRun) -> bool:
    """Whether the run's model is the current one."""
    return MODEL.value == run.choice


def draw_files(run: ShownRun) -> None:
    """Draw the controls to rename, download and delete a run; nothing for a shipped one."""
    if run.is_shipped:
        return
    _draw_rename(run)
    _draw_downloads(run)
    if not run.goes_on:
        st.caption(t("Deleting removes the run's folder with its checkpoint and its measurements."))
        st.button(t("Delete this run"), key="delete_button", on_click=_delete, args=(run.choice,))
    if not CLASSROOM:
        st.code(str(run.path), language=None)


def _about_the_rest(run: ShownRun) -> str:
    mistake = mistake_of(run.model, run.training.to_dict())
    return t(
        "Positions: {positions}; optimiser: {optimizer}; mistake: {mistake}.",
        positions=choice_title(run.model.positions),
        optimizer=run.training.optimizer,
        mistake=mistake_title(mistake) if mistake else t("none"),
    )


def _draw_rename(run: ShownRun) -> None:
    st.text_input(
        t("Title of the run"),
        value=models.run_title(run.choice),
        max_chars=limits.MAX_TITLE,
        key=f"{TITLE_FIELD}_{run.path.name}",
        on_change=_rename,
        args=(run.choice,),
        help=t("Any text. The folder keeps its name, so that links to the run stay valid."),
    )


def _rename(choice: str) -> None:
    run = shown.named(choice)
    if run:
        try:
            rename(run, st.session_state[f"{TITLE_FIELD}_{run.path.name}"])
        except InputError as error:
            st.toast(explain(error), duration="infinite")


def rename(run: ShownRun, title: str) -> None:
    """Give a run another title; an empty one removes it. The folder keeps its name.

    Raises `InputError` if the run no longer exists, or the title cannot be written.
    """
    words = one_line(title)[: limits.MAX_TITLE]
    Run(run.path).check_there()
    try:
        write_about(run.path, {models.TITLE: words if words != run.path.name else ""})
    except OSError as error:
        raise unwritable(error) from None


def _draw_downloads(run: ShownRun) -> None:
    """Draw the download buttons; each file is read only when its button is clicked."""
    title = models.run_title(run.choice)
    with st.container(horizontal=True):
        st.download_button(
            METRICS.replace("jsonl", "csv"), lambda: metrics_csv(run.path.name), "metrics.csv", "text/csv",
            key="metrics_button", on_click="ignore", disabled=not (run.path / METRICS).exists(),
        )  # fmt: skip
        path = run.path / CHECKPOINT
        st.download_button(
            CHECKPOINT, path.read_bytes, CHECKPOINT, "application/octet-stream",
            key="checkpoint_button", on_click="ignore", disabled=not path.exists(),
        )  # fmt: skip
        st.download_button(
            t("The model as a web page"), lambda: models.web_page(load_checkpoint(path), title),
            "transformer.html",
            "text/html", key="page_button", on_click="ignore", disabled=not path.exists(),
            help=t("One file that computes in the browser, without a server: to be mailed or hosted."),
        )  # fmt: skip


def metrics_csv(name: str) -> bytes:
    """A run's recorded steps as CSV, one row per step, without the samples."""
    run = Run(models.folder_of(models.RUN_PREFIX + name))
    table = pd.json_normalize(list(run.metrics()))
    columns = {column: column.replace("evaluation.", "held_out_") for column in table.columns}
    unwanted = [column for column in ("evaluation", "evaluation.samples") if column in table.columns]
    return table.drop(columns=unwanted).rename(columns=columns).to_csv(index=False).encode()


def _delete(choice: str) -> None:
    run = shown.named(choice)
    if run is None or run.is_shipped:
        return
    try:
        jobs().delete(Run(run.path))
    except InputError as error:
        st.toast(explain(error), duration="infinite")
        return
    TrainingPage.run.set("")
    if MODEL.value == run.choice:
        MODEL.set(MODEL.default)
