"""Models that a file may hold though no training here makes them: the pages say what comes of them."""

import pytest
import torch

from tests.pages.conftest import PAGES
from transformer import TransformerConfig, build_model, save_checkpoint
from transformer.runs import CHECKPOINT
from transformer.tasks import TASKS

VIEWS = [
    *((page, {}) for page in PAGES if page != "decoding"),
    *(
        ("decoding", {"section": section})
        for section in ("walk", "strategies", "teacher", "what_if", "cache")
    ),
    *(("inside", {"inside": name}) for name in ("serial", "batch")),
    *(("laboratory", {"lab_section": name}) for name in ("leak", "fill", "conventions", "padding")),
    *(("encoding", {"pe_section": name}) for name in ("hand", "why", "model", "kinds")),
]
SMALLEST = {"embed_dim": 1, "heads": 1, "num_layers": 1, "feed_forward_dim": 1}
MODELS = {
    "nan": ({"embed_dim": 8, "heads": 2, "num_layers": 1, "feed_forward_dim": 16}, float("nan")),
    "huge": ({"embed_dim": 8, "heads": 2, "num_layers": 1, "feed_forward_dim": 16}, 3e38),
    "zero": ({"embed_dim": 8, "heads": 2, "num_layers": 1, "feed_forward_dim": 16}, 0.0),
    "smallest": ({**SMALLEST, "max_len": 4}, None),
    "without positions": ({**SMALLEST, "embed_dim": 3, "positions": "none"}, None),
    "heads of one number": ({"embed_dim": 16, "heads": 16, "num_layers": 2, "feed_forward_dim": 4}, None),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("page", "query"), VIEWS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_strange_model_brings_no_page_down(open_page, tmp_path, page, query, model):
    sizes, weight = MODELS[model]
    task = TASKS["sort"]
    torch.manual_seed(0)
    config = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary), trg_vocab_size=len(task.trg_vocabulary), **sizes
    )
    made = build_model(config)
    if weight is not None:
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.fill_(weight)
    folder = tmp_path / "runs" / "strange"
    folder.mkdir(parents=True)
    save_checkpoint(folder / CHECKPOINT, made, task, {})
    app = open_page(page, model="run:strange", **query)
    assert not app.exception
    assert app.session_state["model"] == "run:strange"
