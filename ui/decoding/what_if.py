"""What if: alter the running model or what it reads, and compare it step by step with the original."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Checkpoint, limits
from transformer.decoding.loop import decode
from transformer.experiments.edits import (
    Alteration,
    ForcedToken,
    HeadOff,
    LayerOff,
    PositionsDropped,
    PositionsSwapped,
    SourceBlanked,
    edits,
)
from transformer.experiments.importance import importance
from transformer.experiments.mask_interventions import Site
from transformer.model.places import Attention, StackName
from transformer.model.vocabulary import EOS, PAD, SOS
from ui.attention_titles import short_titles, titles
from ui.decoding import export, source
from ui.decoding.alterations import read_alterations, write_alterations
from ui.decoding.export import Export, trace_files
from ui.decoding.one_input import choose_input
from ui.frames import importance as importance_frames
from ui.frames import what_if
from ui.frames.reproduce import program, source_text, step_tensors
from ui.frames.what_if import BothRuns
from ui.i18n import escaped, headed, t
from ui.layout import (
    Suggestion,
    choose,
    close_popover,
    closing_popover,
    fragment,
    more,
    notice,
    show_source,
    try_this,
)
from ui.models import loading_call
from ui.setting import Setting
from ui.state import Decoding
from ui.steps import stepping_grid
from ui.tensor_grid import Frame, tensor_grid

KIND, BOX = "what_if_kind", "what_if_box"
"""Session state: the kind of alteration that is about to be added, and whether the box for it is open."""


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Choose alterations, and see both runs."""
    src = source.read(checkpoint, row)
    with row:
        chosen = choose_input(checkpoint, src)
    alterations = read_alterations(Decoding.changes.value) or ()
    runs = what_if.run_both(checkpoint, chosen, alterations)
    with row:
        _choose_attention()
        with closing_popover(t("What if we …"), BOX, width="content"):
            _add_one(runs, alterations)
        _list(runs, alterations)
        with more():
            source.choose_others()
    fragment(_draw_grid, runs, Attention(Decoding.watched.value))
    _remarks(runs)
    _every_head(runs)
    show_source(
        ForcedToken,
        HeadOff,
        LayerOff,
        SourceBlanked,
        PositionsDropped,
        edits,
        decode,
        importance,
    )


def _choose_attention() -> None:
    choose(t("Attention to show"), short_titles(), Decoding.watched, label_visibility="collapsed")


# --- alterations -----------------------------------------------------------------------------------------


def _add_one(runs: BothRuns, chosen: tuple[Alteration, ...]) -> None:
    """Controls for a kind of alteration and its parameters, and the button that adds it."""
    forms: dict[str, tuple[str, Callable[[BothRuns], Alteration]]] = {
        "token": (t("write another token"), _token_form),
        "head": (t("switch a head off"), _head_form),
        "layer": (t("switch a layer off"), _layer_form),
        "blank": (t("blank a source token"), _blank_form),
        "drop": (t("drop the positional encoding"), _drop_form),
        "swap": (t("swap two source positions"), _swap_form),
    }
    kind = st.selectbox(
        t("What if we …"),
        list(forms),
        key=KIND,
        format_func=lambda kind: forms[kind][0],
        label_visibility="collapsed",
    )
    change = forms[kind][1](runs)
    st.button(
        t("Alter"),
        on_click=_set,
        args=((*chosen, change),),
        disabled=change in chosen or len(chosen) >= limits.MAX_ALTERATIONS,
        type="primary",
    )


def _set(alterations: tuple[Alteration, ...]) -> None:
    Decoding.changes.set(write_alterations(alterations))
    close_popover(BOX)


def _list(runs: BothRuns, chosen: tuple[Alteration, ...]) -> None:
    """The alterations as buttons; a click undoes one."""
    for number, change in enumerate(chosen):
        rest = (*chosen[:number], *chosen[number + 1 :])
        st.button(
            escaped(what_if.described(change, runs)),
            key=f"undo_{number}",
            on_click=_set,
            args=(rest,),
            icon=":material/close:",
            help=t("Undo"),
        )
    if len(chosen) > 1:
        st.button(t("Undo all"), on_click=_set, args=((),))


def _token_form(runs: BothRuns) -> Alteration:
    vocabulary = runs.vocabulary
    written = runs.written[0]
    steps = range(runs.steps)
    step = st.selectbox(
        t("At step"),
        steps,
        index=min(Decoding.step.value, len(steps) - 1),
        format_func=lambda step: (
            headed(step + 1, vocabulary.label(written[step])) if step < len(written) else str(step + 1)
        ),
    )
    words = [token for token in range(len(vocabulary)) if token not in (PAD, SOS, EOS)]
    token = st.selectbox(t("write"), [*words, EOS], format_func=vocabulary.label)
    return ForcedToken(step, token)


def _head_form(runs: BothRuns) -> Alteration:
    config = runs.checkpoint.model.config
    attention = Attention(st.selectbox(t("In"), list(titles()), index=2, format_func=titles().__getitem__))
    layer = st.selectbox(t("Layer"), range(config.num_layers))
    head = st.selectbox(t("Head"), range(config.heads))
    return HeadOff(attention, layer, head)


def _side_choice() -> StackName:
    titles = what_if.side_titles()
    return cast(StackName, st.selectbox(t("In"), list(titles), format_func=titles.__getitem__))


def _layer_form(runs: BothRuns) -> Alteration:
    return LayerOff(_side_choice(), st.selectbox(t("Layer"), range(runs.checkpoint.model.config.num_layers)))


def _place_choice(runs: BothRuns, label: str, index: int) -> int:
    return st.selectbox(
        label,
        range(runs.src.size(1)),
        index=min(index, runs.src.size(1) - 1),
        format_func=lambda place: what_if.source_place(runs.checkpoint, runs.src, place),
    )


def _blank_form(runs: BothRuns) -> Alteration:
    return SourceBlanked(_place_choice(runs, t("Source position"), 1))


def _drop_form(runs: BothRuns) -> Alteration:
    return PositionsDropped(_side_choice())


def _swap_form(runs: BothRuns) -> Alteration:
    first = _place_choice(runs, t("This position"), 1)
    return PositionsSwapped("encoder", first, _place_choice(runs, t("and this one"), 2))


# --- both runs -------------------------------------------------------------------------------------------


def _draw_grid(runs: BothRuns, attention: Attention) -> None:
    """Runs in a fragment, so that going to another step does not run the model again."""
    frames = what_if.frames(runs, attention)
    stepping_grid(frames, "what_if_grid", Decoding.step)
    export.draw("what-if", _pack, runs, attention, frames)


def _pack(runs: BothRuns, attention: Attention, frames: list[Frame]) -> Export:
    at = min(Decoding.step.value, len(frames) - 1)
    files = trace_files(
        (t("Trace of step {n} (.npz)", n=at + 1), t("Trace of step {n} (.csv)", n=at + 1)),
        f"trace-both-runs-step-{at + 1}",
        t("Every tensor of both runs, named by run and place."),
        partial(what_if_tensors, runs, at),
    )
    typed = runs.checkpoint.task.source_text(runs.src[0].tolist())
    lines = what_if_lines(runs, loading_call(), at, attention)
    return Export(t("What if"), typed, frames, at, lines, files)


# --- every head in turn ----------------------------------------------------------------------------------


def _every_head(runs: BothRuns) -> None:
    """Which head matters for this input."""
    st.toggle(
        t("Which head matters? Switch every head off in turn"),
        key=Decoding.every_head.name,
        help=t("On the model as it is, for this input, one head at a time."),
    )
    if not Decoding.every_head.value:
        return
    config = runs.checkpoint.model.config
    if 3 * config.num_layers * config.heads > limits.MAX_HEADS_TRIED:
        st.warning(
            t(
                "This model has too many heads to try each; up to {limit} are tried.",
                limit=limits.MAX_HEADS_TRIED,
            )
        )
        return
    answer = runs.expected or [SOS, *runs.written[0]]
    found = importance(runs.checkpoint.model, runs.src, torch.tensor([answer]))
    tensor_grid(
        [importance_frames.frame(found, config, right=runs.expected is not None)],
        key="importance_grid",
        height=260,
    )
    st.caption(
        t(
            "A head that is not needed for this input may be needed for another. Two heads may also do the "
            "same work: then either of them can be switched off, but not both. Switch both off above."
        )
    )


def _remarks(runs: BothRuns) -> None:
    notice(
        t("A forced token is read like one that the model wrote. Steps before it are exactly the same."),
        t("A head that is off gathers exactly zero; its place in `fc_out`'s input stays empty."),
        t("A layer that is off passes its input on unchanged, as if the model had been built without it; "
          "its norms are off too."),
        t("A blanked source token is still read by the encoder: its neighbours may know what it says."),
    )  # fmt: skip
    later = _later_token(runs)
    try_this(
        Suggestion(
            t("At step 1 write a token of the answer that comes later: is it written again in its place?"),
            _altered(ForcedToken(0, later)),
        ),
        Suggestion(
            t("Swap two source positions: sort writes the same; what do copy and reverse write?"),
            _altered(PositionsSwapped("encoder", 1, 2)),
        ),
        Suggestion(
            t("Drop the encoder's positional encoding: does sort still sort? Does it still count repeats?"),
            _altered(PositionsDropped("encoder")),
        ),
        Suggestion(
            t("Switch every head off in turn, below, and then the one that matters."),
            {Decoding.every_head: True},
        ),
    )


def _altered(change: Alteration) -> dict[Setting[Any], object]:
    return {Decoding.changes: write_alterations([change]), Decoding.step: 0}


def _later_token(runs: BothRuns) -> int:
    """The last token that the original writes before EOS."""
    return next((token for token in reversed(runs.written[0]) if token != EOS), EOS)


def what_if_lines(runs: BothRuns, loaded: str, step: int, attention: Attention) -> str:
    """A program that prints what both runs write and picks their weights at a step, of all layers."""
    changes = [type(change).__name__ for change in runs.alterations]
    there = Site(attention).places(runs.checkpoint.model.config)
    options = f"max_new_tokens={runs.steps}, trace=True"
    return program(
        loaded,
        [source_text(runs.checkpoint, runs.src)],
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


def what_if_tensors(runs: BothRuns, step: int) -> dict[str, Tensor]:
    """The same step of both runs; the shorter run stays at its last step."""
    both = {"original": runs.original, "altered": runs.altered}
    return {"src": runs.src} | {
        f"{name}.{place}": tensor
        for name, run in both.items()
        for place, tensor in step_tensors(run[min(step, len(run) - 1)]).items()
    }
