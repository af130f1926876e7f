"""The parts of the training page: what is shown, the controls, the charts, the samples, the table of runs."""

import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd
import streamlit as st
import torch

from transformer import TASKS, InputError, Transformer, TransformerConfig
from transformer.checkpoint import SHIPPED
from transformer.runs import CONFIG, METRICS, Run
from transformer.tasks import Task, held_out_batch, task_named
from transformer.train import CHOSEN_BY_TASK
from transformer.training import TrainConfig, TrainStep, sample_rows
from ui import models
from ui.i18n import t
from ui.jobs import ACTIVE, Job, State, jobs
from ui.state import MODEL, REPLAY_SINCE, TrainingPage
from viz.colors import RIGHT, WRONG
from viz.curves import Curve, Spec, curve_chart, thin, thinning

RUN_PREFIX = "run:"
"""How `models.names` marks a run."""

CHOICE_WIDGET, COMPARE_WIDGET = "training_run_choice", "training_compare_choice"
"""Keys of widgets whose value is kept by a setting in another form."""

POLL = {"waiting": 1.0, "starting": 0.25, "running": 0.25, "paused": 1.0}
"""Seconds between two looks at a run, by its state; a run that is over is looked at once."""

REPLAY_SECONDS = 12.0
"""How long the replay of a recorded run takes."""

FIRST_POINT_WAIT = 0.8
"""Seconds that Start waits for the first step, so that the first picture has it already."""

END = "EOS"

SHOWN_ANSWERS = 4
"""How many moments of a training the table of samples shows."""

SAMPLE_STYLE = f"""
<style>
.samples {{ border-collapse: collapse; font-family: monospace; font-size: 0.85rem; }}
.samples th, .samples td {{ padding: 0.1rem 1rem 0.1rem 0; text-align: left; white-space: pre; }}
.samples th {{ font-weight: normal; opacity: 0.7; }}
.samples .wrong {{ color: {WRONG}; font-weight: bold; }}
.samples .wrong.token {{ text-decoration: underline wavy; text-underline-offset: 0.2em; }}
.samples .right {{ color: {RIGHT}; font-weight: bold; }}
</style>
"""


@dataclass(frozen=True)
class ShownRun:
    """The run on the charts, going on or over."""

    choice: str
    """As `models.names` writes it: a task for its shipped model, or `run:` and a name."""
    path: Path
    model: TransformerConfig
    training: TrainConfig
    records: Sequence[TrainStep]
    evaluations: Sequence[TrainStep]
    state: State
    job: Job | None = None

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.records[-1].step if self.records else 0

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the project."""
        return not self.choice.startswith(RUN_PREFIX)

    @property
    def task(self) -> Task:
        """What was trained."""
        return task_named(self.training.task)


# --- what is on the charts ---


def shown_run() -> ShownRun | None:
    """What the setting says, else the run that goes on, else the shipped training of the chosen task."""
    wanted = TrainingPage.run.value
    if wanted:
        found = run_named(wanted)
        if found:
            return found
        st.warning(t("There is no training run “{name}” here.", name=wanted))
    going_on = jobs().going_on()
    return run_named(RUN_PREFIX + going_on[-1].name if going_on else TrainingPage.task.value)


def run_named(choice: str) -> ShownRun | None:
    """A run by its name; None if there is none that can be read."""
    if not choice.startswith(RUN_PREFIX):
        return _recorded(choice, SHIPPED / Path(choice).name)
    name = Path(choice.removeprefix(RUN_PREFIX)).name
    job = jobs().get(name)
    if job is None:
        return _recorded(choice, models.RUNS / name)
    return ShownRun(choice, job.path, job.model, job.training, job.records, job.evaluations, job.state, job)


def _recorded(choice: str, path: Path) -> ShownRun | None:
    try:
        changed = (path / METRICS).stat().st_mtime_ns if (path / METRICS).exists() else 0
        return _read(choice, path, changed + (path / CONFIG).stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # no run, or not one of this program
        return None


@st.cache_resource(max_entries=100, show_spinner=False)
def _read(choice: str, path: Path, changed: int) -> ShownRun:
    """`changed` is when, so that a run that went on is read anew. Never mutated."""
    run = Run.find(path)
    config = run.config()
    training = TrainConfig.from_dict(config["training"])
    records = tuple(TrainStep.from_dict(values) for values in run.metrics())
    done = bool(records) and records[-1].step >= training.steps
    return ShownRun(
        choice,
        path,
        TransformerConfig.from_dict(config["model"]),
        training,
        records,
        tuple(record for record in records if record.evaluation),
        "finished" if done else "stopped",
    )


def run_choices() -> list[str]:
    """Everything that can be shown: shipped trainings, runs of this server, recorded ones, latest first."""
    recorded = {path.parent.name: path.stat().st_mtime for path in models.RUNS.glob(f"*/{CONFIG}")}
    recorded |= {job.name: time.time() for job in jobs().all()}
    names = sorted(recorded, key=lambda name: (recorded[name], name), reverse=True)
    shipped = [task for task in TASKS if (SHIPPED / task / METRICS).exists()]
    return [*(RUN_PREFIX + name for name in names), *shipped]


# --- the controls ---


def chosen_configs() -> tuple[TransformerConfig, TrainConfig]:
    """What the controls say. Raises `InputError` for what cannot be."""
    task = task_named(TrainingPage.task.value)
    model = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary),
        trg_vocab_size=len(task.trg_vocabulary),
        **_set_fields(TransformerConfig),
    )
    return model, TrainConfig(**_set_fields(TrainConfig))


def _set_fields(config: type) -> dict[str, Any]:
    names = (field.name for field in fields(config) if field.name not in CHOSEN_BY_TASK)
    return {name: getattr(TrainingPage, name).value for name in names if hasattr(TrainingPage, name)}


@dataclass(frozen=True)
class Preset:
    """Settings that are known to work, or to fail in an instructive way."""

    label: str
    values: dict[str, object]


def presets() -> list[Preset]:
    """Each was run; times are for two CPU cores."""
    small = {"num_layers": 2, "heads": 4, "embed_dim": 32, "feed_forward_dim": 128, "batch_size": 64}
    shipped = {"num_layers": 3, "heads": 4, "embed_dim": 64, "feed_forward_dim": 256, "batch_size": 128}
    quick = {"steps": 600, "learning_rate": 3e-3, "warmup_steps": 50, "evaluate_every": 25}
    thorough = {"steps": 1500, "learning_rate": 1e-3, "warmup_steps": 100, "evaluate_every": 100}
    return [
        Preset(t("small: learns to sort in half a minute"), {"task": "sort", **small, **quick}),
        Preset(t("the shipped sort model"), {"task": "sort", **shipped, **thorough}),
        Preset(t("learning rate too high"), {"task": "sort", **small, **quick, "learning_rate": 0.3}),
    ]


def apply_preset(values: dict[str, object]) -> None:
    """Defaults, then the preset's values (a button's callback)."""
    for name, setting in _page_settings().items():
        if name in _CONFIG_NAMES:
            setting.set(values.get(name, setting.default))


_CONFIG_NAMES = {field.name for config in (TrainConfig, TransformerConfig) for field in fields(config)}


def _page_settings() -> dict[str, Any]:
    return {name: value for name, value in vars(TrainingPage).items() if not name.startswith("_")}


def draw_settings() -> None:
    """The controls that say what the next run will be."""
    with st.popover(t("Presets"), width="stretch"):
        for preset in presets():
            st.button(preset.label, on_click=apply_preset, args=(preset.values,), width="stretch")
    st.selectbox(t("Task"), list(TASKS), key=TrainingPage.task.name, format_func=models.task_title)
    left, right = st.columns(2)
    with left:
        _whole(t("Steps"), "steps", 20_000, step=100)
        _number(t("Learning rate"), "learning_rate", 10.0, 1e-3)
        _whole(t("Layers"), "num_layers", 6)
        _whole(t("Width D"), "embed_dim", 256, step=8, note=t("embed_dim: numbers per token"))
    with right:
        _whole(t("Batch"), "batch_size", 1024, step=16, note=t("Sequences per step"))
        _choice(t("Schedule"), "schedule", ("constant", "cosine", "noam"))
        _whole(t("Heads"), "heads", 16)
        _number(t("Dropout"), "dropout", 0.9, 0.1)
    with st.expander(t("More")):
        _whole(t("Seed"), "seed", 2**32 - 1, low=0)
        _whole(t("Warm-up steps"), "warmup_steps", 20_000, low=0, step=10)
        _whole(t("Measure every … steps"), "evaluate_every", 20_000, step=25)
        _whole(t("Feed-forward width"), "feed_forward_dim", 1024, step=32)
        _number(t("Label smoothing"), "label_smoothing", 0.99, 0.05)
        _number(t("Cut the gradient to norm"), "grad_clip", 1000.0, 0.5, note=t("0: leave it alone"))
        _number(t("Weight decay"), "weight_decay", 1.0, 0.01)
        _choice(t("Positions"), "positions", ("sinusoidal", "learned", "none"))
        _choice(t("LayerNorm"), "norm", ("post", "pre"))


def _whole(label: str, name: str, high: int, *, low: int = 1, step: int = 1, note: str | None = None) -> None:
    key = getattr(TrainingPage, name).name
    st.number_input(label, min_value=low, max_value=high, step=step, key=key, help=note)


def _number(label: str, name: str, high: float, step: float, note: str | None = None) -> None:
    key = getattr(TrainingPage, name).name
    st.number_input(label, min_value=0.0, max_value=high, step=step, format="%g", key=key, help=note)


def _choice(label: str, name: str, choices: tuple[str, ...]) -> None:
    st.selectbox(label, choices, key=getattr(TrainingPage, name).name)


@lru_cache(maxsize=64)
def parameter_count(config: TransformerConfig) -> int:
    """How many numbers a model learns; no memory is taken for them."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in Transformer(config).parameters())


# --- the buttons ---


def draw_buttons(run: ShownRun | None, configs: tuple[TransformerConfig, TrainConfig] | None) -> None:
    """Start, pause, resume, step, stop. Never inside the polled fragment, where clicks get lost."""
    state = run.state if run else "finished"
    going_on = state in ("waiting", *ACTIVE)
    can_start = configs is not None and not going_on
    with st.container(horizontal=True):
        st.button(
            t("Start"),
            key="start_button",
            type="primary",
            on_click=_start,
            args=(configs,),
            disabled=not can_start,
        )
        if state == "paused":
            _command_button(t("Resume"), "resume", run)
        else:
            _command_button(t("Pause"), "pause", run, disabled=state not in ("starting", "running"))
        if going_on:
            _command_button(t("Step"), "step", run, disabled=state != "paused")
        else:
            st.button(t("Step"), key="step_button", on_click=_start, args=(configs, True), disabled=not can_start,
                      help=t("Start with a single step, then wait"))  # fmt: skip
        _command_button(t("Stop"), "stop", run, disabled=not going_on)
        if run and not going_on and not run.is_shipped and run.step < run.training.steps:
            st.button(t("Continue"), key="continue_button", on_click=_continue, args=(run,),
                      help=t("Goes on exactly where the last checkpoint left it"))  # fmt: skip
        if run and run.is_shipped and run.records:
            st.button(
                t("Replay"), key="replay_button", on_click=_replay, help=t("Draws the recorded run once more")
            )
        draw_choice(run)


def _command_button(label: str, command: str, run: ShownRun | None, disabled: bool = False) -> None:
    job = run.job if run else None
    st.button(
        label, key=f"{command}_button", on_click=_tell, args=(job, command), disabled=disabled or job is None
    )


def _tell(job: Job, command: Any) -> None:
    jobs().tell(job, command)


def _start(configs: tuple[TransformerConfig, TrainConfig], paused: bool = False) -> None:
    """A second click of a double click finds the first one's run going on, and does nothing."""
    shown = run_named(TrainingPage.run.value) if TrainingPage.run.value else None
    if shown and shown.job and not shown.job.is_over:
        return
    st.session_state[REPLAY_SINCE] = None
    job = jobs().start(models.RUNS, *configs, paused=paused)
    TrainingPage.run.set(RUN_PREFIX + job.name)
    if paused:
        job.wait_until(lambda: job.state == "paused" or job.is_over, 10)
        jobs().tell(job, "step")
    job.wait_until(lambda: job.step > 0 or job.is_over or job.state == "waiting", FIRST_POINT_WAIT)


def _continue(run: ShownRun) -> None:
    try:
        job = jobs().resume(Run.find(run.path))
    except InputError as error:
        st.toast(t(error.message, **error.values))
        return
    TrainingPage.run.set(run.choice)
    job.wait_until(lambda: job.state not in ("waiting", "starting"), FIRST_POINT_WAIT)


def _replay() -> None:
    st.session_state[REPLAY_SINCE] = time.time()


def draw_choice(run: ShownRun | None) -> None:
    """Which run is on the charts. Empty choice: the latest that goes on, else the shipped one."""
    choices = run_choices()
    st.session_state[CHOICE_WIDGET] = run.choice if run else None
    st.selectbox(t("On the charts"), choices, key=CHOICE_WIDGET, label_visibility="collapsed", format_func=_choice_title,
                 on_change=_keep_choice)  # fmt: skip


def _choice_title(choice: str) -> str:
    return models.title(choice)


def _keep_choice() -> None:
    st.session_state[REPLAY_SINCE] = None
    TrainingPage.run.set(st.session_state[CHOICE_WIDGET])


# --- the live view ---


def follow(run: ShownRun) -> None:
    """Progress and charts, again and again while the run goes on; the whole page once its state changes."""
    st.fragment(_draw_progress_and_charts, run_every=_interval(run.state))(run.choice, run.state)


def follow_samples(run: ShownRun) -> None:
    """The samples, again and again while the run goes on."""
    st.fragment(_draw_samples_so_far, run_every=_interval(run.state))(run.choice)


def _interval(state: State) -> float | None:
    return POLL["running"] if _replayed_share() < 1 else POLL.get(state)


def _draw_progress_and_charts(choice: str, drawn: State) -> None:
    run = _so_far(choice)
    replay_ended = bool(st.session_state.get(REPLAY_SINCE)) and _replayed_share() == 1
    if run is None or run.state != drawn or replay_ended:
        if replay_ended:
            st.session_state[REPLAY_SINCE] = None
        st.rerun()
    draw_progress(run, replaying=_replayed_share() < 1)
    draw_charts(run)


def _draw_samples_so_far(choice: str) -> None:
    run = _so_far(choice)
    if run:
        draw_samples(run)


def _so_far(choice: str) -> ShownRun | None:
    """The run, or while it is replayed its first part."""
    run, share = run_named(choice), _replayed_share()
    return _first_part(run, share) if run and share < 1 else run


def _replayed_share() -> float:
    since = st.session_state.get(REPLAY_SINCE)
    return min((time.time() - since) / REPLAY_SECONDS, 1) if since else 1


def _first_part(run: ShownRun, share: float) -> ShownRun:
    records = run.records[: max(int(len(run.records) * share), 1)]
    evaluations = [record for record in run.evaluations if record.step <= records[-1].step]
    return ShownRun(run.choice, run.path, run.model, run.training, records, evaluations, run.state, run.job)


def draw_progress(run: ShownRun, replaying: bool = False) -> None:
    """How far the run is, how long it will take, and why it ended."""
    problem = run.job.problem if run.job else None
    if problem and run.state in ("failed", "killed"):
        st.error(t(problem.message, **problem.values))
    if run.state == "waiting" and run.job:
        waiting = jobs().waiting()
        place = waiting.index(run.job) + 1 if run.job in waiting else 1
        st.info(
            t("Place {place} of {count} in the queue: {active} runs are under way, the most this machine "
              "takes at once.", place=place, count=len(waiting), active=len(jobs().active()))
        )  # fmt: skip
    total = run.training.steps
    st.progress(min(run.step / total, 1.0), text=_progress_text(run, replaying))


def _progress_text(run: ShownRun, replaying: bool) -> str:
    state = {
        "waiting": t("waiting"),
        "starting": t("starting"),
        "running": t("training"),
        "paused": t("paused"),
        "finished": t("finished"),
        "stopped": t("stopped"),
        "failed": t("failed"),
        "killed": t("killed"),
    }[run.state]
    parts = [
        t("replay") if replaying else state,
        t("step {step} of {total}", step=f"{run.step:,}", total=f"{run.training.steps:,}"),
    ]
    left = run.job.seconds_left() if run.job and run.state == "running" else None
    if left is not None:
        parts.append(t("about {time} left", time=duration(left)))
    if run.records:
        parts.append(t("training loss {loss}", loss=f"{run.records[-1].loss:.4f}"))
    if run.evaluations and run.evaluations[-1].evaluation:
        parts.append(t("exact match {share}", share=f"{run.evaluations[-1].evaluation.exact_match:.1%}"))
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    whole = round(seconds)
    if whole < 60:
        return t("{seconds} s", seconds=whole)
    return t("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)


def draw_charts(run: ShownRun) -> None:
    """Loss, and the two accuracies; below them learning rate, gradient norm and speed."""
    table = history_table(run)
    left, right = st.columns(2)
    with left:
        _chart(table, _loss_chart(TrainingPage.log.value), "loss")
    with right:
        _chart(table, _accuracy_chart(), "accuracy")
    small = (
        ("learning_rate", t("learning rate"), "~g", 0),
        ("grad_norm", t("gradient norm"), "~g", 3),
        ("tokens_per_second", t("tokens per second"), "~s", 2),
    )
    for place, (column, label, axis_format, style) in zip(st.columns(3), small, strict=True):
        with place:
            curve = Curve(column, label, style)
            spec = curve_chart([curve], x_title=t("step"), y_title=label, axis_format=axis_format,
                               number_format=".4~g", height=150, small=True)  # fmt: skip
            _chart(table[["step", column]], spec, column)
    stride = thinning(len(run.records))
    thinned = t("One training step in {count} is drawn.", count=stride) + " " if stride > 1 else ""
    st.caption(thinned + t("Drag a chart to move it, Ctrl and wheel to zoom, double-click to see all of it."))


def _loss_chart(log: bool) -> Spec:
    curves = [
        Curve("loss", t("training batch"), 0),
        Curve("held_out_loss", t("held-out sequences"), 1, dotted=True),
    ]
    return curve_chart(
        curves, x_title=t("step"), y_title=t("loss, nats per token"), axis_format=".2~g", log=log
    )


def _accuracy_chart() -> Spec:
    curves = [
        Curve("token_accuracy", t("tokens, training batch (teacher forced)"), 0),
        Curve("held_out_accuracy", t("tokens, held out (teacher forced)"), 1, dotted=True),
        Curve("exact_match", t("whole answers, held out (running free)"), 2, dotted=True),
    ]
    return curve_chart(
        curves,
        x_title=t("step"),
        y_title=t("share right"),
        axis_format=".0%",
        number_format=".1%",
        y_range=(0, 1),
    )


def _chart(table: pd.DataFrame, spec: Spec, name: str) -> None:
    st.vega_lite_chart(table, spec, key=f"chart_{name}", width="stretch")


def history_table(run: ShownRun) -> pd.DataFrame:
    """A row a drawn step; the columns `held_out_loss` ... are empty where nothing was measured."""
    rows = {record.step: record for record in [*thin(run.records), *thin(run.evaluations)]}
    drawn = [rows[step] for step in sorted(rows)]
    measured = [record.evaluation for record in drawn]
    return pd.DataFrame(
        {
            "step": [record.step for record in drawn],
            "loss": [record.loss for record in drawn],
            "token_accuracy": [record.token_accuracy for record in drawn],
            "learning_rate": [record.learning_rate for record in drawn],
            "grad_norm": [record.grad_norm for record in drawn],
            "tokens_per_second": [record.tokens_per_second for record in drawn],
            "held_out_loss": [one.loss if one else None for one in measured],
            "held_out_accuracy": [one.token_accuracy if one else None for one in measured],
            "exact_match": [one.exact_match if one else None for one in measured],
        }
    ).astype(float)


# --- the samples ---


def draw_samples(run: ShownRun) -> None:
    """Held-out sources, the right answers, and what the model wrote at a few moments of the training."""
    moments = [record for record in run.evaluations if record.evaluation and record.evaluation.samples]
    if not moments:
        return
    last = len(moments) - 1
    chosen = sorted({last * index // max(SHOWN_ANSWERS - 1, 1) for index in range(SHOWN_ANSWERS)})
    st.html(samples_html(run.task, run.training.evaluation_size, [moments[index] for index in chosen]))
    st.caption(t("Held-out sequences, answered running free. Wrong tokens are bold, with a wavy line."))


def samples_html(task: Task, evaluation_size: int, moments: Sequence[TrainStep]) -> str:
    """The table of samples; every token escaped."""
    batch = held_out_batch(task, evaluation_size)
    rows = sample_rows(len(batch.src))
    steps = [t("after step {step}", step=f"{moment.step:,}") for moment in moments]
    head = "".join(f"<th>{html.escape(text)}</th>" for text in (t("input"), t("right answer"), *steps))
    body = []
    for place, row in enumerate(rows):
        expected = task.answer(batch.src[row].tolist())
        source = task.src_vocabulary.strip(batch.src[row].tolist())
        cells = [_tokens(source), _tokens(task.trg_vocabulary.strip(expected))]
        for moment in moments:
            written = cast(Any, moment.evaluation).samples
            cells.append(_marked(task, written[place], expected) if place < len(written) else "")
        body.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"{SAMPLE_STYLE}<table class='samples'><tr>{head}</tr>{''.join(body)}</table>"


def _tokens(words: Sequence[str]) -> str:
    return html.escape(_gap(words).join(words))


def _gap(words: Sequence[str]) -> str:
    return "" if all(len(word) == 1 for word in words) else " "


def _marked(task: Task, written: Sequence[int], expected: Sequence[int]) -> str:
    """An answer without SOS and EOS, the tokens that differ marked, and a sign for the whole.

    An EOS that comes too early shows as a wrong `EOS`, one that is missing as the tokens written instead.
    """
    labels = task.trg_vocabulary.labels(written)
    wrong = [place >= len(expected) or written[place] != expected[place] for place in range(len(written))]
    right = list(written) == list(expected)
    shown = [(label if label != "EOS" else END, bad) for label, bad in zip(labels, wrong, strict=True)]
    shown = [(label if label not in ("PAD", "SOS") else "□", bad) for label, bad in shown[1:]]
    if shown and shown[-1] == (END, False):
        shown.pop()
    gap = _gap([label for label, _ in shown])
    text = gap.join(
        f"<span class='wrong token'>{html.escape(label)}</span>" if bad else html.escape(label)
        for label, bad in shown
    )
    sign = "<span class='right'>✓</span>" if right else "<span class='wrong'>✗</span>"
    return f"{sign} {text}"


# --- after a run ---


def draw_outcome(run: ShownRun) -> None:
    """What was trained and what can be done with it."""
    st.caption(
        t("{task}, {steps} steps of {batch} sequences, learning rate {rate} ({schedule}), {layers} + {layers} "
          "layers, {heads} heads, D = {width}: {parameters} parameters, seed {seed}. Folder: {folder}",
          task=models.task_title(run.training.task), steps=f"{run.training.steps:,}",
          batch=run.training.batch_size, rate=f"{run.training.learning_rate:g}",
          schedule=run.training.schedule, layers=run.model.num_layers, heads=run.model.heads,
          width=run.model.embed_dim, parameters=f"{parameter_count(run.model):,}", seed=run.training.seed,
          folder=f"`{run.path}`")
    )  # fmt: skip
    if run.is_shipped or run.state in ("waiting", *ACTIVE):
        return
    with st.container(horizontal=True):
        has_model = Run(run.path).checkpoint_path.exists()
        st.button(t("Use this model on all pages"), key="use_model_button", on_click=models.use_run,
                  args=(run.path.name,), disabled=not has_model)  # fmt: skip
        with st.popover(t("Delete")):
            st.write(t("This removes the folder with its checkpoint and its measurements."))
            st.button(t("Delete this run"), key="delete_button", on_click=_delete, args=(run,))


def _delete(run: ShownRun) -> None:
    try:
        jobs().delete(Run(run.path))
    except InputError as error:
        st.toast(t(error.message, **error.values))
        return
    TrainingPage.run.set("")
    if MODEL.value == run.choice:
        MODEL.set(MODEL.default)


# --- all runs ---


def draw_runs() -> None:
    """A table of the runs, and the curves of those chosen on one chart."""
    runs = [run for run in map(run_named, run_choices()) if run]
    if not runs:
        return
    st.dataframe(runs_table(runs), hide_index=True, column_config=_run_columns(), key="runs_table")
    chosen = _draw_compare([run.choice for run in runs])
    compared = [run for run in runs if run.choice in chosen]
    if compared:
        _draw_overlay(compared)


def runs_table(runs: Sequence[ShownRun]) -> pd.DataFrame:
    """One row a run: what was trained and how well it does."""
    last = [run.evaluations[-1].evaluation if run.evaluations else None for run in runs]
    return pd.DataFrame(
        {
            "run": [models.title(run.choice) for run in runs],
            "state": [run.state for run in runs],
            "task": [run.training.task for run in runs],
            "step": [run.step for run in runs],
            "steps": [run.training.steps for run in runs],
            "exact_match": [one.exact_match * 100 if one else None for one in last],
            "held_out_loss": [one.loss if one else None for one in last],
            "parameters": [parameter_count(run.model) for run in runs],
            "layers": [run.model.num_layers for run in runs],
            "heads": [run.model.heads for run in runs],
            "embed_dim": [run.model.embed_dim for run in runs],
            "batch": [run.training.batch_size for run in runs],
            "learning_rate": [run.training.learning_rate for run in runs],
            "schedule": [run.training.schedule for run in runs],
            "seed": [run.training.seed for run in runs],
        }
    )


def _run_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "run": t("run"),
        "state": t("state"),
        "task": t("task"),
        "step": number(t("steps made"), format="localized"),
        "steps": number(t("of"), format="localized"),
        "exact_match": number(t("exact match"), format="%.1f %%", help=t("Held out, running free")),
        "held_out_loss": number(t("held-out loss"), format="%.4f"),
        "parameters": number(t("parameters"), format="localized"),
        "layers": t("layers"),
        "heads": t("heads"),
        "embed_dim": "D",
        "batch": t("batch"),
        "learning_rate": number(t("learning rate"), format="%g"),
        "schedule": t("schedule"),
        "seed": t("seed"),
    }


def _draw_compare(choices: list[str]) -> list[str]:
    """Which runs to overlay. The URL keeps them as one text, the widget as a list."""
    st.session_state[COMPARE_WIDGET] = [
        name for name in TrainingPage.compare.value.split(",") if name in choices
    ]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.multiselect(t("Compare runs"), choices, key=COMPARE_WIDGET, format_func=models.title,
                     on_change=_keep_compared, max_selections=7)  # fmt: skip
    measures = _measures()
    right.segmented_control(t("Curve"), list(measures), key=TrainingPage.measure.name,
                            format_func=lambda key: measures[key], required=True)  # fmt: skip
    return list(st.session_state[COMPARE_WIDGET])


def _keep_compared() -> None:
    TrainingPage.compare.set(",".join(st.session_state[COMPARE_WIDGET]))


def _measures() -> dict[str, str]:
    return {"loss": t("training loss"), "held_out": t("held-out loss"), "exact": t("exact match")}


def _draw_overlay(runs: Sequence[ShownRun]) -> None:
    measure = TrainingPage.measure.value
    table: pd.DataFrame | None = None
    for index, run in enumerate(runs):
        one = pd.DataFrame(_points(run, measure), columns=["step", f"run_{index}"])
        table = one if table is None else table.merge(one, on="step", how="outer")
    curves = [
        Curve(f"run_{index}", models.title(run.choice), index, dotted=measure != "loss")
        for index, run in enumerate(runs)
    ]
    exact = measure == "exact"
    spec = curve_chart(
        curves,
        x_title=t("step"),
        y_title=_measures()[measure],
        axis_format=".0%" if exact else ".2~g",
        number_format=".1%" if exact else ".4f",
        log=not exact and TrainingPage.log.value,
        y_range=(0, 1) if exact else None,
        height=320,
    )
    _chart(cast(pd.DataFrame, table).astype(float), spec, "compare")


def _points(run: ShownRun, measure: str) -> list[tuple[int, float]]:
    """(step, value) of one curve, no more than can be seen."""
    read: dict[str, Callable[[TrainStep], float]] = {
        "loss": lambda record: record.loss,
        "held_out": lambda record: cast(Any, record.evaluation).loss,
        "exact": lambda record: cast(Any, record.evaluation).exact_match,
    }
    records = run.records if measure == "loss" else run.evaluations
    return [(record.step, read[measure](record)) for record in thin(records, 1000 // 7)]
