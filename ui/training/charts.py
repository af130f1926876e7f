"""The curves of a training run; new steps extend them in place."""

from collections.abc import Mapping

from ui.i18n import t
from ui.layout import fragment
from ui.live import component
from ui.live.component import Replay
from ui.live.events import span
from ui.live.topics import Log, Topic, Visitor, topic
from ui.state import PRESENTER, TrainingPage
from ui.training import shown
from ui.training.shown import ShownRun
from viz.curves import Curve, Panel


@topic("steps", every=0.2)
def _look(words: Mapping[str, str], visitor: Visitor) -> Log | None:
    """The log of the run `run`; `open` says whether the user has yet to predict its outcome."""
    run = shown.named_for(words.get("run", ""), visitor)
    return Log(run.records, run.evaluations, bool(words.get("open"))) if run else None


def draw(run: ShownRun, height: int, is_open: bool, replay: Replay | None) -> None:
    """Draw loss, accuracy, learning rate, gradient norm and speed.

    While a prediction `is_open`, curves that would give its answer away are left out. The curves are a
    fragment, so that the choice of the loss's axis redraws nothing else.
    """
    fragment(_draw, run.choice, height, is_open, replay)


def _draw(choice: str, height: int, is_open: bool, replay: Replay | None) -> None:
    run = shown.named(choice)
    if run is None:
        return
    small = [_learning_rate(), *([] if is_open else [_gradient_norm()]), _speed()]
    TrainingPage.log.set(TrainingPage.log.value)
    component.curves(
        "live_curves",
        small if is_open else [_loss(None), _accuracy(), *small],
        span(Log(run.records, run.evaluations, is_open), 0),
        _topic(run, is_open),
        texts=_texts(),
        height=height,
        run=f"{choice} open" if is_open else choice,
        log=None if is_open else (t("Loss on a logarithmic axis"), TrainingPage.log.value),
        on_log=TrainingPage.log.set,
        replay=replay,
    )


def draw_marked(run: ShownRun, height: int, step: int) -> None:
    """Draw loss and accuracy one above the other, with a vertical line at `step`."""
    component.curves(
        "live_curves_marked",
        [_loss(TrainingPage.log.value), _accuracy()],
        span(Log(run.records, run.evaluations), 0),
        _topic(run, is_open=False),
        texts=_texts() | {"hint": ""},
        height=height,
        run=run.choice,
        mark=step,
        stacked=True,
    )


def draw_compared(panel: Panel, height: int) -> None:
    """Draw the curves of several runs."""
    component.curves("live_curves_compared", [panel], None, texts=_texts(), height=height)


def _topic(run: ShownRun, is_open: bool) -> Topic | None:
    """The topic that updates the curves of a run in progress; None for an ended run."""
    words = {"run": run.choice} | ({"open": "1"} if is_open else {})
    return Topic.of("steps", **words) if run.goes_on else None


def _texts() -> dict[str, str]:
    hint = t("Drag a chart to move it, Ctrl and wheel to zoom, double-click to see all of it.")
    return {
        "step": t("training step"),
        "hint": "" if PRESENTER.value else hint,
        "thinned": t("Of every {count} steps the one with the largest gradient is drawn."),
    }


def _loss(log: bool | None) -> Panel:
    curves = (
        Curve(t("training batch"), 0, "loss"),
        Curve(t("held-out sequences"), 1, "held_out_loss", dotted=True),
    )
    return Panel(t("loss, nats per token"), curves, log=log)


def _accuracy() -> Panel:
    curves = (
        Curve(t("tokens, training batch"), 0, "token_accuracy"),
        Curve(t("tokens, held out"), 1, "held_out_accuracy", dotted=True),
        Curve(t("whole answers, running free"), 2, "exact_match", dotted=True),
    )
    return Panel(t("share right"), curves, "share", range=(0, 1))


def _learning_rate() -> Panel:
    return _small(t("learning rate"), 0, "learning_rate")


def _gradient_norm() -> Panel:
    return _small(t("gradient norm"), 3, "grad_norm")


def _speed() -> Panel:
    return _small(t("tokens per second"), 2, "tokens_per_second")


def _small(title: str, style: int, column: str) -> Panel:
    return Panel(title, (Curve(title, style, column),), "short", small=True)
