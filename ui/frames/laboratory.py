"""The mask laboratory's bench: inputs, an attention, the mask laid over it, and two passes to compare."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from transformer import PAD, Checkpoint, Trace, Transformer, Vocabulary, limits
from transformer.experiments.changes import leaked_mass
from transformer.experiments.mask_interventions import (
    Cell,
    Intervention,
    MaskKind,
    Site,
    decoded,
    make_mask,
    own_mask,
    queries_and_keys,
    run,
    toggled,
)
from transformer.grid.views import Kind
from transformer.tasks import Batch
from ui import inputs
from ui.i18n import figure, t
from ui.remembered import remembered
from ui.tensor_grid import Array, Frame, Operand, Scale, TensorView, Token


@dataclass(frozen=True)
class MaskChoice:
    """The user's settings for the mask."""

    kind: MaskKind = "own"
    width: int = 1
    rows_too: bool = False
    cells: frozenset[Cell] = frozenset()
    """Clicked cells; each is the opposite of what `kind` gives."""
    inverted: bool = False
    plain_softmax: bool = False
    fill: str = "-inf"


FILLS = {
    "-inf": -math.inf,
    "-1e9": -1e9,
    "-1e4": -1e4,
    "finfo.min": torch.finfo(torch.float32).min,
    "1e-20": 1e-20,
}
"""Values that can replace a forbidden score, by how they are written. 1e-20 is a mistake in the notes: tiny
and positive, it masks nothing."""


@dataclass(frozen=True)
class Bench:
    """One experiment and its results."""

    checkpoint: Checkpoint
    batch: Batch
    site: Site
    change: Intervention
    own: Tensor
    """The model's own mask, [B, 1, L, S]."""
    before: Trace
    after: Trace
    queries: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[str, ...], ...]
    step: int
    """Index of the view on screen; if there are fewer views, the last one is."""
    own_answers: list[list[int]]
    """What the model writes freely under its own mask."""
    answers: list[list[int]]
    """What it writes under this one."""

    @property
    def all_views(self) -> list[tuple[str, int]]:
        """Place and head of every attention head that the mask acts on."""
        config = self.checkpoint.model.config
        return [(place, head) for place in self.site.places(config) for head in self.site.heads(config)]

    @property
    def views(self) -> list[tuple[str, int]]:
        """Place and head of each step of the picture: all, or as many as `limits.MAX_STAGE_CELLS` allows."""
        return self.all_views[: max(1, limits.MAX_STAGE_CELLS // self.own.numel())]

    @property
    def shown(self) -> tuple[str, int]:
        """Place and head on screen."""
        return self.views[min(self.step, len(self.views) - 1)]

    def stage(self, part: str, place: str, head: int) -> Tensor:
        """A part of the traced attention in one head: [B, 1, L, S]."""
        here = self.after.at(place)
        full: Tensor = here[part].expand_as(here["energy"])
        return full[:, head : head + 1]


def read_batch(checkpoint: Checkpoint, text: str) -> Batch:
    """The typed sources and their right answers. Raises `InputError` if a source cannot be read."""
    src = inputs.read_sources(
        checkpoint, text, limit=limits.MAX_SENTENCES_INSIDE, tokens=limits.MAX_LABORATORY_TOKENS
    )
    return Batch(src, inputs.right_answers(checkpoint, src))


def fitting(batch: Batch, site: Site, cells: frozenset[Cell]) -> frozenset[Cell]:
    """Those of `cells` that lie inside the attention's mask."""
    queries, keys = queries_and_keys(batch, site.attention)
    sizes = (len(queries), queries.size(1), keys.size(1))
    return frozenset(cell for cell in cells if all(i < n for i, n in zip(cell, sizes, strict=True)))


def set_up(checkpoint: Checkpoint, batch: Batch, site: Site, mask: MaskChoice, step: int) -> Bench:
    """Make the mask; run the model under its own mask and under this one, teacher forced and freely."""
    model = checkpoint.model
    keep = make_mask(model, batch, site.attention, mask.kind, rows_too=mask.rows_too, width=mask.width)
    keep = toggled(keep, sorted(mask.cells))
    own = own_mask(model, batch, site.attention)
    change = Intervention(site, ~keep if mask.inverted else keep, mask.plain_softmax, own, FILLS[mask.fill])
    labels = {
        "source": inputs.labels(checkpoint, batch.src),
        "target": inputs.labels(checkpoint, batch.trg_input, target=True),
    }
    before, own_answers = _unaltered(model, batch.src, batch.trg)
    return Bench(
        checkpoint,
        batch,
        site,
        change,
        own,
        before,
        run(model, batch, change),
        queries=labels[site.attention.queries],
        keys=labels[site.attention.keys],
        step=step,
        own_answers=own_answers,
        answers=decoded(model, batch, change),
    )


@remembered
def _unaltered(model: Transformer, src: Tensor, trg: Tensor) -> tuple[Trace, list[list[int]]]:
    """The trace of a pass under the model's own masks, and what the model writes freely."""
    batch = Batch(src, trg)
    return run(model, batch), decoded(model, batch)


def frames(bench: Bench) -> list[Frame]:
    """The stages of attention, one frame for each layer and head that the mask acts on."""
    return [_stages(bench, place, head) for place, head in bench.views]


def _stages(bench: Bench, place: str, head: int) -> Frame:
    mask, energy, masked_energy, weights = (
        bench.stage(part, place, head) for part in ("mask", "energy", "masked_energy", "weights")
    )
    hatch = np.asarray(~mask.numpy())
    scale = Scale.around_zero(energy.numpy())
    own = Operand(t("own mask"), bench.own.numpy())
    given = Operand("mask", mask.numpy())
    row = Operand("masked_energy", masked_energy.numpy(), (0, 1, 2, None))
    rows = Rows(weights.sum(-1)[:, 0], leaked_mass(weights, bench.own)[:, 0], mask.any(-1)[:, 0])
    return Frame(
        title=view_name(place, head),
        tensors=(
            replace(_view(bench, "mask", mask, Scale.boolean(), own), truth=t("True keeps")),
            _view(bench, "energy", energy, scale, given),
            _view(bench, "masked_energy", masked_energy, scale, given, masked=hatch),
            replace(
                _view(bench, "weights", weights, Scale.unit(), row, own, masked=hatch),
                panel_notes=(t("leaked, mean of its rows"), rows.leaked.mean(-1, keepdim=True).numpy()),
            ),
        ),
        caption=_caption(rows),
    )


@dataclass(frozen=True)
class Rows:
    """What is measured of each row of the weights, [B, L] each."""

    sums: Tensor
    leaked: Tensor
    """Share on keys that the model's own mask forbids."""
    alive: Tensor
    """Whether the mask lets the row see any key."""


def written(number: float) -> str:
    """A difference or share as text."""
    return figure(number, ".3g")


def view_name(place: str, head: int) -> str:
    """The title of a layer and head on screen."""
    return t("layer {layer}, head {head}", layer=place.split(".")[1], head=head)


def _view(
    bench: Bench, name: str, values: Tensor, scale: Scale, *operands: Operand, masked: Array | None = None
) -> TensorView:
    return TensorView(
        name,
        values.numpy(),
        scale,
        masked=masked,
        row_labels=bench.queries,
        column_labels=bench.keys,
        panel_labels=(sentence_names(len(values)), ()),
        axis_names=axis_names(),
        operands=operands,
    )


def axis_names() -> tuple[str, str, str, str]:
    """The axes of an attention."""
    return t("sentence"), t("head"), t("query"), t("key")


def sentence_names(count: int) -> tuple[str, ...]:
    """Names of the rows of a batch."""
    return tuple(t("sentence {n}", n=n) for n in range(count))


def _caption(rows: Rows) -> str:
    if rows.sums.isnan().any() and not rows.sums[~rows.alive].isnan().any():
        return t(
            "Rows that are NaN: {count}. Their scores are: a weight of the model or an earlier layer is NaN.",
            count=int(rows.sums.isnan().sum()),
        )
    if rows.sums.isnan().any():
        return t(
            "Rows that are NaN: {count}. Where a row may look at nothing, softmax divides 0 by 0, and "
            "whatever reads that row's output is NaN too.",
            count=int(rows.sums.isnan().sum()),
        )
    leak = t(
        "Keys that the model's own mask forbids: {mean} of a row's weight on average, {most} at most.",
        mean=figure(rows.leaked.mean().item(), ".3g"),
        most=figure(rows.leaked.max().item(), ".3g"),
    )
    empty = int((~rows.alive).sum())
    if not empty:
        return leak
    return f"{leak} " + t(
        "Rows that may look at nothing: {count}. This model gives them zeros, so they sum to 0.",
        count=empty,
    )


# --- the mask and the answers ----------------------------------------------------------------------------


def mask_frame(bench: Bench) -> Frame:
    """The mask as the pass used it, and above it the answers."""
    place, head = bench.views[0]
    mask = bench.stage("mask", place, head)[:, 0]  # [B, L, S]
    changed = int((mask != bench.own[:, 0]).sum())
    return Frame(
        "",
        tokens=answers_frame(bench).tokens,
        tensors=(
            TensorView(
                "mask",
                mask.numpy(),
                Scale.boolean(),
                truth=t("True keeps"),
                row_labels=bench.queries,
                column_labels=bench.keys,
                panel_labels=((), sentence_names(len(mask))),
                axis_names=(t("sentence"), t("query"), t("key")),
                operands=(Operand(t("own mask"), bench.own[:, 0].numpy()),),
            ),
        ),
        caption=t(
            "{count} of {size} cells differ from the model's own mask.",
            count=changed,
            size=mask.numel(),
        ),
    )


def answers_frame(bench: Bench) -> Frame:
    """What the model writes under its own mask and under this one, changed tokens marked."""
    vocabulary = bench.checkpoint.task.trg_vocabulary
    strips: list[tuple[str, tuple[Token, ...]]] = []
    for number, (old, new) in enumerate(zip(bench.own_answers, bench.answers, strict=True)):
        before = tuple(Token(vocabulary.label(token), _kind(token)) for token in old[1:])
        strips.append((t("{n}: own", n=number), before))
        strips.append((t("{n}: now", n=number), _marked(vocabulary, old, new)))
    return Frame("", tokens=tuple(strips))


def _kind(token: int) -> Kind:
    if token == PAD:
        return "pad"
    return "special" if token < 3 else "plain"


def _marked(vocabulary: Vocabulary, old: Sequence[int], new: Sequence[int]) -> tuple[Token, ...]:
    """The new answer; a token that differs is marked and has the old one in its note."""
    tokens = []
    for position, token in enumerate(new[1:], start=1):
        was = old[position] if position < len(old) else None
        if token == was:
            tokens.append(Token(vocabulary.label(token), _kind(token)))
        else:
            note = t("was {token}", token=vocabulary.label(was)) if was is not None else t("new")
            tokens.append(Token(vocabulary.label(token), "wrong", note))
    gone = old[len(new) :]
    return (*tokens, *(Token("–", "wrong", t("was {token}", token=vocabulary.label(was))) for was in gone))


def changed_answers(bench: Bench) -> int:
    """How many sentences are answered differently."""
    return sum(old != new for old, new in zip(bench.own_answers, bench.answers, strict=True))
