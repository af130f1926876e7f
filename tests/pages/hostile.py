"""Models with the worst weights that training can give, and all views of a model.

One session opens all of them: the address chooses what a page shows, as a link does.
"""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import torch
from streamlit.testing.v1 import AppTest

from tests.messages import ROOT
from tests.pages.conftest import PAGES
from transformer import Transformer, TransformerConfig, build_model
from transformer.model.config import Mistake, Positions
from transformer.tasks import TASKS, Task, read_pairs

Query = dict[str, str]

SMALL: dict[str, Any] = {"embed_dim": 8, "heads": 2, "num_layers": 2, "feed_forward_dim": 16}
ONE: dict[str, Any] = {"embed_dim": 1, "heads": 1, "num_layers": 1, "feed_forward_dim": 1}
LAYER_PARTS = {
    "encoder": ("self_attention", "norm1", "feed_forward", "norm2"),
    "decoder": ("self_attention", "norm", "cross_attention", "norm1", "feed_forward", "norm2"),
}
PARTS = [
    "src", "trg", *(f"{stack}.{name}" for stack in LAYER_PARTS for name in ("embedding", "position")),
    *(f"{stack}.0.{name}" for stack, names in LAYER_PARTS.items() for name in names),
    "encoder.output", "decoder.logits", "probabilities",
]  # fmt: skip
"""Parts of a post-norm model; a pre-norm one has the residual sums and two last norms, too."""
PRE_NORM_PARTS = ["encoder.0.residual1", "decoder.0.residual2", "encoder.norm", "decoder.norm"]

BOXES = ("source", "program", "codes_before_and_after", "astray")
"""Folded boxes, which are closed until somebody opens them."""


def views(config: TransformerConfig) -> list[tuple[str, Query]]:
    """Every page with every section that shows something of a model: (page, its settings)."""
    more = PRE_NORM_PARTS if config.norm == "pre" else []
    every: dict[str, list[Query]] = {
        "home": [{}],
        "inside": [
            *({"part": part, "part_layer": str(config.num_layers - 1)} for part in [*PARTS, *more]),
            *({"inside": section} for section in ("serial", "batch")),
        ],
        "broadcasting": [
            {"from": "model", "attention": attention} for attention in ("encoder", "self", "cross")
        ],
        "laboratory": [
            *({"lab_section": name} for name in ("effect", "leak", "fill", "conventions", "padding")),
            *({"lab_attention": name, "lab_mask": "none"} for name in ("encoder", "self")),
            {"lab_attention": "encoder", "lab_rows": "1", "lab_plain": "1"},
        ],
        "encoding": [
            *({"pe_section": name} for name in ("hand", "why", "model", "kinds")),
            *({"pe_section": "relative", "pe_scheme": scheme} for scheme in ("rotary", "alibi")),
        ],
        "training": [{"run": "run:hostile"}, {"run": "run:hostile", "train_look": "embed"}],
        "decoding": [
            *(
                {"section": name}
                for name in ("walk", "strategies", "teacher", "what_if", "cache", "accuracy")
            ),
            {"section": "walk", "choice": "sample", "top_p": "0.9"},
            {"section": "walk", "show": "all"},
        ],
        "mistakes": [{}],
    }
    return [(page, query) for page, queries in every.items() for query in queries]


def spoiled(spoil: Callable[[Transformer], None], **config: Any) -> Callable[[Task], Transformer]:
    """A model whose weights were changed by `spoil`."""

    def make(task: Task) -> Transformer:
        torch.manual_seed(0)
        sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
        model = build_model(TransformerConfig(**{**SMALL, **config, **sizes}))
        with torch.no_grad():
            spoil(model)
        return model

    return make


def times(factor: float) -> Callable[[Transformer], None]:
    """Multiplies all weights by a factor."""

    def spoil(model: Transformer) -> None:
        for weight in model.parameters():
            weight *= factor

    return spoil


def filled(value: float, *names: str) -> Callable[[Transformer], None]:
    """Fills the named tensors, or all if none is named, with one value."""

    def spoil(model: Transformer) -> None:
        for name, weight in model.named_parameters():
            if name in names or not names:
                weight.fill_(value)

    return spoil


def element(value: float, name: str) -> Callable[[Transformer], None]:
    """Changes one number of one tensor."""

    def spoil(model: Transformer) -> None:
        model.get_parameter(name).view(-1)[-1] = value

    return spoil


def untouched(model: Transformer) -> None:
    """Changes nothing."""


QUERY, EMBED = "encoder.layers.0.attention.fc_q.weight", "decoder.embed.weight"
NAN, INF = float("nan"), float("inf")
PAIRS = read_pairs("".join(f"w{n} x\ty{n}\n" for n in range(9)).encode(), "word")

MODELS: dict[str, tuple[Task, Callable[[Task], Transformer]]] = {
    "energies in the hundreds": (TASKS["sort"], spoiled(times(20))),
    "energies in the millions": (TASKS["reverse"], spoiled(times(1e4))),
    "sums that overflow": (TASKS["sort"], spoiled(times(1e30))),
    "nan": (TASKS["sort"], spoiled(filled(NAN))),
    "nan in one tensor": (TASKS["sort"], spoiled(filled(NAN, QUERY))),
    "nan in one number": (TASKS["dates"], spoiled(element(NAN, EMBED))),
    "infinite": (TASKS["sort"], spoiled(filled(INF))),
    "infinite in one tensor": (TASKS["words"], spoiled(filled(-INF, EMBED))),
    "infinite in one number": (TASKS["sort"], spoiled(element(INF, QUERY), norm="pre")),
    "zero": (TASKS["sort"], spoiled(filled(0.0))),
    "all sizes one": (TASKS["sort"], spoiled(untouched, **ONE, max_len=4)),
    "two wide": (TASKS["copy"], spoiled(untouched, **{**ONE, "embed_dim": 2}, positions="learned")),
    "heads of one number": (TASKS["sort"], spoiled(untouched, embed_dim=16, heads=16, positions="alibi")),
    "own pairs": (PAIRS, spoiled(untouched, positions="rotary", norm="pre")),
    "without positions": (TASKS["reverse"], spoiled(times(20), positions="none", norm="pre")),
    **{
        mistake: (TASKS["sort"], spoiled(times(20), mistake=mistake, num_layers=1))
        for mistake in get_args(Mistake)[1:]
    },
    **{
        f"large, {positions}": (TASKS["reverse"], spoiled(times(100), positions=positions, num_layers=1))
        for positions in get_args(Positions)[1:4]
    },
}


class Visitor:
    """One session that opens views one after the other, as links would."""

    def __init__(self) -> None:
        """Begins at the home page."""
        self.app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
        self.app.run()

    def open(self, page: str, **query: str) -> AppTest:
        """Open the view of an address, with its folded boxes open."""
        state = self.app.session_state
        for key in ("page_entered", "settings_of_other_pages"):
            if key in state:
                del state[key]
        self.app.query_params.clear()
        for key, value in query.items():
            self.app.query_params[key] = value
        for box in BOXES:
            state[box] = True
        return self.app.switch_page(PAGES[page]).run()


def words_of(app: AppTest) -> Iterator[str]:
    """Every sentence, label and value on a page, without code."""
    for kind in ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success"):
        yield from (element.value for element in app.get(kind) if element.value)
    yield from (f"{metric.label} {metric.value}" for metric in app.metric)
