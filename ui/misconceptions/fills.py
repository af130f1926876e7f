"""Mistakes about what is written over a masked score."""

from ui.i18n import message
from ui.misconceptions.misconception import Misconception
from ui.pages import BROADCASTING, LABORATORY

FILLS = (
    Misconception(
        "tiny",
        message("1e-20 as a fill value"),
        message("“masked_fill(mask == 0, float(1e-20)) masks: it is printed as 0.”"),
        message("“A score filled with 1e-20 is as good as 0: it masks nothing.”"),
        message("How much attention do the two masked keys still get, of 1 in all?"),
        (
            (message("none"), "leaked < 1e-6"),
            (message("about a tenth"), "0.05 < leaked < 0.2"),
            (message("over a third"), "leaked > 0.33"),
        ),
        ("leaked", "weights[0]"),
        message(
            "1e-20 is a tiny positive number, so the masked score is 0, and exp(0) = 1 is as good as any "
            "other. A key is switched off by a number so negative that exp makes it 0: -inf."
        ),
        ("leaked",),
        page=BROADCASTING,
        query={"fill": "1e-20", "real": "1"},
        at="stretching",
    ),
    Misconception(
        "weak",
        message("-1e4 as a fill value"),
        message("“-1e4 is negative enough, and it fits float16.”"),
        message("“-1e4 may be larger than real scores; -inf never is.”"),
        message("The two kept scores are -30000 and -30001. Who gets the attention?"),
        (
            (message("the kept keys"), "leaked < 0.01"),
            (message("the masked keys, all of it"), "leaked > 0.99"),
        ),
        ("weights", "leaked"),
        message(
            "Softmax does not know which scores are masked, it only compares them: -10000 is larger than "
            "-30000."
        ),
        ("weights",),
        page=LABORATORY,
        query={"lab_section": "fill"},
        at="fill_values",
    ),
    Misconception(
        "overflow",
        message("-1e20 in float16"),
        message("“masked_fill(..., -1e20) works in every precision.”"),
        message("“masked_fill(..., -1e20) raises an error in float16.”"),
        message("What does PyTorch do?"),
        (
            (
                message("it writes the most negative number there is"),
                "error == '' and masked.isfinite().all()",
            ),
            (message("it writes -inf"), "error == '' and not masked.isfinite().all()"),
            (message("it raises an error"), "error != ''"),
        ),
        ("torch.finfo(torch.float16).min",),
        message(
            "float16 ends at -65504. `torch.finfo(dtype).min` fits every type, -inf exists in all of them."
        ),
        ("masked",),
        page=LABORATORY,
        query={"lab_section": "fill"},
        at="fill_values",
    ),
    Misconception(
        "twice",
        message("Two masks of finfo.min, added"),
        message("“Padding and causal mask as floats of `finfo.min`: just add both.”"),
        message("“Two masks of `finfo.min` are not to be added: combine booleans with &, then fill once.”"),
        message("Row 0 may see only key 0, and key 0 is padding. What are its weights?"),
        (
            (message("zeros"), "(first == 0).all()"),
            (message("NaN"), "first.isnan().any()"),
            (message("all on keys that are masked"), "first[:2].sum() > 0.99 or first.sum() > 0.99"),
        ),
        ("causal + padding", "weights"),
        message(
            "Where both masks forbid a key, the sum overflows to -inf; where only one does, it stays "
            "finite. The attention of the row then goes to keys that are forbidden. Combine boolean masks "
            "with `&`, fill once, and decide what a row without any key gives."
        ),
        ("weights[0, 0]",),
        page=LABORATORY,
        query={"lab_section": "fill"},
        at="fill_values",
    ),
    Misconception(
        "whole",
        message("Whole-number scores"),
        message("“The example's scores are integers, 10 to 99: just take softmax.”"),
        message("“Scores that are whole numbers need `.float()` before softmax.”"),
        message("What does softmax do with int64?"),
        (
            (message("it gives probabilities"), "error == ''"),
            (message("it raises an error"), "error != ''"),
        ),
        ("scores.dtype",),
        message(
            "`.float()` first. And scores that far apart saturate: one weight is 1, the others 0, which "
            "hides any leak. Scaled down they show it."
        ),
        ("weights", "scaled"),
        page=BROADCASTING,
        query={"from": "broken", "case": "float"},
        at="broken_case",
    ),
    Misconception(
        "empty_rows",
        message("Rows with every key masked"),
        message("“A row without any key gets weights of 0, of course.”"),
        message("“A row without any key gives NaN unless there is a rule for it.”"),
        message("What are the weights of the second row?"),
        (
            (message("zeros"), "(weights[1] == 0).all()"),
            (message("a third each"), "weights[1].sum() > 0.99"),
            (message("NaN"), "weights[1].isnan().all()"),
        ),
        ("weights", "values.grad"),
        message(
            "Softmax divides by the sum of the exponentials, and that is 0: 0 / 0 is NaN, in the gradient "
            "too, and one NaN spreads through the model. Such rows need a rule of their own; here they give "
            "zeros."
        ),
        ("weights", "values.grad"),
        page=LABORATORY,
        query={"lab_section": "fill"},
        at="empty_query",
    ),
)
"""Fill values that are wrong in size or type, and rows without any key."""
