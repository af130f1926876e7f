"""Check a mask: the user's own mask, causal masks with a cache, and a probe of the current model."""

from transformer.probe import content_checks, mask_reading, noise
from ui import check_mask
from ui.i18n import t
from ui.layout import notice, part, section_head, show_source

section = section_head(check_mask.SECTIONS)

part(section)
notice(
    t("A boolean mask alone does not tell whether True keeps or drops, nor whether a row is a query."),
    t("In scaled_dot_product_attention True keeps, in nn.MultiheadAttention it drops; floats are added."),
    t("For a model of your own: `python -m transformer.probe package.module:make_model --html report.html`"),
)
show_source(
    mask_reading.readings, mask_reading.facts, mask_reading.conversions, content_checks.future, noise.Noise
)
