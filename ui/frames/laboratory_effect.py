"""What a changed mask does to the model: its answer, its logits, the layers in between; and what leaks."""

from collections.abc import Sequence

import torch
from torch import Tensor

from transformer import PAD, Trace, Vocabulary
from transformer.experiments.changes import Change, changes, landmarks
from transformer.experiments.columns_or_rows import PaddingRun, columns_or_rows
from transformer.experiments.leak_probe import Leak, Probe, probe_leak
from ui.frames.laboratory import Bench, axis_names, sentence_names, written
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale, TensorView

Row = dict[str, object]
"""A row of a table: column to value."""


def place_name(place: str) -> str:
    """A place of the trace in words."""
    if place == "decoder.logits":
        return t("logits")
    side, *rest = place.split(".")
    name = t("encoder") if side == "encoder" else t("decoder")
    if rest[0] == "output":
        return t("{side}, last norm", side=name)
    if rest[1] == "cross_attention":
        return t("{side} layer {layer}, cross-attention", side=name, layer=rest[0])
    if rest[1] == "self_attention":
        return t("{side} layer {layer}, self-attention", side=name, layer=rest[0])
    return t("{side} layer {layer}, end", side=name, layer=rest[0])


# --- effect ----------------------------------------------------------------------------------------------


def logits_frame(bench: Bench) -> Frame:
    """The change of every logit at every position."""
    difference = bench.after["decoder.logits"] - bench.before["decoder.logits"]  # [B, L, V]
    vocabulary = bench.checkpoint.task.trg_vocabulary
    return Frame(
        "",
        tensors=(
            TensorView(
                t("change of the logits"),
                difference.numpy(),
                Scale.around_zero(difference.numpy()),
                row_labels=tuple(map(tuple, _labels(bench, "decoder.logits"))),
                column_labels=tuple(vocabulary.labels(range(len(vocabulary)))),
                panel_labels=((), sentence_names(len(difference))),
                axis_names=(t("sentence"), t("read"), t("next token")),
            ),
        ),
        caption=t(
            "Rows are what the decoder has just read, columns what it may write next. Both passes read the "
            "right answer here, so that positions can be compared; the answers below the mask are written "
            "freely."
        ),
    )


def change_rows(bench: Bench) -> list[Row]:
    """A table of the places that changed, the largest change first."""
    found = changes(bench.before, bench.after, bench.checkpoint.model.config)
    return [_change_row(bench, change) for change in found if change.largest != 0]


def _change_row(bench: Bench, change: Change) -> Row:
    sentence, position = change.where
    labels = _labels(bench, change.place)
    return {
        t("place"): place_name(change.place),
        t("largest change"): written(change.largest),
        t("in"): t("sentence {n}", n=sentence),
        t("at"): t("{position} (“{token}”)", position=position, token=labels[sentence][position]),
        t("by position"): _heights(change.by_position).tolist(),
    }


def _heights(by_position: Tensor) -> Tensor:
    """The largest change at each position, for bars: [B, L] -> [L].

    Changes that are not finite get the height of the largest finite one.
    """
    finite = by_position.nan_to_num(0.0, 0.0)
    return torch.where(by_position.isfinite(), finite, float(finite.max()) or 1.0).amax(dim=0)


def _labels(bench: Bench, place: str) -> list[list[str]]:
    """Tokens of the positions at a place."""
    task, batch = bench.checkpoint.task, bench.batch
    if place.startswith("encoder"):
        return [task.src_vocabulary.labels(row) for row in batch.src.tolist()]
    return [task.trg_vocabulary.labels(row) for row in batch.trg_input.tolist()]


def place_count(bench: Bench) -> int:
    """How many places of the pass are compared."""
    return len(landmarks(bench.checkpoint.model.config))


# --- leak probe ------------------------------------------------------------------------------------------


def probe_code(probe: Probe) -> str:
    """A probe as text for the URL."""
    return f"{probe.side}.{probe.sentence}.{probe.position}"


def first_probe(bench: Bench, found: Sequence[Probe]) -> str:
    """The first probe to show: in decoder self-attention the last word read, else a PAD if there is one."""
    words = [probe for probe in found if probe.side == "target" and probe_token(bench, probe) != PAD]
    first = words[-1] if bench.site.attention == "self" and words else found[0]
    return probe_code(first)


def probe_name(bench: Bench, probe: Probe) -> str:
    """A probe in words."""
    token = _probe_vocabulary(bench, probe).label(probe_token(bench, probe))
    place = {"sentence": probe.sentence, "position": probe.position, "token": token}
    if probe.side == "source":
        return t("source, sentence {sentence}, position {position}: {token}", **place)
    return t("decoder input, sentence {sentence}, position {position}: {token}", **place)


def probe_token(bench: Bench, probe: Probe) -> int:
    """The id of the token at the probed position."""
    ids = bench.batch.src if probe.side == "source" else bench.batch.trg_input
    return int(ids[probe.sentence, probe.position])


def _probe_vocabulary(bench: Bench, probe: Probe) -> Vocabulary:
    task = bench.checkpoint.task
    return task.src_vocabulary if probe.side == "source" else task.trg_vocabulary


def replacements(bench: Bench, probe: Probe) -> list[int]:
    """Ids that can replace the token at the probed position, words first."""
    now = probe_token(bench, probe)
    ids = range(len(_probe_vocabulary(bench, probe)))
    return [token for token in [*ids[3:], *ids[:3]] if token != now]


def token_name(bench: Bench, probe: Probe, token: int) -> str:
    """A replacement in words."""
    return _probe_vocabulary(bench, probe).label(token)


def leak(bench: Bench, probe: Probe, token: int) -> Leak:
    """Run the probe under the mask on screen."""
    return probe_leak(bench.checkpoint.model, bench.batch, probe, token, bench.change)


def leak_frame(bench: Bench, found: Leak) -> Frame:
    """The change of the logits at every position; positions that may be affected are hatched."""
    difference = found.change.by_position[:, None, None, :]  # [B, 1, 1, L]
    may_notice = ~found.must_not_notice[:, None, None, :]
    return Frame(
        "",
        tensors=(
            TensorView(
                t("change of the logits"),
                difference.numpy(),
                Scale("sequential", 0.0, float(difference.nan_to_num(0.0).max()) or 1.0),
                masked=may_notice.numpy(),
                column_labels=tuple(tuple(row) for row in _labels(bench, "decoder.logits")),
                panel_labels=(sentence_names(len(difference)), ()),
                axis_names=(t("sentence"), t("head"), "", t("position")),  # one row, not worth a name
                hatched=t("may be affected"),
            ),
        ),
        caption=t("The largest difference over all logits of a position. Hatched positions may be affected."),
    )


def leak_rows(found: Leak) -> list[Row]:
    """A table of the places where positions changed that must not be affected, in the order of the pass."""
    return [
        {t("place"): place_name(place), t("largest difference"): written(largest)}
        for place, largest in found.path
    ]


# --- columns or rows -------------------------------------------------------------------------------------


def padding_runs(bench: Bench) -> list[PaddingRun]:
    """Run the batch with padding masked in three ways."""
    return list(columns_or_rows(bench.checkpoint.model, bench.batch, bench.site))


def padding_rows(runs: Sequence[PaddingRun]) -> list[Row]:
    """The three ways as a table."""
    return [
        {
            t("masked"): _way(run),
            t("loss"): figure(run.loss, ".6f"),
            t("real tokens differ by"): written(run.difference),
            t("PADs differ by"): written(run.difference_at_pad),
            t("NaN logits"): f"{run.nan_share:.0%}",
        }
        for run in runs
    ]


def _way(run: PaddingRun) -> str:
    return {
        "columns": t("columns only"),
        "rows_zeros": t("rows too, zeros"),
        "rows_plain": t("rows too, plain softmax"),
    }[run.name]


def padding_frame(bench: Bench, runs: Sequence[PaddingRun]) -> Frame:
    """The attention weights of the layer and head on screen, masked in the three ways."""
    place, head = bench.shown
    names = (t("columns only"), t("rows too, zeros"), t("rows too, plain softmax"))
    return Frame(
        "",
        tensors=tuple(
            _weights(bench, name, run.trace.at(place), head) for name, run in zip(names, runs, strict=True)
        ),
        caption=t(
            "Attention weights; rows are queries. With rows masked too, outputs differ by {real} at real "
            "tokens and by {pad} at PADs.",
            real=written(runs[1].difference),
            pad=written(runs[1].difference_at_pad),
        ),
    )


def _weights(bench: Bench, name: str, here: Trace, head: int) -> TensorView:
    weights: Tensor = here["weights"][:, head : head + 1]
    mask: Tensor = here["mask"].expand_as(here["weights"])[:, head : head + 1]
    return TensorView(
        name,
        weights.numpy(),
        Scale.unit(),
        masked=(~mask).numpy(),
        row_labels=bench.queries,
        column_labels=bench.keys,
        panel_labels=(sentence_names(len(weights)), ()),
        axis_names=axis_names(),
    )
