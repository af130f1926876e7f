"""The laboratory's sections: result and picture beside the mask, and below them the explanation."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer.experiments.leak_probe import Probe, probes
from ui import anchors
from ui.frames import laboratory, laboratory_effect, laboratory_torch
from ui.frames.laboratory import Bench
from ui.i18n import escaped, t
from ui.laboratory.editing import answers, edit_buttons, mask_editor, own_mask_again, stages
from ui.layout import controls, stage
from ui.state import PRESENTER, Laboratory
from ui.steps import stepping_grid
from ui.tensor_grid import tensor_grid


def _beside_mask(bench: Bench, title: str) -> DeltaGenerator:
    """Draw the answers and the mask on the left; returns the container on the right."""
    with stage("stage_laboratory"):
        left, right = st.columns([5, 7], gap="small")
    with left, anchors.place("mask_on_screen"):
        mask_editor(bench)
    if PRESENTER.value:
        edit_buttons()  # below the stage: the first screen shows what they change
    right.subheader(title, anchor=False)
    return right


def _table_room(beside: DeltaGenerator) -> DeltaGenerator:
    """The container for tables of numbers that the picture also shows: in presenter size below the stage."""
    return st.container() if PRESENTER.value else beside


def effect(bench: Bench) -> None:
    """The answers and the attention under this mask; below them the logits and the layers."""
    rows = laboratory_effect.change_rows(bench)
    with stage("stage_effect"):
        picture, said = st.columns([3, 1], gap="small")
    with picture, anchors.place("mask_on_screen"):
        stages(bench)
    with said:
        st.subheader(t("What happens if I get it wrong?"), anchor=False)
        answers(bench)
        st.markdown(_effect_in_words(bench, rows))
        edit_buttons()
    if not rows:
        return
    tensor_grid([laboratory_effect.logits_frame(bench)], key="logits_grid", height=300)
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


def _effect_in_words(bench: Bench, rows: list[laboratory_effect.Row]) -> str:
    if not rows:
        return t("Nothing changed: click a cell of the mask, or choose another one.")
    return t(
        "{changed} of {count} answers changed, and {places} of {all} places in the pass; the largest "
        "change is {largest}, at: {place}.",
        changed=laboratory.changed_answers(bench),
        count=len(bench.answers),
        places=len(rows),
        all=laboratory_effect.place_count(bench),
        largest=rows[0][t("largest change")],
        place=rows[0][t("place")],
    )


def leak(bench: Bench) -> None:
    """Replace one token that must not matter, and show what changes."""
    room = _beside_mask(bench, t("Does anything get past the mask?"))
    found = {laboratory_effect.probe_code(probe): probe for probe in probes(bench.batch)}
    if not found:
        room.markdown(
            t("There is neither a PAD nor a future token here: type longer inputs, or two of them.")
        )
        return
    if Laboratory.probe.value not in found:
        Laboratory.probe.set(laboratory_effect.first_probe(bench, list(found.values())))
    probe = found[Laboratory.probe.value]
    with room, controls("controls_probe"):
        st.selectbox(
            t("Token to exchange"),
            list(found),
            key=Laboratory.probe.name,
            format_func=lambda code: laboratory_effect.probe_name(bench, found[code]),
        )
        token = _replacement(bench, probe)
    result = laboratory_effect.leak(bench, probe, token)
    with room:
        said, button = st.columns([4, 1], vertical_alignment="center")
        with said:
            _say_leak(result.largest, result.path, probe)
        with button:
            _leak_button(result.largest)
        frame = laboratory_effect.leak_frame(bench, result)
        tensor_grid([frame], key="leak_grid", stage=True)
    st.markdown(
        t(
            "Replace a token that other positions must not see, keep all masks as they are, and look at which"
            " positions change."
        )
    )
    if result.path:
        st.markdown(t("Where positions change that must not be affected, in the order of the pass:"))
        st.table(laboratory_effect.leak_rows(result))


def _leak_button(largest: float) -> None:
    """A button for the other case: make the mask leak, or make it tight again."""
    if largest == 0:
        st.button(t("Make it leak"), on_click=Laboratory.mask.set, args=("none",), help=t("Masks nothing."))
    else:
        st.button(t("Make it tight again"), on_click=own_mask_again, help=t("The model's own mask"))


def _replacement(bench: Bench, probe: Probe) -> int:
    tokens = laboratory_effect.replacements(bench, probe)
    if Laboratory.token.value not in tokens:
        Laboratory.token.set(tokens[0])
    st.selectbox(
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
                "It leaks: outputs that must not be affected differ by up to {largest}. It enters at "
                "{place}.",
                largest=laboratory.written(largest),
                place=laboratory_effect.place_name(path[0][0]),
            )
        )


def fill(bench: Bench) -> None:
    """Every fill value in every precision."""
    room = _beside_mask(bench, t("Why NaN, and which fill value?"))
    row = laboratory_torch.score_row(bench)
    normal = laboratory_torch.fill_results(row, all_masked=False)
    masked = laboratory_torch.fill_results(row, all_masked=True)
    with room, anchors.place("fill_values"):
        titles = t("**Some keys forbidden**"), t("**Every key forbidden**")
        for column, title, results in zip(st.columns(2, gap="small"), titles, (normal, masked), strict=True):
            column.markdown(title)
            column.table(laboratory_torch.fill_rows(results))
        st.caption(t("Cells say: attention leaked to forbidden keys / sum of the row."))
    _explain_fill(bench, row)
    for error in laboratory_torch.fill_errors(normal):
        st.code(error, language=None)
    with anchors.place("empty_query"):
        st.markdown(t("**A query without any key, in this layer**"))
        st.table(laboratory_torch.empty_rows(bench))


def _explain_fill(bench: Bench, row: laboratory_torch.ScoreRow) -> None:
    """What the two tables are about."""
    st.markdown(
        t(
            "-inf leaks nothing, but where every key is forbidden softmax divides 0 by 0. A finite fill "
            "cannot give NaN; there it spreads the whole row over forbidden keys, unseen."
        )
    )
    st.markdown(
        t(
            "The tables are about query “{query}” of sentence {sentence} in {view}: {count} of {size} keys "
            "are forbidden.",
            query=escaped(bench.queries[row.sentence][row.query]),
            sentence=row.sentence,
            view=laboratory.view_name(*bench.shown),
            count=int(row.forbidden.sum()),
            size=len(row.forbidden),
        )
    )
    if row.made_up:
        st.caption(t("No key is forbidden on screen, so the last one stands in."))


def conventions(bench: Bench) -> None:
    """The mask on screen as PyTorch's functions want it."""
    room = _beside_mask(bench, t("Does True keep or drop?"))
    found = laboratory_torch.conventions(bench)
    with _table_room(room), anchors.place("mask_conventions"):
        st.table(laboratory_torch.convention_rows(found))
    with room:
        frames = laboratory_torch.convention_frames(bench, found)
        stepping_grid(frames, "convention_grid", Laboratory.convention)
    note = laboratory_torch.empty_row_note(found)
    if note:
        st.caption(note)
    st.markdown(
        t(
            "It depends on the function: in scaled_dot_product_attention (SDPA) True keeps, in "
            "nn.MultiheadAttention (MHA) it drops. Each row is the mask on screen, given to that "
            "function with the weights and inputs of {place}, and the largest difference from what this "
            "model computed.",
            place=laboratory_effect.place_name(f"{bench.shown[0]}.output"),
        )
    )


def padding(bench: Bench) -> None:
    """Padding masked by columns, and by rows too."""
    room = _beside_mask(bench, t("Why does the padding mask blank only columns?"))
    runs = laboratory_effect.padding_runs(bench)
    with _table_room(room), anchors.place("columns_or_rows"):
        st.table(laboratory_effect.padding_rows(runs))
    with room:
        tensor_grid(
            [laboratory_effect.padding_frame(bench, runs)],
            key="padding_grid",
            stage=True,
        )
    st.markdown(
        t(
            "A masked column is a key that nobody may look at. A row is a query: what a PAD sees changes "
            "only its own output (by {pad}), which no real token and no loss ever reads. Real tokens' "
            "outputs differ by {real}.",
            pad=laboratory.written(runs[1].difference_at_pad),
            real=laboratory.written(runs[1].difference),
        )
    )
    if runs[0].nan_share:
        st.markdown(t("This model computes NaN whatever the mask, so the three ways cannot be compared."))
    elif runs[2].nan_enters:
        st.markdown(
            t(
                "With a plain softmax NaN enters at `{place}`: a row of -inf throughout.",
                place=runs[2].nan_enters,
            )
        )
    else:
        st.markdown(t("There is no PAD among the queries here: give inputs of different lengths."))
