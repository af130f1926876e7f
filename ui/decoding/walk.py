"""The walk: the answer written one token at a time, with every head in view."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Checkpoint, MultiHeadAttention
from transformer.decoding.loop import DecodeStep, decode
from transformer.decoding.sampling import Sampling, candidates
from transformer.experiments import heads
from transformer.model.places import Attention
from transformer.tasks import DigitTask
from ui.attention_titles import short_titles
from ui.decoding import export, questions, results, source
from ui.decoding.export import Export, trace_files
from ui.decoding.one_input import choose_row
from ui.frames import attention_heads, decoding
from ui.frames.attention_heads import places
from ui.frames.decoding import Walk
from ui.frames.reproduce import program, step_tensors
from ui.i18n import t
from ui.layout import Suggestion, choose, folded, fragment, more, notice, show_source, try_this
from ui.models import loading_call
from ui.state import MODEL, Decoding
from ui.steps import count, events
from ui.tensor_grid import Frame, GridEvent, Lock, tensor_grid


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Decode the sources as one batch, step by step."""
    src = source.read(checkpoint, row)
    with row:
        shown = choose_row(checkpoint, src)
        _choose_attention()
        sampling = _choose_sampling(len(checkpoint.task.trg_vocabulary))
    walk = decoding.walk(checkpoint, src, sampling)
    frames = _frames(walk, shown)
    start, lock = Decoding.step.lower_to(len(frames) - 1), _lock(frames)
    if lock is None:
        Decoding.head.set("")
    fragment(_draw_grid, walk, shown, frames, start, lock, events("decoding_grid"))
    notice(
        t("In cross-attention rows are target tokens and columns are source tokens: it has no triangle."),
        _about_the_future(checkpoint),
        _about_padding(checkpoint),
        t("Entropy 0 means that a head looks at one token only; the more it spreads, the higher the number."),
    )
    try_this(*_suggestions(checkpoint))
    questions.draw(walk, shown)
    folded(t("All answers"), "decoding_answers", results.draw, walk)
    show_source(
        decode,
        candidates,
        MultiHeadAttention.step_by_step,
        heads.head_average,
        heads.attention_entropy,
    )


def _about_padding(checkpoint: Checkpoint) -> str:
    """What the mask does to the PADs of a batch."""
    if checkpoint.model.config.mistake == "no_padding_mask":
        return t(
            "In a batch the shorter sources end in PAD: this model has no padding mask, nothing is hatched."
        )
    if checkpoint.model.config.mistake == "inverted_mask":
        return t(
            "In a batch the shorter sources end in PAD: only these columns are open, the mask is inverted."
        )
    return t("In a batch the shorter sources end in PAD: its columns are hatched, in every head and row.")


def _about_the_future(checkpoint: Checkpoint) -> str:
    """What the mask of decoder self-attention looks like."""
    if checkpoint.model.config.mistake == "no_causal_mask":
        return t("Decoder self-attention is hatched nowhere: this model has no causal mask.")
    if checkpoint.model.config.mistake == "inverted_mask":
        return t("Decoder self-attention is hatched where it should be open: this model's mask is inverted.")
    return t("Decoder self-attention is hatched above the diagonal: those keys are the future.")


def _suggestions(checkpoint: Checkpoint) -> list[Suggestion]:
    """Things to try with the current model."""
    found = [
        Suggestion(
            t("Point at a token that was written: the source is coloured by where the model looked for it."),
            {Decoding.attention: Attention.CROSS.path, Decoding.step: 3},
        ),
        Suggestion(
            t("Sample at temperature 3, then cut with top-k 2: what becomes of the mistakes?"),
            {Decoding.choice: "sample", Decoding.temperature: 3.0, Decoding.step: 0},
        ),
    ]
    if isinstance(checkpoint.task, DigitTask):
        found += [
            _with_input(
                t("Digits that repeat, 9 9 8 1: which head finds the next digit in the source?"), "9 9 8 1"
            ),
            _with_input(
                t("20 digits, more than training ever showed: where does the model fail?"),
                "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4",
            ),
        ]
    if checkpoint.task.name == "sort":
        reversing = t("The reverse model: cross-attention runs down the other diagonal.")
        found.append(Suggestion(reversing, {MODEL: "reverse", Decoding.step: 0}))
    return found


def _with_input(text: str, typed: str) -> Suggestion:
    return Suggestion(text, {Decoding.text: typed, Decoding.step: 0})


def _choose_attention() -> None:
    titles = {"all": t("all three")}
    titles |= {Attention(code).path: title for code, title in short_titles().items()}
    choose(t("Attention to show"), titles, Decoding.attention, label_visibility="collapsed")


def _choose_sampling(vocabulary_size: int) -> Sampling | None:
    """Controls for choosing the next token, and rarely used ones. Returns None for greedy decoding."""
    choose(
        t("Choosing the next token"),
        {"greedy": t("greedy"), "sample": t("sampling")},
        Decoding.choice,
        label_visibility="collapsed",
    )
    samples = Decoding.choice.value == "sample"
    problems = source.choose_temperature() if samples else ()
    with more():
        sampling = source.choose_cut(vocabulary_size) if samples else None
        st.toggle(t("Mark at every step what is right"), key=Decoding.judged.name)
        source.choose_others(*problems)
    return sampling


def _frames(walk: Walk, row: int) -> list[Frame]:
    """The frames with the chosen attentions."""
    chosen = Decoding.attention.value
    attentions = attention_heads.ATTENTIONS if chosen == "all" else (chosen,)
    return decoding.frames(walk, row, attentions, judged=Decoding.judged.value)


def _draw_grid(
    walk: Walk, row: int, frames: list[Frame], start: int, lock: Lock | None, revision: int
) -> None:
    """Runs in a fragment, so that going to another step does not decode again.

    `start` stays what it was when the page ran, so that the grid's data is not sent again.
    """
    tensor_grid(
        frames,
        key="decoding_grid",
        stage=True,
        start=start,
        lock=lock,
        revision=revision,
        report=["frame", "lock"],
        on_event=_remember_view,
    )
    export.draw("walk", _pack, walk, row, frames, _lock(frames))


def _pack(walk: Walk, row: int, frames: list[Frame], lock: Lock | None) -> Export:
    at = min(Decoding.step.value, len(frames) - 1)
    step = walk.steps[at]
    files = trace_files(
        (t("Trace of step {n} (.npz)", n=at + 1), t("Trace of step {n} (.csv)", n=at + 1)),
        f"trace-step-{at + 1}",
        t("Every tensor of the forward pass, for the whole batch, named by its place."),
        partial(walk_tensors, walk, step),
        row,
    )
    lines = walk_lines(walk, loading_call(), step, *_head(walk, lock))
    return Export(t("Decoding"), walk.source(row), frames, at, lines, files, lock)


def _head(walk: Walk, lock: Lock | None) -> tuple[str, int, int | None]:
    """Attention, layer and head of the enlarged panel, or those of the average that colours the source.

    The head is None for an average.
    """
    if lock is None:
        return Attention.CROSS.path, walk.checkpoint.model.config.num_layers - 1, None
    names = {title: name for name, title in attention_heads.figure_titles().items()}
    name, (layer, head) = names[lock.tensor], lock.panel
    return (
        name.removesuffix(attention_heads.AVERAGE),
        layer,
        None if name.endswith(attention_heads.AVERAGE) else head,
    )


def _lock(frames: list[Frame]) -> Lock | None:
    """The panel that the link names, if it is on screen."""
    name, *panel = Decoding.head.value.rsplit(".", 2)
    title = attention_heads.figure_titles().get(name)
    shapes = {tensor.name: tensor.values.shape for tensor in frames[0].tensors}
    if title not in shapes or any(int(at) >= size for at, size in zip(panel, shapes[title], strict=False)):
        return None
    return Lock(title, tuple(map(int, panel)))


def _remember_view(event: GridEvent) -> None:
    """Store the step and the enlarged panel, so that links lead to them."""
    count("decoding_grid")
    Decoding.step.set(event.frame)
    names = {title: name for name, title in attention_heads.figure_titles().items()}
    lock = event.lock
    Decoding.head.set("" if lock is None else ".".join(map(str, (names[lock.tensor], *lock.panel))))


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
    return program(
        loaded,
        [walk.source(row) for row in range(len(walk.src))],
        imports,
        f"for step in decode(checkpoint.model, src, {options}):",
        "    print(step.step + 1, labels(step.tokens[:, -1].tolist()))",
        f"    if step.step == {step.step}:",
        f'        weights = step.trace["{place}.weights"]  # [B, H, L, S]',
        f"        picked = weights{picked}  # [B, L, S]",
    )


def walk_tensors(walk: Walk, step: DecodeStep) -> dict[str, Tensor]:
    """Source, tokens, logits and all traced tensors of a step, for the whole batch."""
    return {"src": walk.src, **step_tensors(step)}
