"""`save_html`: save the attention of every head as one self-contained HTML page."""

from os import PathLike
from pathlib import Path

import torch

from transformer.decoding.loop import greedy
from transformer.errors import InputError, unwritable
from transformer.learning.checkpoint import Checkpoint
from transformer.model.trace import Trace
from transformer.trace_page import Labels, attention_page


def save_html(path: str | PathLike[str], what: Checkpoint | Trace, source: str = "") -> None:
    """Write the page of a trace, or of a checkpoint's answer to `source`.

    The checkpoint decodes greedily; the page shows one pass over the source and that answer. Raises
    `InputError` if the source cannot be read, the trace has no attention or the file cannot be written.
    """
    if isinstance(what, Trace):
        page = attention_page(what, source or "Attention")
    else:
        page = attention_page(*_answered(what, source))
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise unwritable(error) from error


def _answered(checkpoint: Checkpoint, source: str) -> tuple[Trace, str, Labels]:
    if not source:
        raise InputError("Give the input as a third argument, such as {example}.", example='"5 3 9"')
    task, model = checkpoint.task, checkpoint.model
    src = torch.tensor([task.encode(source)])
    written = greedy(model, src)
    trace = Trace()
    with torch.inference_mode():
        model(src, written[:, :-1] if written.size(1) > 1 else written, trace=trace)
    sources = task.src_vocabulary.labels(src[0].tolist())
    targets = task.trg_vocabulary.labels(written[0].tolist())[: max(1, written.size(1) - 1)]

    def labels(place: str) -> tuple[list[str], list[str]]:
        queries = sources if place.startswith("encoder") else targets
        return queries, targets if "decoder" in place and "self" in place else sources

    return trace, f"{source} → {task.decode(written[0].tolist())}", labels
