"""What the probe found in the current model: the results as rows, and a matrix for each place of a check."""

import re
from copy import deepcopy
from dataclasses import replace

import numpy as np

from transformer import Transformer
from transformer.probe import Result, own
from transformer.probe.bench import Bench
from transformer.probe.comparing import Place
from transformer.probe.result import CheckName
from transformer.probe.run import results
from ui.frames.laboratory import written
from ui.i18n import t
from ui.remembered import remembered
from ui.tensor_grid import Frame, Scale, TensorView

CHECKED: tuple[CheckName, ...] = (
    "future",
    "pad content",
    "pad length",
    "batch neighbour",
    "cache",
    "empty rows",
)
"""Checks that take a second or two together; training on noise takes longer."""

LANDMARK = re.compile(r"(embed|position|attention|layers\.\d+|logits)$")
"""The places that are shown of this project's model: what attention and each layer hand on."""

Row = dict[str, object]


def check_title(check: str) -> str:
    """A check in words."""
    return {
        "future": t("later tokens"),
        "pad content": t("what stands at a PAD"),
        "pad length": t("how many PADs follow"),
        "batch neighbour": t("the others in the batch"),
        "cache": t("cache against one pass"),
        "empty rows": t("NaN and infinity"),
    }[check]


@remembered
def probed(model: Transformer) -> tuple[Result, ...]:
    """The results of all checks, with the matrices of all places.

    Of a copy: the probe listens to a model and moves its weights, and others compute with this one meanwhile.
    """
    subject = replace(own(deepcopy(model)), src_length=7, trg_length=6)
    bench = Bench.of(subject)
    return tuple(results(replace(bench, matrices=True, training=False), CHECKED))


def rows(found: tuple[Result, ...]) -> list[Row]:
    """As a table."""
    return [
        {
            t("check"): check_title(result.check),
            t("of"): {"src": t("source"), "trg": t("target")}.get(result.stream, ""),
            t("verdict"): verdict_title(result.verdict),
            t("largest difference"): written(result.largest),
            t("allowed"): written(result.bound),
            t("begins in"): result.place or "–",
        }
        for result in found
    ]


def verdict_title(verdict: str) -> str:
    """A verdict in words."""
    return {"ok": t("right"), "fault": t("leaks"), "noted": t("differs"), "not run": t("not run")}[verdict]


def place_frames(found: tuple[Result, ...], check: str) -> list[Frame]:
    """A matrix for each place of a check: of its first result that has a fault, or of its first."""
    of_check = [result for result in found if result.check == check]
    shown = next((result for result in of_check if result.verdict == "fault"), of_check[0])
    return [_frame(shown, place) for place in shown.places if LANDMARK.search(place.name)]


def _frame(result: Result, place: Place) -> Frame:
    differences = place.differences.numpy()
    finite = differences[np.isfinite(differences)]
    sentences = result.axis == "sentence"
    return Frame(
        place.name,
        (
            TensorView(
                t("largest difference"),
                differences,
                Scale("sequential", 0.0, float(finite.max(initial=0.0)) or 1.0),
                masked=~place.must_not.numpy(),
                axis_names=(t("sentence changed"), t("sentence affected"))
                if sentences
                else (t("position changed"), t("position affected")),
                hatched=t("may notice"),
            ),
        ),
        caption=t(
            "Where nothing may be noticed, the largest difference is {largest}.",
            largest=written(place.largest),
        ),
    )
