"""Mask laboratory: replace a mask in the running model, and see the effect."""

from transformer import Checkpoint, limits
from transformer.experiments import leak_probe, mask_interventions, torch_masks
from transformer.model import masks
from ui import inputs, laboratory, models
from ui.cells import write_cells
from ui.frames.laboratory import Bench, read_batch, set_up
from ui.i18n import t
from ui.layout import Suggestion, controls, explained, notice, part, section_head, show_source, try_this
from ui.sections import drawing
from ui.state import Laboratory

section = section_head(
    {
        "effect": "ui.laboratory.sections:effect",
        "leak": "ui.laboratory.sections:leak",
        "fill": "ui.laboratory.sections:fill",
        "conventions": "ui.laboratory.sections:conventions",
        "padding": "ui.laboratory.sections:padding",
    }
)


def draw(section: str) -> None:
    """Draw the row of controls, and the chosen section."""
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Laboratory.text)
    with controls():
        laboratory.inputs_and_site(checkpoint)
        laboratory.mask_controls(checkpoint.model.config.mistake)
    with explained():
        bench = set_up_bench(checkpoint)
        drawing(section)(bench)
        inputs.remark_unanswered(checkpoint, bench.batch.src)


def set_up_bench(checkpoint: Checkpoint) -> Bench:
    """Run the experiment that the controls and clicks describe. Raises `InputError` for an unusable input."""
    site = laboratory.site()
    batch = read_batch(checkpoint, Laboratory.text.value)
    choice = laboratory.mask_choice(batch, site)
    laboratory.remember()
    return set_up(checkpoint, batch, site, choice, Laboratory.step.value)


part(draw, section)
notice(
    t("The mask acts on scores before softmax: a forbidden score becomes -inf, and its weight exactly 0."),
    t("Rows are queries, columns are keys. The padding mask has the same columns blanked in every row."),
    t("In this model a row that may look at nothing gets zeros. A plain softmax gives NaN."),
)
try_this(
    Suggestion(
        t("In cross-attention click a digit above its column: the decoder cannot see that token any more."),
        {
            Laboratory.section: "effect",
            Laboratory.attention: "cross",
            Laboratory.cells: write_cells([(0, row, 3) for row in range(limits.MAX_SOURCE_TOKENS)]),
        },
    ),
    Suggestion(
        t("Turn on “I got the polarity wrong”: all attention goes to what the mask forbids."),
        {Laboratory.section: "effect", Laboratory.inverted: True},
    ),
    Suggestion(
        t("Choose decoder self-attention and the mask “none”: with the right answer given, the logits copy "
          "the future; while writing freely there is no future to copy."),
        {Laboratory.section: "effect", Laboratory.attention: "self", Laboratory.mask: "none"},
    ),
    Suggestion(
        t("In encoder self-attention turn on “Mask PAD rows too” and “Plain softmax”: NaN takes the answer "
          "to each input that has a PAD, and only these."),
        {
            Laboratory.section: "effect",
            Laboratory.attention: "encoder",
            Laboratory.rows: True,
            Laboratory.plain: True,
        },
    ),
)  # fmt: skip
show_source(
    masks.padding_mask,
    masks.causal_mask,
    mask_interventions.sliding_window_mask,
    mask_interventions.Intervention,
    leak_probe.probe_leak,
    torch_masks.try_fill,
    torch_masks.check_mha,
)
