"""Teacher forcing beside free running: the same target read in one pass, and written token by token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from transformer import PAD, Checkpoint, Vocabulary
from transformer.decoding.loop import DecodeStep, decode
from transformer.decoding.ties import best
from transformer.experiments.edits import first_parting
from transformer.experiments.teacher_forcing import TeacherForced, Unshifted, teacher_forced, unshifted
from transformer.tasks import Batch
from ui.frames import tokens
from ui.i18n import figure, sentences, t
from ui.tensor_grid import Bar, Frame, Scale, TensorView, Token

CANDIDATES = 4
MORE_STEPS = 3
"""How many steps past the right length a model that writes no EOS may run."""


@dataclass(frozen=True)
class Comparison:
    """One input's target, teacher forced and written freely."""

    checkpoint: Checkpoint
    batch: Batch
    """All inputs of the page and their right answers."""
    row: int
    """Index of the input on screen."""
    forced: TeacherForced
    """The pass over the whole batch."""
    fed: Mapping[int, int]
    """Tokens fed to this input instead of the right ones, by position."""
    free: tuple[DecodeStep, ...]
    """The steps of running free on this input alone."""

    @property
    def length(self) -> int:
        """How many target positions of this input are not PAD."""
        return int(self.forced.real[self.row].sum())

    @property
    def alone(self) -> Batch:
        """This input and its right answer, without the PADs of the batch."""
        src = self.batch.src[self.row]
        return Batch(src[src != PAD][None], self.batch.trg[self.row : self.row + 1, : self.length + 1])

    @property
    def read_forced(self) -> list[int]:
        """The decoder's input when teacher forced, without PADs."""
        return [int(token) for token in self.forced.trg_input[self.row, : self.length]]

    @property
    def targets(self) -> list[int]:
        """The tokens that it should predict, without PADs."""
        return [int(token) for token in self.forced.trg_target[self.row, : self.length]]

    @property
    def predicted(self) -> list[int]:
        """The most probable token at each position when teacher forced, without PADs."""
        return [int(token) for token in self.forced.predicted[self.row, : self.length]]

    @property
    def written(self) -> list[int]:
        """The tokens that it wrote running free."""
        return [int(token) for token in self.free[-1].tokens[0, 1:]]

    @property
    def read_free(self) -> list[int]:
        """The decoder's input at the last step of running free."""
        return [int(token) for token in self.free[-1].tokens[0, :-1]]

    @property
    def parting(self) -> int | None:
        """The first position at which the two ways read different tokens; None if there is none."""
        parting = first_parting(self.read_forced, self.read_free)
        return None if parting is None or parting >= min(self.length, len(self.free)) else parting


def compare(checkpoint: Checkpoint, batch: Batch, row: int, fed: Mapping[int, int]) -> Comparison:
    """Run both for the input `row`. Entries of `fed` beyond this input or the vocabulary are ignored."""
    length = int((batch.trg_target[row] != PAD).sum())
    words = len(checkpoint.task.trg_vocabulary)
    right = batch.trg_input[row].tolist()
    fed = {
        position: token
        for position, token in fed.items()
        if position < length and token < words and token != right[position]
    }
    one = Batch(batch.src[row : row + 1], batch.trg[row : row + 1])
    forced = teacher_forced(checkpoint.model, batch)
    if fed:
        forced = _with_row(forced, teacher_forced(checkpoint.model, one, fed), row)
    source = one.src[one.src != PAD][None]
    free = decode(checkpoint.model, source, max_new_tokens=length + MORE_STEPS)
    return Comparison(checkpoint, batch, row, forced, fed, tuple(free))


def _with_row(batch: TeacherForced, one: TeacherForced, row: int) -> TeacherForced:
    """The results of a pass over a batch, with one row replaced by that of another pass."""
    trg_input, logits = batch.trg_input.clone(), batch.logits.clone()
    trg_input[row], logits[row] = one.trg_input[0], one.logits[0]
    return TeacherForced(trg_input, batch.trg_target, logits)


def frames(shown: Comparison) -> list[Frame]:
    """One frame for each position; running free, only the positions written so far are shown."""
    return [_frame(shown, position) for position in range(max(shown.length, len(shown.free)))]


def _frame(shown: Comparison, position: int) -> Frame:
    return Frame(
        title=t("position {n}", n=position),
        tensors=(
            _probabilities(shown, t("teacher forced"), shown.read_forced, _forced_rows(shown)),
            _probabilities(shown, t("running free"), shown.read_free, _free_rows(shown)[: position + 1]),
        ),
        tokens=_strips(shown, position),
        in_columns=True,
        bars=(
            (t("teacher forced: next token"), _candidates(shown, _forced_rows(shown), position)),
            (t("running free: next token"), _candidates(shown, _free_rows(shown), position)),
        ),
        caption=_caption(shown, position),
    )


def _strips(shown: Comparison, position: int) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    """What is read, predicted and written; all that belongs to a position is in one column."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    target = [tokens.plain(vocabulary, token) for token in shown.forced.trg_target[shown.row].tolist()]
    columns = max(len(target), len(shown.free))
    strips: tuple[tuple[str, Sequence[Token]], ...] = (
        ("trg_input", _read(shown)),
        ("trg_target", _marked(target, position)),
        (t("predicts, loss"), _predicted(shown)),
        (t("free: reads"), _free_reads(shown)[: position + 1]),
        (t("free: writes"), _free_writes(shown)[: position + 1]),
    )
    return tuple((label, tokens.filled(strip, columns)) for label, strip in strips)


def _marked(strip: Sequence[Token], position: int) -> list[Token]:
    """The strip with the token at `position` outlined."""
    return [
        replace(token, kind="chosen") if place == position else token for place, token in enumerate(strip)
    ]


def _read(shown: Comparison) -> list[Token]:
    """`trg_input`; a token fed instead of the right one is marked."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    read, right = (ids[shown.row].tolist() for ids in (shown.forced.trg_input, shown.batch.trg_input))
    return [_unlike(vocabulary, *pair) for pair in zip(read, right, strict=True)]


def _unlike(vocabulary: Vocabulary, token: int, other: int) -> Token:
    """A token; if it differs from `other`, it is outlined and has `other` in its note."""
    if token == other:
        return tokens.plain(vocabulary, token)
    return Token(vocabulary.label(token), "chosen", f"≠ {vocabulary.label(other)}")


def _predicted(shown: Comparison) -> list[Token]:
    """The teacher-forced predictions with their losses; a dash where the target is PAD."""
    vocabulary, losses = shown.checkpoint.task.trg_vocabulary, shown.forced.losses[shown.row].tolist()
    judged = [
        replace(tokens.judged(vocabulary, token, target), note=written_loss(loss))
        for token, target, loss in zip(shown.predicted, shown.targets, losses, strict=False)
    ]
    return [*judged, *[Token("–", "pad")] * (len(losses) - shown.length)]


def _free_reads(shown: Comparison) -> list[Token]:
    """What was read running free; tokens that differ from the teacher-forced input are marked."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    others = [*shown.read_forced, *shown.read_free[shown.length :]]
    return [_unlike(vocabulary, *pair) for pair in zip(shown.read_free, others, strict=False)]


def _free_writes(shown: Comparison) -> list[Token]:
    """What was written running free, marked right or wrong."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    targets = [*shown.targets, *[None] * len(shown.written)]
    return [
        replace(tokens.judged(vocabulary, token, target), note="")
        for token, target in zip(shown.written, targets, strict=False)
    ]


def _forced_rows(shown: Comparison) -> Tensor:
    """Probabilities of the next token, teacher forced: [L, V]."""
    return shown.forced.probabilities[shown.row, : shown.length]


def _free_rows(shown: Comparison) -> Tensor:
    """Probabilities of the next token, running free: [steps, V]."""
    return torch.stack([step.probabilities[0] for step in shown.free])


def _candidates(shown: Comparison, rows: Tensor, position: int) -> tuple[Bar, ...]:
    """The most probable next tokens; none past the end."""
    if position >= len(rows):
        return ()
    vocabulary = shown.checkpoint.task.trg_vocabulary
    return tuple(
        Bar(vocabulary.label(token), probability, figure(probability, ".3f"), "plain" if place else "chosen")
        for place, (token, probability) in enumerate(best(rows[position], CANDIDATES))
    )


def _probabilities(shown: Comparison, name: str, read: Sequence[int], rows: Tensor) -> TensorView:
    """The view of next-token probabilities [L, V]; `read` labels the rows."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    return TensorView(
        name,
        rows.numpy(),
        Scale.unit(),
        row_labels=tuple(vocabulary.labels(read[: len(rows)])),
        column_labels=tuple(vocabulary.labels(range(len(vocabulary)))),
        axis_names=(t("read"), t("next token")),
        show_values=False,
    )


def _caption(shown: Comparison, position: int) -> str:
    return sentences(
        _where_they_part(shown, position), _forced_words(shown, position), _free_words(shown, position)
    )


def _where_they_part(shown: Comparison, position: int) -> str:
    parting = shown.parting
    if parting is None:
        return t(
            "Both read the same tokens at all {count} positions, so they predict the same.",
            count=min(shown.length, len(shown.free)),
        )
    if position < parting:
        return t("Still the same tokens; they part at position {n}.", n=parting)
    if position == parting:
        return t("Here they part: they read different tokens.")
    return t("They parted at position {n}: since then they read different tokens.", n=parting)


def _forced_words(shown: Comparison, position: int) -> str:
    """A sentence on what is read and should be predicted at a position, teacher forced."""
    if position >= shown.length:
        return ""
    vocabulary, target = shown.checkpoint.task.trg_vocabulary, shown.targets[position]
    return t(
        "Teacher forced, it reads {token} and should predict {target}, to which it gives p = {p}: the loss "
        "is -ln p = {loss}.",
        token=vocabulary.label(shown.read_forced[position]),
        target=vocabulary.label(target),
        p=figure(shown.forced.probabilities[shown.row, position, target].item(), ".1%"),
        loss=written_loss(shown.forced.losses[shown.row, position].item()),
    )


def _free_words(shown: Comparison, position: int) -> str:
    """A sentence on what is read last and written at a position, running free."""
    if position >= len(shown.free):
        return ""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    return t(
        "Running free, it reads {last} last and writes {token}.",
        last=vocabulary.label(shown.read_free[position]),
        token=vocabulary.label(shown.written[position]),
    )


def written_loss(loss: float) -> str:
    """A loss as text."""
    return figure(loss, ".2f") if loss >= 0.1 else figure(loss, ".4f")


# --- without the shift -----------------------------------------------------------------------------------


def without_shift(shown: Comparison) -> tuple[Unshifted, float]:
    """The results of feeding this input's target unshifted, and the loss when it is shifted."""
    model, alone = shown.checkpoint.model, shown.alone
    return unshifted(model, alone), teacher_forced(model, alone).loss


def trained_shifted(checkpoint: Checkpoint) -> bool:
    """Whether training shifted the target; False only for a model with that deliberate mistake."""
    training = checkpoint.about.get("training")
    return not isinstance(training, dict) or training.get("shift_target", True) is not False


def unshifted_frame(shown: Comparison, found: Unshifted) -> Frame:
    """For each position: input, target, loss, and how far its logits move if only its own token changes."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    read = tuple(tokens.plain(vocabulary, token) for token in shown.targets)
    return Frame(
        "",
        tokens=(
            (t("position"), tokens.numbers(shown.length, -1)),
            (t("reads"), read),
            (t("is asked for"), read),
            (t("loss"), tuple(Token(written_loss(loss)) for loss in found.forced.losses[0].tolist())),
            (t("logits move by"), tuple(Token(figure(leak, ".2f")) for leak in found.leak[0].tolist())),
        ),
        in_columns=True,
    )
