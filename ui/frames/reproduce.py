"""What the sections of the decoding page show, as Python lines and as files, to be taken elsewhere.

In all of them `loaded` is the call that gives the checkpoint, such as `shipped_checkpoint("sort")`.
"""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from transformer import Checkpoint, Trace
from transformer.decoding.loop import DecodeStep
from transformer.experiments.mask_interventions import Site
from transformer.experiments.savings import CachedStep
from transformer.experiments.teacher_forcing import teacher_forced
from transformer.model.places import Attention
from ui.frames.attention import places
from ui.frames.decoding import Walk
from ui.frames.strategies import Strategies
from ui.frames.teacher_forcing import Comparison
from ui.frames.what_if import BothRuns

AXES = 4
"""No tensor of a trace has more."""


# --- lines -----------------------------------------------------------------------------------------------


def walk_lines(
    walk: Walk, loaded: str, step: DecodeStep, attention: str, layer: int, head: int | None
) -> str:
    """A program that decodes the same batch, prints each step's tokens and picks one head's weights.

    Without a `head`, the average over heads is picked.
    """
    imports = {"transformer.decoding.loop": ["decode"]}
    options = f"max_new_tokens={walk.max_new_tokens}, trace=True"
    if walk.sampling:
        imports["transformer"] = ["Sampling"]
        options += f",\n                   sampling={walk.sampling!r}"
    place = places(walk.checkpoint, attention)[layer]
    picked = ".mean(dim=1)" if head is None else f"[:, {head}]"
    return _program(
        loaded,
        [walk.source(row) for row in range(len(walk.src))],
        imports,
        f"for step in decode(checkpoint.model, src, {options}):",
        "    print(step.step + 1, labels(step.tokens[:, -1].tolist()))",
        f"    if step.step == {step.step}:",
        f'        weights = step.trace["{place}.weights"]  # [B, H, L, S]',
        f"        picked = weights{picked}  # [B, L, S]",
    )


def strategies_lines(compared: Strategies, loaded: str) -> str:
    """A program that prints each strategy's answer with its log-probability, beam search's with its score."""
    limit = max(len(compared.steps), *(len(answer.tokens) for answer in compared.answers))
    return _program(
        loaded,
        [_source(compared.checkpoint, compared.src)],
        {
            "transformer": ["Beam", "Sampling"],
            "transformer.decoding.beam": ["beam_search"],
            "transformer.decoding.loop": ["decode"],
        },
        f"for sampling in (None, {compared.sampling!r}):  # None: greedy",
        f"    steps = list(decode(checkpoint.model, src, max_new_tokens={limit}, sampling=sampling))",
        "    shares = [step.logits[0].log_softmax(dim=-1)[step.tokens[0, -1]].item() for step in steps]",
        "    print(labels(steps[-1].tokens[0, 1:].tolist()), sum(shares))",
        f"*_, last = beam_search(checkpoint.model, src, {compared.beam!r}, max_new_tokens={limit})",
        "print(labels(last.answer[0, 1:].tolist()), last.answer_score.item())  # -inf: it found no end",
    )


def teacher_lines(shown: Comparison, loaded: str) -> str:
    """A program that prints, position by position, what one pass reads, is asked for, predicts and loses.

    Then what is written running free.
    """
    alone = shown.alone
    known = shown.checkpoint.task.answer(alone.src[0].tolist())
    answer = "checkpoint.task.answer(src[0].tolist())" if known else f"{alone.trg[0].tolist()}  # its own"
    return _program(
        loaded,
        [_source(shown.checkpoint, alone.src)],
        {
            "transformer": ["Trace"],
            "transformer.decoding.loop": ["decode"],
            "transformer.tasks": ["Batch"],
            "transformer.experiments.teacher_forcing": ["teacher_forced"],
        },
        f"answer = {answer}",
        f"fed = {dict(shown.fed)!r}  # by position, instead of the right token",
        "trace = Trace()",
        "forced = teacher_forced(checkpoint.model, Batch(src, pad_batch([answer])), fed, trace=trace)",
        "columns = (forced.trg_input, forced.trg_target, forced.predicted)  # [1, L] each",
        "for *tokens, loss in zip(*(column[0].tolist() for column in columns), forced.losses[0].tolist()):",
        "    print(labels(tokens), loss)",
        f"*_, last = decode(checkpoint.model, src, max_new_tokens={len(shown.free)})",
        "print(labels(last.tokens[0, 1:].tolist()))",
    )


def what_if_lines(runs: BothRuns, loaded: str, step: int, attention: Attention) -> str:
    """A program that prints what both runs write and picks their weights at a step, of all layers."""
    changes = [type(change).__name__ for change in runs.alterations]
    there = Site(attention).places(runs.checkpoint.model.config)
    options = f"max_new_tokens={runs.steps}, trace=True"
    return _program(
        loaded,
        [_source(runs.checkpoint, runs.src)],
        {
            "transformer.experiments.edits": [*changes, "edits", "forced_tokens"],
            "transformer.decoding.loop": ["decode"],
        },
        f"changes = {list(runs.alterations)!r}",
        "altering = {",
        '    "edits": edits(changes, checkpoint.model.config),',
        '    "forced": forced_tokens(changes),',
        "}",
        f"original = list(decode(checkpoint.model, src, {options}))",
        f"altered = list(decode(checkpoint.model, src, {options}, **altering))",
        "for run in (original, altered):",
        "    print(labels(run[-1].tokens[0, 1:].tolist()))",
        f"    trace = run[min({step}, len(run) - 1)].trace",
        f"    weights = [trace[place + '.weights'] for place in {there!r}]  # each [1, H, L, S]",
    )


def cache_lines(
    checkpoint: Checkpoint, src: Tensor, found: Sequence[CachedStep], loaded: str, step: int, layer: int
) -> str:
    """A program that prints each step's token and multiplications both ways, and picks keys and values."""
    return _program(
        loaded,
        [_source(checkpoint, src)],
        {"transformer.experiments.savings": ["work_of_both_ways"]},
        f"for step, work in enumerate(work_of_both_ways(checkpoint.model, src, {len(found)})):",
        "    print(labels([work.newest, work.again]), work.products)  # with the cache, and without",
        f"    if step == {step}:",
        f"        keys, values = work.keys[{layer}], work.values[{layer}]  # [H, L, Dh]",
    )


def _program(loaded: str, sources: Sequence[str], imports: Mapping[str, Sequence[str]], *body: str) -> str:
    """Lines that load a checkpoint and read sources, before the lines of a section: its own `imports`."""
    needed: dict[str, set[str]] = {"transformer": {loaded.split("(")[0]}, "transformer.tasks": {"pad_batch"}}
    for module, names in imports.items():
        needed[module] = needed.get(module, set()) | {*names}
    return "\n".join(
        [
            *(f"from {module} import {', '.join(sorted(needed[module]))}" for module in sorted(needed)),
            "",
            f"checkpoint = {loaded}",
            f"sources = {sources!r}",
            "src = pad_batch([checkpoint.task.encode(text) for text in sources])  # [B, S]",
            "labels = checkpoint.task.trg_vocabulary.labels",
            *body,
        ]
    )


def _source(checkpoint: Checkpoint, src: Tensor) -> str:
    return checkpoint.task.source_text(src[0].tolist())


# --- tensors ---------------------------------------------------------------------------------------------


def walk_tensors(walk: Walk, step: DecodeStep) -> dict[str, Tensor]:
    """What a step read and gave, and all that its trace holds, for the whole batch."""
    return {"src": walk.src, **_step_tensors(step)}


def teacher_tensors(shown: Comparison) -> dict[str, Tensor]:
    """What the pass over the input that is looked at read and gave, and its trace; it runs once more."""
    trace = Trace()
    forced = teacher_forced(shown.checkpoint.model, shown.alone, shown.fed, trace=trace)
    read = {"src": shown.alone.src, "trg_input": forced.trg_input, "trg_target": forced.trg_target}
    return {**read, "logits": forced.logits, **trace}


def what_if_tensors(runs: BothRuns, step: int) -> dict[str, Tensor]:
    """The same step of both runs; the shorter run stays at its last step."""
    both = {"original": runs.original, "altered": runs.altered}
    return {"src": runs.src} | {
        f"{name}.{place}": tensor
        for name, run in both.items()
        for place, tensor in _step_tensors(run[min(step, len(run) - 1)]).items()
    }


def _step_tensors(step: DecodeStep) -> dict[str, Tensor]:
    assert step.trace is not None
    return {"tokens": step.tokens, "logits": step.logits, **step.trace}


def npz(tensors: Mapping[str, Tensor]) -> bytes:
    """Tensors by place; `numpy.load` reads it."""
    file = io.BytesIO()
    np.savez_compressed(
        file, allow_pickle=False, **{place: tensor.numpy() for place, tensor in tensors.items()}
    )
    return file.getvalue()


def csv(tensors: Mapping[str, Tensor], row: int = 0) -> bytes:
    """Tensors of one sequence: a line for each number, with its place and its index there."""
    tables = [_table(place, tensor, row) for place, tensor in tensors.items()]
    return pd.concat(tables).to_csv(index=False).encode()


def _table(place: str, tensor: Tensor, row: int) -> pd.DataFrame:
    """A tensor's numbers for one sequence. Its first axis is the batch's, or of size 1 if common to all."""
    first = row if tensor.size(0) > 1 else 0
    values = tensor[first : first + 1].numpy()
    index = np.indices(values.shape).reshape(values.ndim, -1)
    index[0] += first
    axes = {
        f"axis_{axis}": pd.array(index[axis] if axis < values.ndim else [None] * values.size, dtype="Int64")
        for axis in range(AXES)
    }
    return pd.DataFrame({"place": place, **axes, "value": values.ravel().astype(float)})
