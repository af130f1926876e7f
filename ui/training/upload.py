"""A checkpoint from a file of one's own, kept beside the runs, to be used on all pages."""

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
"""Key of the field for the file, with the count of uploads so far: a new key empties it."""

COUNT = "training_upload_count"


def draw() -> None:
    """The field; a good file becomes a model at once, a bad one gets a sentence."""
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
    """Write an uploaded checkpoint into a folder of its own and give the folder's name.

    The file's name becomes its title, and no part of a path. Raises `InputError` for what is no checkpoint.
    """
    read_checkpoint(data)
    words = one_line(file_name)[: limits.MAX_TITLE]

    def write(name: str) -> str:
        with new_folder(models.RUNS, name) as folder:
            write_about(folder, {**about_mine(), models.TITLE: words})
            write_atomically(folder / CHECKPOINT, data)
        return folder.name

    return with_free_name("upload", write)
