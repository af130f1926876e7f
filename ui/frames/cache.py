"""The cache as it grows: keys and values of one decoder layer, a row added at each step."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from transformer import EOS, Checkpoint
from transformer.experiments.savings import CachedStep, work_of_both_ways
from ui.frames.decoding import SPARE_STEPS
from ui.i18n import sentences, t
from ui.tensor_grid import Frame, Scale, TensorView, Token


def steps(checkpoint: Checkpoint, src: Tensor) -> list[CachedStep]:
    """Decode a source [1, S] with and without the cache, up to EOS or a little past the right length."""
    expected = checkpoint.task.answer(src[0].tolist())
    limit = (src.size(1) if expected is None else len(expected)) + SPARE_STEPS
    found = []
    for work in work_of_both_ways(checkpoint.model, src, limit):
        found.append(work)
        if work.newest == EOS:
            break
    return found


def verdict(differing: int, count: int) -> str:
    """A sentence on whether both ways wrote the same tokens."""
    if differing:
        return t(
            "{n} of {count} tokens differ: two logits were closer than rounding.", n=differing, count=count
        )
    return t("With and without the cache the model wrote the same {count} tokens.", count=count)


def frames(checkpoint: Checkpoint, found: Sequence[CachedStep], layer: int) -> list[Frame]:
    """One frame for each step: the new row is marked, rows that are not there yet are hatched."""
    length = len(found)
    last = found[-1]
    scales = [Scale.around_zero(tensor[layer].numpy()) for tensor in (last.keys, last.values)]
    total = [0, 0]
    said = verdict(sum(work.newest != work.again for work in found), length)
    made = []
    for number, work in enumerate(found):
        total = [so_far + now for so_far, now in zip(total, work.products, strict=True)]
        frame = _frame(checkpoint, work, layer, length, scales, number, total)
        made.append(replace(frame, caption=sentences(frame.caption, said)))
    return made


def _frame(
    checkpoint: Checkpoint,
    work: CachedStep,
    layer: int,
    length: int,
    scales: Sequence[Scale],
    number: int,
    total: Sequence[int],
) -> Frame:
    vocabulary = checkpoint.task.trg_vocabulary
    read = vocabulary.labels(work.tokens[0].tolist())
    rows = (*read[:-1], t("new: {token}", token=read[-1]), *["·"] * (length - len(read)))
    names = (t("keys"), t("values"))
    same = work.newest == work.again
    return Frame(
        title=t("step {n}: {token}", n=number + 1, token=vocabulary.label(work.newest)),
        tensors=tuple(
            _view(name, tensor[layer], layer, length, scale, rows)
            for name, tensor, scale in zip(names, (work.keys, work.values), scales, strict=True)
        ),
        tokens=(
            (t("kept"), tuple(Token(label, "dimmed") for label in read[:-1])),
            (t("computed now"), (Token(read[-1], "chosen", t("new")),)),
            (t("written with the cache"), (Token(vocabulary.label(work.newest)),)),
            (
                t("written without"),
                (Token(vocabulary.label(work.again), note="" if same else t("differs")),),
            ),
        ),
        caption=t(
            "Tokens through the decoder at this step: {with_rows} with the cache, {without_rows} without. "
            "Rows of keys and values that are only read again: {kept}.",
            with_rows=work.rows[0],
            kept=work.rows[1] - 1,
            without_rows=work.rows[1],
        ),
        facts=(
            (t("multiplications, with the cache"), f"{work.products[0]:,}"),
            (t("without"), f"{work.products[1]:,}"),
            (t("so far, with the cache"), f"{total[0]:,}"),
            (t("so far, without"), f"{total[1]:,}"),
        ),
    )


def _view(
    name: str, tensor: Tensor, layer: int, length: int, scale: Scale, rows: tuple[str, ...]
) -> TensorView:
    """Keys or values [H, L, Dh], padded with rows for all steps: [1, H, length, Dh]."""
    whole = tensor.new_zeros(1, tensor.size(0), length, tensor.size(2))
    whole[0, :, : tensor.size(1)] = tensor
    not_there = whole.new_ones(length, 1).bool()
    not_there[: tensor.size(1)] = False
    heads = tuple(t("head {n}", n=head) for head in range(tensor.size(0)))
    return TensorView(
        name,
        whole.numpy(),
        scale,
        masked=not_there.numpy(),
        row_labels=rows,
        panel_labels=((t("layer {n}", n=layer),), heads),
        axis_names=(t("layer"), t("head"), t("token"), t("number")),
        hatched=t("not there yet"),
        show_values=False,
    )
