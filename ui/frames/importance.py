"""Every head switched off in turn, as a table of layers and heads for each attention."""

from typing import Any

from transformer import TransformerConfig
from transformer.experiments.importance import Importance
from ui.attention_titles import titles
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale, TensorView


def frame(found: Importance, config: TransformerConfig, *, right: bool) -> Frame:
    """The answer's probability with each head off, and whether the model still writes it.

    `right` says whether the answer is the right one; otherwise it is what the model writes by itself.
    """
    labels: Any = {
        "row_labels": tuple(t("layer {n}", n=layer) for layer in range(config.num_layers)),
        "column_labels": tuple(t("head {n}", n=head) for head in range(config.heads)),
        "panel_labels": ((), tuple(titles().values())),
        "axis_names": (t("attention"), t("layer"), t("head")),
    }
    name = t("probability of the right answer") if right else t("probability of the model's own answer")
    lost = int((~found.still_written).sum())
    return Frame(
        "",
        tensors=(
            TensorView(name, found.probability.numpy(), Scale.unit(), **labels),
            TensorView(
                t("still written"),
                found.still_written.numpy(),
                Scale.boolean(),
                truth=t("True: still written"),
                **labels,
            ),
        ),
        caption=t(
            "With all heads on, the answer has probability {whole}. Each cell is for one head off: the "
            "answer's probability, and whether the model still writes it. For {lost} of {count} heads it "
            "does not.",
            whole=figure(found.whole, ".1%"),
            lost=lost,
            count=found.still_written.numel(),
        ),
    )
