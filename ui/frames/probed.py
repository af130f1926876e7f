"""What the probe found in the current model: the results as rows, and a matrix for each place of a check."""

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

from transformer import Transformer
from transformer.probe import Result, own
from transformer.probe.bench import Bench
from transformer.probe.comparing import Place
from transformer.probe.html import view
from transformer.probe.result import CheckName
from transformer.probe.run import results
from ui.frames.laboratory import written
from ui.frames.laboratory_effect import place_name
from ui.i18n import explain, t
from ui.remembered import remembered
from ui.tensor_grid import Frame

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
"""The places of this project's model that are shown: embeddings, positions, attentions, layers, logits."""

LAYER = re.compile(r"(encoder|decoder)\.layers\.(\d+)(\.transformer_block)?(\.attention)?")

Row = dict[str, object]


def check_title(check: str) -> str:
    """A check in words."""
    return {
        "future": t("later tokens"),
        "pad content": t("what stands at a PAD"),
        "pad length": t("more PADs"),
        "batch neighbour": t("the others in the batch"),
        "cache": t("the cache"),
        "empty rows": t("NaN and infinity"),
    }[check]


def module_title(name: str) -> str:
    """A module of this project's model in words; one inside an attention by its name in Python."""
    if found := LAYER.fullmatch(name):
        side, layer, block, attention = found.groups()
        part = "cross_attention" if block else "self_attention"
        return place_name(f"{side}.{layer}.{part if attention else 'end'}")
    return {
        "encoder.embed": t("encoder, embedding"),
        "encoder.position": t("encoder, positions added"),
        "decoder.embed": t("decoder, embedding"),
        "decoder.position": t("decoder, positions added"),
        "logits": t("logits"),
    }.get(name, name)


@remembered
def probed(model: Transformer) -> tuple[Result, ...]:
    """The results of the checks in `CHECKED`, with the matrices of all places.

    Probes a copy of the model: the probe adds hooks and changes weights, while other sessions compute with
    the original.
    """
    subject = replace(own(deepcopy(model)), src_length=8, trg_length=6)
    bench = Bench.of(subject)
    return tuple(results(replace(bench, matrices=True, training=False), CHECKED))


def rows(found: tuple[Result, ...]) -> list[Row]:
    """Rows of a table: the worst result of each check."""
    return [
        {
            t("check"): _checked(result),
            t("verdict"): verdict_title(result.verdict),
            t("largest difference"): written(result.largest),
            t("allowed"): written(result.bound),
            t("begins in"): module_title(result.place) if result.place else "–",
        }
        for result in _worst(found)
    ]


def _checked(result: Result) -> str:
    """The title of a check, with source or target if it has a result for each."""
    title = check_title(result.check)
    if not result.stream:
        return title
    side = t("source") if result.stream == "src" else t("target")
    return t("{check}, {side}", check=title, side=side)


def _worst(found: Iterable[Result]) -> list[Result]:
    """One result of each check and stream: a fault if there is one, else that with the largest difference."""
    worst: dict[tuple[str, str], Result] = {}
    for result in sorted(found, key=lambda one: (one.verdict == "fault", one.largest)):
        worst[result.check, result.stream] = result
    return [worst[key] for key in dict.fromkeys((one.check, one.stream) for one in found)]


def marks(found: tuple[Result, ...]) -> dict[str, str]:
    """✗ for each check that found a fault, ✓ for each other one."""
    wrong = {result.check for result in found if result.verdict == "fault"}
    return {result.check: "✗" if result.check in wrong else "✓" for result in found}


def verdict_title(verdict: str) -> str:
    """A verdict in words."""
    titles = {"ok": t("✓ right"), "fault": t("✗ wrong"), "noted": t("differs"), "not run": t("not run")}
    return titles[verdict]


def place_frames(found: tuple[Result, ...], check: str) -> tuple[list[Frame], int]:
    """A frame for each place of a check, and the index of the frame at which the fault begins.

    Of the results for source and target, the worse one is shown. Without a fault the index is the last.
    """
    shown = max(
        (one for one in _worst(found) if one.check == check),
        key=lambda one: (one.verdict == "fault", one.largest),
    )
    places = [place for place in shown.places if LANDMARK.search(place.name)]
    begins = [number for number, place in enumerate(places) if place.name == shown.place]
    return [_frame(shown, place) for place in places], begins[0] if begins else len(places) - 1


def _frame(result: Result, place: Place) -> Frame:
    axes = t("position changed"), t("position affected")
    if result.axis == "sentence":
        axes = t("sentence changed"), t("sentence affected")
    if result.check == "pad length":
        axes = t("PADs added"), axes[1]
    return Frame(
        module_title(place.name),
        (view(place, t("largest difference"), axes, t("may be affected")),),
        caption=t(
            "{verdict}: {what}. Here by up to {largest}.",
            verdict=verdict_title(result.verdict),
            what=explain(result.says),
            largest=written(place.largest),
        ),
    )
