"""One's own pairs: bring a table, see how it is read, and train on it."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from transformer import InputError, limits
from transformer.tasks import PAIRS, PairsTask, TokenKind, read_pairs, token_kind
from ui.i18n import escaped, explain, t
from ui.state import TrainingPage
from ui.training import shown
from ui.training.pairs_examples import EXAMPLES

TABLE = "pairs_table"
"""Session state: the table as it was uploaded or pasted. It is data, so it is not in the address."""

UPLOADED, PASTED = "pairs_uploaded", "pairs_pasted"
"""Keys of the widgets, whose values Streamlit forgets when another page is shown."""


def are_chosen() -> bool:
    """Whether the next run is to train on one's own pairs."""
    return TrainingPage.task.value == PAIRS


def task() -> PairsTask:
    """What the table describes. Raises `InputError` if there is none, or none that can be used."""
    table = _table()
    if not table.strip():
        raise InputError("There are no pairs yet: upload a table, paste one, or take an example.")
    return _read(table, token_kind(TrainingPage.tokens.value))


def _table() -> bytes | str:
    """What was brought. A page that was reloaded begins with the table of the run on its charts."""
    if TABLE not in st.session_state:
        run = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
        there = run.task if run else None
        st.session_state[TABLE] = there.table() if isinstance(there, PairsTask) else ""
    table: bytes | str = st.session_state[TABLE]
    return table


@lru_cache(maxsize=32)
def _read(table: bytes | str, tokens: TokenKind) -> PairsTask:
    return read_pairs(table, tokens)


def draw(unfolded: bool) -> None:
    """Where the table comes from, and what is read from it; folded away while a run is on the charts."""
    with st.expander(t("Your own pairs"), expanded=unfolded):
        st.caption(
            t(
                "A table with a source and a target in each line, as CSV or TSV: {fewest} to {most} pairs of "
                "at most {tokens} tokens each. A first line may name the two columns source and target.",
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
                _draw_read(task())
            except InputError as error:
                (st.error if _table() else st.info)(explain(error))


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
    st.session_state[TABLE] = EXAMPLES[name]()
    TrainingPage.tokens.set("character")


def _take_upload() -> None:
    file = st.session_state.get(UPLOADED)
    if file is None or not file.size:
        return
    data: bytes = file.getvalue()
    try:
        st.session_state[TABLE] = data[: limits.MAX_PAIRS_BYTES + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[TABLE] = data[: limits.MAX_PAIRS_BYTES + 1]


def _take_pasted() -> None:
    st.session_state[TABLE] = st.session_state[PASTED]


def _draw_read(task: PairsTask) -> None:
    """Counts, and the pairs as they were understood."""
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
    """The pairs as they were understood, one a row."""
    return pd.DataFrame(
        {
            "line": [pair.line for pair in task.pairs],
            "source": [pair.source for pair in task.pairs],
            "target": [pair.target for pair in task.pairs],
            "tokens": [len(task.tokenize(pair.source)) for pair in task.pairs],
            "held_out": task.held_out,
        }
    )
