"""The original and the altered run of one input, frame by frame beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from transformer import Checkpoint, InputError, Vocabulary, limits
from transformer.decoding.loop import DecodeStep, decode
from transformer.decoding.ties import best
from transformer.experiments.edits import (
    Alteration,
    ForcedToken,
    HeadOff,
    LayerOff,
    PositionsDropped,
    PositionsSwapped,
    SourceBlanked,
    edits,
    first_parting,
    forced_tokens,
)
from transformer.experiments.mask_interventions import Site
from transformer.model.places import Attention
from ui.attention_titles import titles
from ui.frames import tokens
from ui.i18n import figure, headed, sentences, t
from ui.tensor_grid import Bar, Frame, Operand, Scale, TensorView, Token

CANDIDATES = 4
MORE_STEPS = 4
"""How many steps past the right length a model that writes no EOS may run."""


@dataclass(frozen=True)
class BothRuns:
    """One input, answered by the model as it is and altered."""

    checkpoint: Checkpoint
    src: Tensor
    """[1, S], without PAD."""
    expected: list[int] | None
    """The right answer from SOS to EOS, if it is known."""
    alterations: tuple[Alteration, ...]
    """Those that apply to this model and input."""
    original: tuple[DecodeStep, ...]
    altered: tuple[DecodeStep, ...]

    @property
    def written(self) -> tuple[list[int], list[int]]:
        """What the original and the altered run wrote, without SOS."""
        return _written(self.original), _written(self.altered)

    @property
    def parting(self) -> int | None:
        """The first step at which they write different tokens; None if they write the same."""
        return first_parting(*self.written)

    @property
    def own_parting(self) -> int | None:
        """The first step at which a token that was not forced differs; None if there is none."""
        forced = forced_tokens(self.alterations)
        pairs = enumerate(zip_longest(*self.written))
        return next((step for step, (was, now) in pairs if step not in forced and was != now), None)

    @property
    def steps(self) -> int:
        """The number of steps of the longer run."""
        return max(len(self.original), len(self.altered))

    @property
    def vocabulary(self) -> Vocabulary:
        """The target vocabulary."""
        return self.checkpoint.task.trg_vocabulary


def _written(steps: Sequence[DecodeStep]) -> list[int]:
    return [int(token) for token in steps[-1].tokens[0, 1:]]


def run_both(checkpoint: Checkpoint, src: Tensor, alterations: Sequence[Alteration]) -> BothRuns:
    """Decode a source [1, S] with the model as it is and altered.

    Alterations that do not fit this model and input are ignored.
    """
    expected = right_answer(checkpoint, src)
    limit = (src.size(1) if expected is None else len(expected)) + MORE_STEPS
    acting = tuple(change for change in alterations if has_a_place(change, checkpoint, src))
    model = checkpoint.model
    original = decode(model, src, max_new_tokens=limit, trace=True)
    altered = decode(
        model,
        src,
        max_new_tokens=limit,
        trace=True,
        edits=edits(acting, model.config),
        forced=forced_tokens(acting),
    )
    return BothRuns(checkpoint, src, expected, acting, tuple(original), tuple(altered))


def right_answer(checkpoint: Checkpoint, src: Tensor) -> list[int] | None:
    """The right answer from SOS to EOS; None if it is not known."""
    try:
        return checkpoint.task.answer(src[0].tolist())
    except InputError:
        return None


def has_a_place(change: Alteration, checkpoint: Checkpoint, src: Tensor) -> bool:
    """Whether this model has such a layer and head, and this input such a position."""
    config = checkpoint.model.config
    match change:
        case ForcedToken(step, token):
            return token < config.trg_vocab_size and step < config.max_len
        case HeadOff(_, layer, head):
            return layer < config.num_layers and head < config.heads
        case LayerOff(_, layer):
            return layer < config.num_layers
        case SourceBlanked(position):
            return position < src.size(1)
        case PositionsSwapped(side, first, second):
            return max(first, second) < (src.size(1) if side == "encoder" else config.max_len)
        case PositionsDropped():
            return True


# --- words -----------------------------------------------------------------------------------------------


def side_titles() -> dict[str, str]:
    """Titles of the two halves of the model."""
    return {"encoder": t("encoder"), "decoder": t("decoder")}


def described(change: Alteration, runs: BothRuns) -> str:
    """An alteration in words, with a remark if it has no effect here."""
    text = _words(change, runs.checkpoint, runs.src)
    if not has_a_place(change, runs.checkpoint, runs.src):
        return t("{change} (does not fit this model and input)", change=text)
    if isinstance(change, ForcedToken) and change.step >= len(runs.altered):
        return t("{change} (the run ends before)", change=text)
    return text


def _words(change: Alteration, checkpoint: Checkpoint, src: Tensor) -> str:
    match change:
        case ForcedToken(step, token):
            return t(
                "step {step}: write {token}",
                step=step + 1,
                token=_label(checkpoint.task.trg_vocabulary, token),
            )
        case HeadOff(attention, layer, head):
            return t(
                "{attention}: head {head} of layer {layer} off",
                attention=titles()[attention],
                head=head,
                layer=layer,
            )
        case LayerOff(side, layer):
            return t("{side}: layer {layer} off", side=side_titles()[side], layer=layer)
        case SourceBlanked(position):
            return t(
                "cross-attention cannot see source position {place}",
                place=source_place(checkpoint, src, position),
            )
        case PositionsDropped(side):
            return t("{side}: no positional encoding", side=side_titles()[side])
        case PositionsSwapped(side, first, second):
            return t(
                "{side}: positions {first} and {second} swapped",
                side=side_titles()[side],
                first=first,
                second=second,
            )


def _label(vocabulary: Vocabulary, token: int) -> str:
    return vocabulary.label(token) if token < len(vocabulary) else str(token)


def source_place(checkpoint: Checkpoint, src: Tensor, position: int) -> str:
    """A position of the source and the label of its token."""
    if position >= src.size(1):
        return str(position)
    return headed(position, checkpoint.task.src_vocabulary.label(int(src[0, position])))


# --- frames ----------------------------------------------------------------------------------------------


def frames(runs: BothRuns, attention: Attention) -> list[Frame]:
    """One frame for each step, with both runs; the shorter run stays at its last step."""
    return [_frame(runs, step, attention) for step in range(runs.steps)]


def _frame(runs: BothRuns, step: int, attention: Attention) -> Frame:
    one, other = (run[min(step, len(run) - 1)] for run in (runs.original, runs.altered))
    return Frame(
        title=t("step {n}", n=step + 1),
        tensors=(
            _attention(runs, one, attention, t("original"), ()),
            _attention(runs, other, attention, t("altered"), runs.alterations),
        ),
        tokens=_strips(runs, step),
        in_columns=True,
        bars=_bars(runs, one, other),
        caption=_caption(runs, step),
        facts=_facts(runs, step),
    )


def _attention(
    runs: BothRuns, step: DecodeStep, attention: Attention, name: str, alterations: Sequence[Alteration]
) -> TensorView:
    """Weights [layers, H, L, S] as this run used them; a head that is off is hatched throughout."""
    assert step.trace is not None
    config = runs.checkpoint.model.config
    here = [step.trace.at(place) for place in Site(attention).places(config)]
    rows = slice(None) if _fits(runs, attention) else slice(-1, None)
    energy = torch.cat([layer["energy"] for layer in here])[:, :, rows]
    weights = torch.cat([layer["weights"] for layer in here])[:, :, rows]
    masks = torch.cat([layer["mask"].expand_as(layer["weights"]) for layer in here])[:, :, rows]
    for layer, head in _switched_off(attention, alterations, config.heads):
        masks[layer, head] = False
    labels = {
        "source": tuple(runs.checkpoint.task.src_vocabulary.labels(runs.src[0].tolist())),
        "target": tuple(runs.vocabulary.labels(step.tokens[0, :-1].tolist())),
    }
    return TensorView(
        name,
        weights.numpy(),
        Scale.unit(),
        masked=(~masks).numpy(),
        row_labels=labels[attention.queries][rows],
        column_labels=labels[attention.keys],
        panel_labels=(
            tuple(t("layer {n}", n=layer) for layer in range(config.num_layers)),
            tuple(t("head {n}", n=head) for head in range(config.heads)),
        ),
        axis_names=(t("layer"), t("head"), t("query"), t("key")),
        operands=(Operand("energy", energy.numpy()),),
    )


def _fits(runs: BothRuns, attention: Attention) -> bool:
    """Whether the weights of all query rows are few enough to send; else only the last row is sent."""
    config, source, steps = runs.checkpoint.model.config, runs.src.size(1), runs.steps
    cells = {
        Attention.ENCODER: source * source,
        Attention.SELF: steps * steps * steps // 3,
        Attention.CROSS: steps * steps * source // 2,
    }
    return cells[attention] * config.num_layers * config.heads <= limits.MAX_ATTENTION_CELLS


def _switched_off(
    attention: Attention, alterations: Sequence[Alteration], heads: int
) -> list[tuple[int, int]]:
    """Layer and head of each head of this attention that is off."""
    off: list[tuple[int, int]] = []
    for change in alterations:
        if isinstance(change, HeadOff) and change.attention == attention:
            off.append((change.layer, change.head))
        if isinstance(change, LayerOff) and change.side == attention.stack:
            off += [(change.layer, head) for head in range(heads)]
    return off


def _strips(runs: BothRuns, step: int) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    original, altered = runs.written
    forced = forced_tokens(runs.alterations)
    before = [tokens.plain(runs.vocabulary, token) for token in original[: step + 1]]
    after = [
        _compared(runs.vocabulary, was, now, place in forced)
        for place, (was, now) in enumerate(zip_longest(original[: step + 1], altered[: step + 1]))
    ]
    right = [tokens.plain(runs.vocabulary, token) for token in (runs.expected or [])[1:]]
    width = max(runs.steps, len(right))
    strips: list[tuple[str, Sequence[Token]]] = [
        *([(t("right answer"), right)] if right else []),
        (t("original"), before),
        (t("altered"), after),
    ]
    return tuple((label, tokens.filled(strip, width)) for label, strip in strips)


def _compared(vocabulary: Vocabulary, was: int | None, now: int | None, forced: bool) -> Token:
    """A token of the altered run; if it is forced or differs, it is outlined and its note says so."""
    other = "≠" if was is None else f"≠ {vocabulary.label(was)}"
    if now is None:
        return Token("–", "chosen", other)
    if forced or now != was:
        return Token(vocabulary.label(now), "chosen", t("forced") if forced else other)
    return tokens.plain(vocabulary, now)


def _bars(runs: BothRuns, one: DecodeStep, other: DecodeStep) -> tuple[tuple[str, tuple[Bar, ...]], ...]:
    """Both columns show the same tokens: the most probable of either run, and those written."""
    each = [token for step in (one, other) for token, _ in best(step.probabilities[0], CANDIDATES)]
    highest = torch.maximum(one.probabilities, other.probabilities)[0]  # [V]
    chosen = {int(step.tokens[0, -1]) for step in (one, other)}
    likely = sorted(set(each), key=lambda token: -highest[token].item())[:CANDIDATES]
    shown = sorted(chosen | set(likely), key=lambda token: -one.probabilities[0, token].item())
    return (
        (t("original: next token"), _column(runs.vocabulary, one, shown)),
        (t("altered: next token"), _column(runs.vocabulary, other, shown)),
    )


def _column(vocabulary: Vocabulary, step: DecodeStep, shown: Sequence[int]) -> tuple[Bar, ...]:
    chosen = int(step.tokens[0, -1])
    return tuple(
        Bar(
            vocabulary.label(token),
            step.probabilities[0, token].item(),
            figure(step.probabilities[0, token].item(), ".3f"),
            "chosen" if token == chosen else "plain",
        )
        for token in shown
    )


def _caption(runs: BothRuns, step: int) -> str:
    parting = runs.parting
    if not runs.alterations:
        where = t("Both runs are the model as it is. Alter something, and the altered run walks beside it.")
    elif parting is None:
        where = t(
            "Altered, the model writes the same. No probability changes by more than {change}.",
            change=f"{_largest_change(runs):.2g}",
        )
    elif step < parting:
        where = t("Still the same tokens; they part at step {step}.", step=parting + 1)
    elif step == parting:
        where = sentences(t("Here they part."), _own_choices(runs))
    else:
        where = t("They parted at step {step}: since then they read different tokens.", step=parting + 1)
    ended = [
        t("The {run} run had ended at step {step}.", run=name, step=len(run))
        for name, run in ((t("original"), runs.original), (t("altered"), runs.altered))
        if step >= len(run)
    ]
    hatched = t("Hatched: masked, or switched off and without effect.") if runs.alterations else ""
    return sentences(where, *ended, hatched)


def _largest_change(runs: BothRuns) -> float:
    """The largest change of any probability at any step."""
    pairs = zip(runs.original, runs.altered, strict=False)
    return max((one.probabilities - other.probabilities).abs().max().item() for one, other in pairs)


def _own_choices(runs: BothRuns) -> str:
    """A sentence on what forcing a token did to the tokens that were not forced."""
    if not any(step < len(runs.altered) for step in forced_tokens(runs.alterations)):
        return ""
    if runs.own_parting is None:
        return t("All that the model chose itself is as before.")
    return t("The tokens that it chose itself first differ at step {step}.", step=runs.own_parting + 1)


def _facts(runs: BothRuns, step: int) -> tuple[tuple[str, str], ...]:
    if not runs.alterations or step >= min(len(runs.original), len(runs.altered)):
        return ()
    change = runs.altered[step].probabilities[0] - runs.original[step].probabilities[0]
    token = int(change.abs().argmax())
    before, after = (run[step].probabilities[0, token].item() for run in (runs.original, runs.altered))
    title = t("largest change of a probability")
    if before == after:
        return ((title, t("none has changed")),)
    small = abs(after - before) < 0.001
    told = t("less than 0.001") if small else f"{before:.3f} → {after:.3f}"
    return ((title, headed(runs.vocabulary.label(token), told)),)
