"""The mask laboratory's controls: what is edited, undone and redone, and the sections below the picture."""

import math
from collections.abc import Callable
from typing import Any, Literal, cast

import streamlit as st

from transformer import Checkpoint
from transformer.experiments import Attention, MaskKind, Probe, Site, probes
from transformer.tasks import Batch
from ui.cells import read_cells, write_cells
from ui.frames import laboratory, laboratory_effect, laboratory_torch
from ui.frames.laboratory import Bench, MaskChoice
from ui.i18n import escaped, t
from ui.state import PRESENTER, Laboratory, Setting
from ui.tensor_grid import GridEvent, tensor_grid

EDITED: tuple[Setting[Any], ...] = (
    Laboratory.mask,
    Laboratory.width,
    Laboratory.rows,
    Laboratory.cells,
    Laboratory.inverted,
    Laboratory.plain,
)
"""The settings that make the mask: what undo and redo go through."""

UNDO, REDO, SHOWN = "lab_undo", "lab_redo", "lab_shown"
"""Session state: earlier and later versions of the edited settings, and the one on screen."""

MAX_HISTORY = 200
MAX_WIDTH = 24
REPORT: tuple[Literal["frame"]] = ("frame",)

Version = tuple[Any, ...]


# --- inputs and mask -------------------------------------------------------------------------------------


def attention_titles() -> dict[str, str]:
    """How the attentions are called on screen."""
    return {"encoder": t("encoder self"), "self": t("decoder self"), "cross": t("cross")}


def inputs_and_site(checkpoint: Checkpoint) -> Site:
    """The inputs, and the attention, layer and head to work on."""
    config = checkpoint.model.config
    st.text_area(
        t("Inputs, one a line, at most four; shorter ones are padded"),
        key=Laboratory.text.name,
        height=80,
        max_chars=500,
    )
    titles = attention_titles()
    with st.container(horizontal=True):
        st.segmented_control(
            t("Attention"),
            list(titles),
            key=Laboratory.attention.name,
            format_func=titles.__getitem__,
            on_change=forget_probe,
            required=True,
        )
        layer = _number_or_all(t("Layer"), Laboratory.layer, config.num_layers)
        head = _number_or_all(t("Head"), Laboratory.head, config.heads)
    return Site(cast(Attention, Laboratory.attention.value), layer, head)


def _number_or_all(label: str, setting: Setting[str], count: int) -> int | None:
    options = [*map(str, range(count)), "all"]
    if setting.value not in options:
        setting.set("all")
    st.segmented_control(
        label,
        options,
        key=setting.name,
        format_func=lambda value: t("all") if value == "all" else value,
        required=True,
    )
    return None if setting.value == "all" else int(setting.value)


def mask_titles(attention: str) -> dict[str, str]:
    """The masks one can choose; the model's own first, and what it is here."""
    own = t("the model's own: causal and padding") if attention == "self" else t("the model's own: padding")
    return {
        "own": own,
        "none": t("none"),
        "padding": t("padding"),
        "causal": t("causal"),
        "both": t("both"),
        "window": t("sliding window"),
    }


def mask_controls() -> None:
    """Which mask, and what to get wrong about it."""
    titles = mask_titles(Laboratory.attention.value)
    st.selectbox(
        t("Mask"),
        list(titles),
        key=Laboratory.mask.name,
        format_func=titles.__getitem__,
        on_change=forget_cells,
    )
    if Laboratory.mask.value == "window":
        st.slider(
            t("Positions to either side"), 0, MAX_WIDTH, key=Laboratory.width.name, on_change=forget_cells
        )
    with st.container(horizontal=True):
        st.toggle(
            t("Mask PAD rows too"),
            key=Laboratory.rows.name,
            on_change=forget_cells,
            help=t("Rows are queries. The padding mask blanks columns only, because it speaks of keys."),
        )
        st.toggle(
            t("I got the polarity wrong"),
            key=Laboratory.inverted.name,
            help=t("Reads True as “masked out”: every cell of the mask the other way round."),
        )
        st.toggle(
            t("Plain softmax"),
            key=Laboratory.plain.name,
            help=t("Without this model's guard, a row that may look at nothing becomes NaN."),
        )


def mask_choice(batch: Batch, site: Site) -> MaskChoice:
    """What the controls and clicks say; clicked cells that the mask does not have are dropped."""
    cells = read_cells(Laboratory.cells.value) or frozenset()
    fitting = laboratory.fitting(batch, site, cells)
    if fitting != cells:
        Laboratory.cells.set(write_cells(fitting))
    return MaskChoice(
        cast(MaskKind, Laboratory.mask.value),
        Laboratory.width.value,
        Laboratory.rows.value,
        fitting,
        Laboratory.inverted.value,
        Laboratory.plain.value,
    )


# --- editing ---------------------------------------------------------------------------------------------


def forget_cells() -> None:
    """Another mask is chosen: clicked cells were changes to the one before."""
    Laboratory.cells.set("")


def forget_probe() -> None:
    """Another attention is chosen: what is worth probing is another token."""
    Laboratory.probe.set("")


def on_click(event: GridEvent) -> None:
    """Clicked cells are toggled, in whichever picture."""
    if event.kind == "cell":
        clicked = {(cell[0], cell[-2], cell[-1]) for cell in event.cells}
        cells = read_cells(Laboratory.cells.value) or frozenset()
        Laboratory.cells.set(write_cells(cells ^ clicked))


def on_stages(event: GridEvent) -> None:
    """A click, or the step that the user came to rest at, which the link keeps."""
    Laboratory.step.set(event.frame)
    on_click(event)


def _version() -> Version:
    return tuple(setting.value for setting in EDITED)


def remember() -> None:
    """Once a run: if the mask is another than at the run before, that one can be had back."""
    now = _version()
    shown: Version | None = st.session_state.get(SHOWN)
    if shown is not None and shown != now:
        undo = st.session_state.setdefault(UNDO, [])
        undo.append(shown)
        del undo[:-MAX_HISTORY]
        st.session_state[REDO] = []
    st.session_state[SHOWN] = now


def _move(source: str, target: str) -> None:
    """Put back the version on top of one pile, and the one on screen onto the other."""
    if not st.session_state.get(source):
        return
    st.session_state.setdefault(target, []).append(_version())
    version = st.session_state[source].pop()
    for setting, value in zip(EDITED, version, strict=True):
        setting.set(value)
    st.session_state[SHOWN] = version


def own_mask_again() -> None:
    """Back to the model's own mask."""
    for setting in EDITED:
        setting.set(setting.default)


def edit_buttons() -> None:
    """Undo, redo and back to the model's own mask."""
    undo, redo = (len(st.session_state.get(pile, [])) for pile in (UNDO, REDO))
    is_own = _version() == tuple(setting.default for setting in EDITED)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("Undo"), on_click=_move, args=(UNDO, REDO), disabled=not undo)
        st.button(t("Redo"), on_click=_move, args=(REDO, UNDO), disabled=not redo)
        st.button(t("The model's own mask"), on_click=own_mask_again, disabled=is_own)


def mask_editor(bench: Bench) -> None:
    """The mask, to click on, and the answers under it."""
    tensor_grid(
        [laboratory.mask_frame(bench)],
        key="mask_grid",
        height=300,
        editable=True,
        on_event=on_click,
        presenter=PRESENTER.value,
    )
    # Of fixed height, so that an answer that grows does not move the cells one is about to click.
    lines = math.ceil(bench.batch.trg.size(1) / 8)
    height = min(24 + (20 + 56 * lines) * len(bench.answers), 320)
    with st.container(height=height * 3 // 2 if PRESENTER.value else height, border=False):
        tensor_grid([laboratory.answers_frame(bench)], key="answers_grid", presenter=PRESENTER.value)


def stages(bench: Bench) -> None:
    """Energy, masked energy and weights, a step for every layer and head."""
    if len(bench.views) < len(bench.all_views):
        st.caption(
            t(
                "The first {shown} of {all} layers and heads. Choose a layer and a head to see another.",
                shown=len(bench.views),
                all=len(bench.all_views),
            )
        )
    tensor_grid(
        laboratory.frames(bench),
        key="stages_grid",
        editable=True,
        report=REPORT,
        on_event=on_stages,
        start=bench.views.index(bench.shown),
        presenter=PRESENTER.value,
    )


# --- sections --------------------------------------------------------------------------------------------


def section_titles() -> dict[str, str]:
    """The sections below the picture."""
    return {
        "effect": t("Effect"),
        "leak": t("Leak probe"),
        "fill": t("Fill value"),
        "conventions": t("Conventions"),
        "padding": t("Columns or rows?"),
    }


def section(bench: Bench) -> None:
    """The chosen section; the others are not computed."""
    titles = section_titles()
    st.segmented_control(
        t("Look closer"),
        list(titles),
        key=Laboratory.section.name,
        format_func=titles.__getitem__,
        required=True,
    )
    sections: dict[str, Callable[[Bench], None]] = {
        "effect": effect,
        "leak": leak,
        "fill": fill,
        "conventions": conventions,
        "padding": padding,
    }
    sections[Laboratory.section.value](bench)


def effect(bench: Bench) -> None:
    """The logits and the layers, before and after."""
    rows = laboratory_effect.change_rows(bench)
    st.subheader(t("What happens if I get it wrong?"), anchor=False)
    if not rows:
        st.markdown(t("Nothing changed: click a cell of the mask, or choose another one."))
        return
    st.markdown(
        t(
            "{changed} of {count} answers changed, and {places} of {all} places in the pass; the largest "
            "change is {largest}, at: {place}.",
            changed=laboratory.changed_answers(bench),
            count=len(bench.answers),
            places=len(rows),
            all=laboratory_effect.place_count(bench),
            largest=rows[0][t("largest change")],
            place=rows[0][t("place")],
        )
    )
    tensor_grid(
        [laboratory_effect.logits_frame(bench)], key="logits_grid", height=300, presenter=PRESENTER.value
    )
    st.markdown(t("The same through every later layer, the largest change first:"))
    st.dataframe(
        rows, hide_index=True, column_config={t("by position"): st.column_config.BarChartColumn(y_min=0)}
    )
    st.caption(
        t(
            "While the model writes freely, the decoder's masks grow by a row at each step. The cells in "
            "which the mask on screen differs from the model's own stay different; everywhere else, and "
            "beyond its rows, the model's own mask of that step holds."
        )
    )


def leak(bench: Bench) -> None:
    """Exchange one token that must not matter."""
    st.subheader(t("Does anything get past the mask?"), anchor=False)
    st.markdown(
        t("Exchange a token that others must not see, with all masks held as they are, and see who notices.")
    )
    found = {laboratory_effect.probe_code(probe): probe for probe in probes(bench.batch)}
    if not found:
        st.markdown(t("There is neither a PAD nor a future token here: type longer inputs, or two of them."))
        return
    if Laboratory.probe.value not in found:
        Laboratory.probe.set(laboratory_effect.first_probe(bench, list(found.values())))
    left, right = st.columns(2)
    left.selectbox(
        t("Token to exchange"),
        list(found),
        key=Laboratory.probe.name,
        format_func=lambda code: laboratory_effect.probe_name(bench, found[code]),
    )
    probe = found[Laboratory.probe.value]
    token = _replacement(right, bench, probe)
    result = laboratory_effect.leak(bench, probe, token)
    _say_leak(result.largest, result.path, probe)
    tensor_grid([laboratory_effect.leak_frame(bench, result)], key="leak_grid", presenter=PRESENTER.value)
    if result.path:
        st.markdown(t("Where it shows at positions that must not notice, in the order of the pass:"))
        st.table(laboratory_effect.leak_rows(result))


def _replacement(column: Any, bench: Bench, probe: Probe) -> int:
    tokens = laboratory_effect.replacements(bench, probe)
    if Laboratory.token.value not in tokens:
        Laboratory.token.set(tokens[0])
    column.selectbox(
        t("Put there instead"),
        tokens,
        key=Laboratory.token.name,
        format_func=lambda token: laboratory_effect.token_name(bench, probe, token),
    )
    return Laboratory.token.value


def _say_leak(largest: float, path: tuple[tuple[str, float], ...], probe: Probe) -> None:
    who = t("All outputs") if probe.side == "source" else t("All positions before it")
    if largest == 0:
        st.success(t("{who} are the same to the last bit: the largest difference is exactly 0.", who=who))
    else:
        st.error(
            t(
                "It leaks: outputs that must not notice differ by up to {largest}. It enters at {place}.",
                largest=laboratory.written(largest),
                place=laboratory_effect.place_name(path[0][0]),
            )
        )


def fill(bench: Bench) -> None:
    """Every fill value in every precision."""
    row = laboratory_torch.score_row(bench)
    place, head = bench.shown
    st.subheader(t("Why NaN, and which fill value?"), anchor=False)
    st.markdown(
        t(
            "Query “{query}” of sentence {sentence} in {view}: {count} of {size} keys are forbidden. Cells "
            "say: attention leaked to them / sum of the row.",
            query=escaped(bench.queries[row.sentence][row.query]),
            sentence=row.sentence + 1,
            view=laboratory.view_name(place, head),
            count=int(row.forbidden.sum()),
            size=len(row.forbidden),
        )
    )
    if row.made_up:
        st.caption(t("No key is forbidden on screen, so the last one stands in."))
    normal = laboratory_torch.fill_results(row, all_masked=False)
    masked = laboratory_torch.fill_results(row, all_masked=True)
    left, right = st.columns(2)
    left.markdown(t("**Some keys forbidden**"))
    left.table(laboratory_torch.fill_rows(normal))
    right.markdown(t("**Every key forbidden**"))
    right.table(laboratory_torch.fill_rows(masked))
    for error in laboratory_torch.fill_errors(normal):
        st.code(error, language=None)
    st.markdown(
        t(
            "-inf leaks nothing, but where every key is forbidden softmax divides 0 by 0. A finite fill "
            "cannot give NaN; there it spreads the whole row over forbidden keys, unseen."
        )
    )
    st.markdown(t("**A query without any key, in this layer**"))
    st.table(laboratory_torch.empty_rows(bench))


def conventions(bench: Bench) -> None:
    """The mask on screen as PyTorch's functions want it."""
    found = laboratory_torch.conventions(bench)
    st.subheader(t("Does True keep or drop?"), anchor=False)
    st.markdown(
        t(
            "It depends on the function: in scaled_dot_product_attention (SDPA) True keeps, in "
            "nn.MultiheadAttention (MHA) it drops. Each row is the mask on screen, given to that function "
            "with the weights and inputs of {place}, and the largest difference from what this model "
            "computed.",
            place=laboratory_effect.place_name(f"{bench.shown[0]}.output"),
        )
    )
    st.table(laboratory_torch.convention_rows(found))
    note = laboratory_torch.empty_row_note(found)
    if note:
        st.caption(note)
    tensor_grid(
        laboratory_torch.convention_frames(bench, found),
        key="convention_grid",
        report=REPORT,
        on_event=lambda event: Laboratory.convention.set(event.frame),
        start=Laboratory.convention.value,
        height=400,
        presenter=PRESENTER.value,
    )


def padding(bench: Bench) -> None:
    """Padding masked by columns, and by rows too."""
    runs = laboratory_effect.padding_runs(bench)
    st.subheader(t("Why does the padding mask blank only columns?"), anchor=False)
    st.markdown(
        t(
            "A masked column is a key that nobody may look at. A row is a query: what a PAD sees changes "
            "only its own output (by {pad}), which no real token and no loss ever reads. Real tokens' "
            "outputs differ by {real}.",
            pad=laboratory.written(runs[1].difference_at_pad),
            real=laboratory.written(runs[1].difference),
        )
    )
    st.table(laboratory_effect.padding_rows(runs))
    if runs[2].nan_enters:
        st.markdown(
            t(
                "With a plain softmax NaN enters at `{place}`: a row of -inf throughout.",
                place=runs[2].nan_enters,
            )
        )
    else:
        st.markdown(t("There is no PAD among the queries here: give inputs of different lengths."))
    tensor_grid([laboratory_effect.padding_frame(bench, runs)], key="padding_grid", presenter=PRESENTER.value)
