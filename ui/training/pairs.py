"""Training on the user's own pairs: giving a table, and showing how it is read."""

from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from transformer import InputError, limits
from transformer.tasks import PAIRS, Layout, PairsTask, Table, TokenKind, read_table, token_kind
from transformer.tasks.layout import MARKS
from transformer.tasks.table import decoded
from ui.i18n import escaped, explain, sentences, t
from ui.state import TrainingPage
from ui.training import shown
from ui.training.pairs_examples import EXAMPLES

TABLE = "pairs_table"
"""Session state: the table as uploaded or pasted. It is too large for the address."""

LAYOUT = "pairs_layout"
"""Session state: how to read the table, by the names in `FIELDS`; what is missing is detected."""

FIELDS = ("separator", "header", "source", "target")
"""What the user can set about a table's layout; the widgets' keys are these with the prefix `pairs_`."""

UPLOADED, PASTED = "pairs_uploaded", "pairs_pasted"
"""Keys of the widgets; Streamlit forgets their values when another page is shown."""


def are_chosen() -> bool:
    """Whether the next run will train on the user's own pairs."""
    return TrainingPage.task.value == PAIRS


def task() -> PairsTask:
    """The task that the table describes. Raises `InputError` if there is no table, or it cannot be used."""
    return _found().task


def _found() -> Table:
    table = _table()
    if not table.strip():
        raise InputError("There are no pairs yet: upload a table, paste one, or take an example.")
    return _read(table, token_kind(TrainingPage.tokens.value), _layout())


def _table() -> bytes | str:
    """The table that the user gave; after a reload of the page, that of the run on the charts."""
    if TABLE not in st.session_state:
        run = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
        there = run.task if run else None
        st.session_state[TABLE] = there.table() if isinstance(there, PairsTask) else ""
    table: bytes | str = st.session_state[TABLE]
    return table


def _layout() -> Layout:
    said = st.session_state.get(LAYOUT, {})
    columns = Layout.numbered(said.get("source"), said.get("target"))
    return Layout(said.get("separator"), said.get("header"), columns)


@lru_cache(maxsize=32)
def _read(table: bytes | str, tokens: TokenKind, layout: Layout) -> Table:
    return read_table(table, tokens, layout)


def draw(unfolded: bool) -> None:
    """Draw an expander with the input of the table and what was read from it."""
    with st.expander(t("Your own pairs"), expanded=unfolded):
        st.caption(
            t(
                "A table with a source and a target in each line, as CSV or TSV: {fewest} to {most} pairs of "
                "at most {tokens} tokens each. A first line may name the columns: source and target, or two "
                "languages.",
                fewest=limits.MIN_PAIRS,
                most=f"{limits.MAX_PAIRS:,}",
                tokens=limits.MAX_PAIR_TOKENS,
            )
        )
        left, right = st.columns([2, 3], gap="medium")
        with left:
            _draw_origin()
        with right:
            try:
                _draw_read(_found())
            except InputError as error:
                (st.error if _table() else st.info)(explain(error))
            if _table():
                _draw_layout()


def _draw_origin() -> None:
    titles = {"roman": t("Roman numerals"), "plurals": t("Plurals")}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("Examples:"), width="content")
        for name, title in titles.items():
            st.button(title, key=f"pairs_{name}_button", on_click=_take_example, args=(name,))
    st.file_uploader(
        t("CSV or TSV file, in UTF-8, of at most {limit} kB", limit=limits.MAX_PAIRS_BYTES // 1000),
        key=UPLOADED,
        on_change=_take_upload,
        max_upload_size=-(-limits.MAX_PAIRS_BYTES // 2**20),  # in whole MB
    )
    file = st.session_state.get(UPLOADED)
    if file is not None and not file.size:
        st.warning(t("The file {name} is empty, so the table stays what it was.", name=escaped(file.name)))
    table = _table()
    st.session_state[PASTED] = table if isinstance(table, str) else ""
    st.text_area(t("The table; paste one, or change it here"), key=PASTED, height=180, on_change=_take_pasted)
    kinds = {"character": t("characters"), "word": t("words")}
    st.segmented_control(
        t("A token is one of the"),
        list(kinds),
        key=TrainingPage.tokens.name,
        format_func=kinds.__getitem__,
        required=True,
        help=t(
            "A word that is not in the table cannot be read later; a new word made of known characters can."
        ),
    )


def _take_example(name: str) -> None:
    _take(EXAMPLES[name]())
    TrainingPage.tokens.set("character")


def _take_upload() -> None:
    file = st.session_state.get(UPLOADED)
    if file is None or not file.size:
        return
    data: bytes = file.getvalue()[: limits.MAX_PAIRS_BYTES + 1]
    try:
        _take(decoded(data))
    except InputError:  # reported where the table is read
        _take(data)


def _take(table: bytes | str) -> None:
    """Store a new table, and reset the layout, which belongs to the previous one."""
    st.session_state[TABLE] = table
    st.session_state[LAYOUT] = {}


def _take_pasted() -> None:
    st.session_state[TABLE] = st.session_state[PASTED]


def _draw_layout() -> None:
    """Draw the controls for the table's layout."""
    said = st.session_state.setdefault(LAYOUT, {})
    for name in FIELDS:
        st.session_state[f"pairs_{name}"] = said.get(name)
    separators = {"tab": t("tabs"), "semicolon": t("semicolons"), "comma": t("commas")}
    headers = {True: t("names the columns"), False: t("is a pair")}
    found_out: Any = {"placeholder": t("automatic"), "on_change": _take_layout}
    with st.popover(t("Read the table differently")):
        st.selectbox(
            t("Columns are separated by"), list(MARKS), key="pairs_separator", index=None,
            format_func=separators.__getitem__, **found_out,
        )  # fmt: skip
        st.selectbox(
            t("The first line"), list(headers), key="pairs_header", index=None,
            format_func=headers.__getitem__, **found_out,
        )  # fmt: skip
        left, right = st.columns(2)
        for side, label, name in (
            (left, t("Source column"), "source"),
            (right, t("Target column"), "target"),
        ):
            side.number_input(
                label, 1, limits.MAX_PAIR_COLUMNS, None, key=f"pairs_{name}",
                help=t("Counted from 1; give both"), **found_out,
            )  # fmt: skip


def _take_layout() -> None:
    st.session_state[LAYOUT] = {name: st.session_state.get(f"pairs_{name}") for name in FIELDS}


def _draw_read(table: Table) -> None:
    """Draw counts, remarks on how the table was read, and the pairs."""
    task = table.task
    st.markdown(
        t(
            "{pairs} pairs, {held_out} of them held out: never trained on, only measured. Vocabulary {src} → "
            "{trg} tokens with PAD, SOS and EOS; longest source {longest_src}, longest target {longest_trg}.",
            pairs=f"{len(task.pairs):,}",
            held_out=int(task.held_out.sum()),
            src=len(task.src_vocabulary),
            trg=len(task.trg_vocabulary),
            longest_src=task.max_length,
            longest_trg=task.longest_target,
        )
    )
    st.caption(sentences(*map(explain, table.remarks())))
    if task.unlearnable:
        st.warning(explain(task.unlearnable))
    st.dataframe(
        preview(task), hide_index=True, height=330, key="pairs_preview",
        column_config={
            "line": st.column_config.NumberColumn(t("line"), width="small"),
            "source": t("source"),
            "target": t("target"),
            "tokens": st.column_config.NumberColumn(t("tokens"), width="small"),
            "held_out": st.column_config.CheckboxColumn(t("held out"), width="small"),
        },
    )  # fmt: skip


def preview(task: PairsTask) -> pd.DataFrame:
    """The pairs as they were read, one per row."""
    return pd.DataFrame(
        {
            "line": [pair.line for pair in task.pairs],
            "source": [pair.source for pair in task.pairs],
            "target": [pair.target for pair in task.pairs],
            "tokens": [len(task.tokenize(pair.source)) for pair in task.pairs],
            "held_out": task.held_out,
        }
    )
