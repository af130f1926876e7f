"""Teacher forcing beside free running: one pass over the right answer, and the answer written freely."""

from collections.abc import Mapping
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Checkpoint, Trace
from transformer.decoding.loop import decode
from transformer.experiments.teacher_forcing import TeacherForced, Unshifted, teacher_forced, unshifted
from transformer.learning.steps import token_loss
from transformer.tasks import Batch
from ui import inputs
from ui.alterations import read_fed, write_fed
from ui.decoding import export, source
from ui.decoding.export import Export, trace_files
from ui.decoding.one_input import choose_row
from ui.frames import teacher_forcing
from ui.frames.reproduce import program, source_text
from ui.frames.teacher_forcing import Comparison
from ui.i18n import code_span, figure, headed, t
from ui.layout import Suggestion, fragment, more, notice, show_source, try_this
from ui.models import loading_call
from ui.questions import answer
from ui.state import Decoding
from ui.steps import stepping_grid
from ui.tensor_grid import Frame, tensor_grid

POSITION, TOKEN = "fed_position", "fed_token"
"""Session state: the token that is about to be fed, and where."""


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Both ways of reading one input's answer, side by side."""
    src = source.read(checkpoint, row)
    with row:
        chosen = choose_row(checkpoint, src)
    batch = Batch(src, inputs.right_answers(checkpoint, src))
    shown = teacher_forcing.compare(checkpoint, batch, chosen, read_fed(Decoding.fed.value) or {})
    with row:
        _feed_another_token(shown)
        with more():
            source.choose_others()
    fragment(_draw_grid, shown)
    _remarks(shown)
    _say_what_the_loss_is(shown)
    _without_shift(shown)
    show_source(
        TeacherForced,
        teacher_forced,
        unshifted,
        decode,
    )


def _feed_another_token(shown: Comparison) -> None:
    """Controls that replace a token of `trg_input`, and a button that undoes all replacements."""
    vocabulary = shown.checkpoint.task.trg_vocabulary
    right = shown.batch.trg_input[shown.row, : shown.length].tolist()
    if st.session_state.get(POSITION, 0) >= shown.length:
        st.session_state[POSITION] = 0
    if st.session_state.get(TOKEN, 0) >= len(vocabulary):
        st.session_state[TOKEN] = 0
    position = st.selectbox(
        t("At position"),
        range(shown.length),
        index=min(1, shown.length - 1),
        key=POSITION,
        format_func=lambda place: headed(t("position {n}", n=place), vocabulary.label(right[place])),
        label_visibility="collapsed",
        width=150,
    )
    token = st.selectbox(
        t("feed this token"),
        range(len(vocabulary)),
        index=len(vocabulary) - 1,
        key=TOKEN,
        format_func=lambda token: t("feed {token}", token=vocabulary.label(token)),
        label_visibility="collapsed",
        width=130,
    )
    st.button(t("Feed it"), on_click=_feed, args=(shown.fed, position, token))
    if shown.fed:
        st.button(t("Undo all"), on_click=Decoding.fed.set, args=("",))


def _feed(fed: Mapping[int, int], position: int, token: int) -> None:
    Decoding.fed.set(write_fed({**fed, position: token}))
    Decoding.step.set(position)


def _draw_grid(shown: Comparison) -> None:
    """Runs in a fragment, so that going to another position computes nothing again."""
    frames = teacher_forcing.frames(shown)
    stepping_grid(frames, "teacher_grid", Decoding.step)
    export.draw("teacher", _pack, shown, frames)


def _pack(shown: Comparison, frames: list[Frame]) -> Export:
    files = trace_files(
        (t("Trace of the pass (.npz)"), t("Trace of the pass (.csv)")),
        "trace-teacher-forced",
        t("Every tensor of the teacher-forced pass over this input, named by its place."),
        partial(teacher_tensors, shown),
    )
    at = min(Decoding.step.value, len(frames) - 1)
    typed = shown.checkpoint.task.source_text(shown.alone.src[0].tolist())
    lines = teacher_lines(shown, loading_call())
    return Export(t("Teacher forcing"), typed, frames, at, lines, files)


def _say_what_the_loss_is(shown: Comparison) -> None:
    losses = shown.forced.losses[shown.row, : shown.length]
    here, everywhere, training = st.columns(3)
    here.metric(t("Mean of the losses above"), figure(losses.mean().item(), ".5f"))
    everywhere.metric(
        t("Mean over all {count} real tokens", count=int(shown.forced.real.sum())),
        figure(shown.forced.loss, ".5f"),
    )
    training.metric(
        t("What training calls the loss"), figure(token_loss(shown.forced.logits, shown.batch).item(), ".5f")
    )
    pads = int((~shown.forced.real).sum())
    if pads:
        st.caption(
            t(
                "{count} positions of this batch are PAD: cross-entropy leaves them out (ignore_index).",
                count=pads,
            )
        )


def ask(shown: Comparison) -> tuple[Unshifted, float]:
    """Two questions about the shift, answered. Returns the results without it, and the loss with it."""
    answer(
        "shift",
        t(
            "`trg_input` is the right answer without its last token, `trg_target` the same without its "
            "first: {count} pairs here, each asking for the next token. Without this shift each position "
            "would read the very token that it has to write.",
            count=shown.length,
        ),
    )
    found, loss = teacher_forcing.without_shift(shown)
    answer(
        "mask_or_shift",
        t(
            "No. Here `trg_target` itself is fed, and a stricter mask keeps every position from attending to "
            "its own token. Exchange only the token at position i, and the logits at position i still move, "
            "by up to {leak}: a mask hides keys, but a position's own token is also its query, and the "
            "residual sum `x + attention(x)` carries it past every mask. A model trained this way learns to "
            "copy what it is given; running free it is given nothing, for the token to copy is the one to "
            "be written.",
            leak=figure(found.leak.max().item(), ".2f"),
        ),
    )
    return found, loss


def _without_shift(shown: Comparison) -> None:
    found, loss = ask(shown)
    losses = {
        "without": teacher_forcing.written_loss(found.forced.loss),
        "loss": teacher_forcing.written_loss(loss),
    }
    if teacher_forcing.trained_shifted(shown.checkpoint):
        st.markdown(
            t(
                "This model was trained with the shift. Without it, its loss is {without} instead of {loss}.",
                **losses,
            )
        )
    else:
        st.markdown(
            t(
                "This model was trained without the shift. Its loss is {without} so, and {loss} with it.",
                **losses,
            )
        )
    tensor_grid([teacher_forcing.unshifted_frame(shown, found)], key="unshifted_grid")


def _remarks(shown: Comparison) -> None:
    vocabulary = shown.checkpoint.task.trg_vocabulary
    first = shown.free[0].probabilities[0]
    notice(
        t("`trg_input` is the answer moved one place to the right behind SOS: position i reads what stands "
          "left of the token it is asked for, never that token itself."),
        t("SOS alone gives the first token: at position 0 nothing else was read, and {token} has {p}.",
          token=code_span(vocabulary.label(int(first.argmax()))), p=figure(first.max().item(), ".1%")),
        t("Running free, what is read grows by what was just written. Teacher forced, all of it is there "
          "from the start: {count} positions in one pass instead of {steps}.",
          count=shown.length, steps=len(shown.free)),
    )  # fmt: skip
    try_this(
        Suggestion(
            t("Feed a wrong token at position 1 and step on: does the model go on from it or repair it?"),
            {Decoding.fed: write_fed(_another(shown, 1)), Decoding.step: 1},
        ),
        Suggestion(
            t("Feed another token than SOS at position 0: does the place or the token start the answer?"),
            {Decoding.fed: write_fed(_another(shown, 0)), Decoding.step: 0},
        ),
        Suggestion(
            t("Type two inputs of different lengths: PAD targets have no loss."),
            {Decoding.text: inputs.uneven(shown.checkpoint.task), Decoding.row: 1, Decoding.fed: ""},
        ),
    )


def _another(shown: Comparison, position: int) -> dict[int, int]:
    """A position and a wrong token for it: the last of the vocabulary, or the one before."""
    position = min(position, shown.length - 1)
    last = len(shown.checkpoint.task.trg_vocabulary) - 1
    right = int(shown.batch.trg_input[shown.row, position])
    return {position: last - (right == last)}


def teacher_lines(shown: Comparison, loaded: str) -> str:
    """A program that prints input, target, prediction and loss of one pass, position by position.

    Then it prints what is written running free.
    """
    alone = shown.alone
    known = shown.checkpoint.task.answer(alone.src[0].tolist())
    answer = (
        "checkpoint.task.answer(src[0].tolist())" if known else f"{alone.trg[0].tolist()}  # the model's own"
    )
    return program(
        loaded,
        [source_text(shown.checkpoint, alone.src)],
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


def teacher_tensors(shown: Comparison) -> dict[str, Tensor]:
    """Inputs, logits and trace of the teacher-forced pass over the input on screen, which is run again."""
    trace = Trace()
    forced = teacher_forced(shown.checkpoint.model, shown.alone, shown.fed, trace=trace)
    read = {"src": shown.alone.src, "trg_input": forced.trg_input, "trg_target": forced.trg_target}
    return {**read, "logits": forced.logits, **trace}
