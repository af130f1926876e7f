"""`x + pe[:, :L, :]` in the current model: the embeddings, the codes, their sum."""

import torch

from transformer import Checkpoint, Trace
from ui.i18n import t
from ui.tensor_grid import Frame, Operand, Scale, TensorView


def sum_frame(checkpoint: Checkpoint, source: list[int]) -> Frame:
    """The three tensors as the pass over one source computed them, [1, S, D] each."""
    trace = Trace()
    with torch.inference_mode():
        checkpoint.model.encode(torch.tensor([source]), trace=trace)
    embedding, position, total = (
        trace[f"encoder.{part}"].numpy() for part in ("embedding", "position", "input")
    )
    tokens = tuple(checkpoint.task.src_vocabulary.labels(source))
    positions = tuple(str(index) for index in range(len(source)))
    scale = Scale.around_zero(total)
    names = (t("sentence"), t("position"), t("dimension"))
    return Frame(
        title=t("embedding + position"),
        tensors=(
            TensorView("x", embedding, scale, row_labels=tokens, axis_names=names),
            TensorView("pe[:, :L, :]", position, scale, row_labels=positions, axis_names=names),
            TensorView(
                "x + pe[:, :L, :]",
                total,
                scale,
                row_labels=tokens,
                axis_names=names,
                operands=(Operand("x", embedding), Operand("pe", position)),
            ),
        ),
        caption=t(
            "The same token has the same embedding wherever it stands; the code makes the sum differ. PAD's "
            "embedding is zero, but after the sum it is not: only the mask hides it."
        ),
        code="x = x + self.pe[:, : x.size(1), :]",
    )
