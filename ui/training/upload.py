"""Upload of a checkpoint file, which is stored beside the runs and can be used on all pages."""

import streamlit as st

from transformer import InputError, limits
from transformer.learning.checkpoint import read_checkpoint, write_atomically
from transformer.learning.folder import CHECKPOINT, write_about
from transformer.learning.runs import new_folder
from ui import models
from ui.i18n import explain, one_line, t
from ui.jobs import with_free_name
from ui.ownership import about_mine

FIELD = "training_upload"
"""Prefix of the upload field's key; the count of uploads follows, so that a new key empties the field."""

COUNT = "training_upload_count"


def draw() -> None:
    """Draw the field. A valid file becomes the current model at once; an invalid one gives an error."""
    count = st.session_state.setdefault(COUNT, 0)
    given = st.file_uploader(
        t(
            "Upload a checkpoint (.safetensors) of at most {limit} MB, to use it on all pages",
            limit=limits.MAX_UPLOAD_BYTES // 2**20,
        ),
        key=f"{FIELD}_{count}",
        max_upload_size=limits.MAX_UPLOAD_BYTES // 2**20,
    )
    if given is None:
        return
    try:
        name = keep(given.name, given.getvalue())
    except InputError as error:
        st.error(explain(error))
        return
    models.use_run_next(name)
    st.session_state[COUNT] = count + 1
    st.rerun()


def keep(file_name: str, data: bytes) -> str:
    """Write an uploaded checkpoint into a new folder; return the folder's name.

    The file's name becomes the title, but not part of a path. Raises `InputError` if `data` is no checkpoint.
    """
    read_checkpoint(data)
    words = one_line(file_name)[: limits.MAX_TITLE]

    def write(name: str) -> str:
        with new_folder(models.RUNS, name) as folder:
            write_about(folder, {**about_mine(), models.TITLE: words})
            write_atomically(folder / CHECKPOINT, data)
        return folder.name

    return with_free_name("upload", write)
