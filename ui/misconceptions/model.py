"""Mistakes about what the parts of the model do."""

from ui.cosine import about_cosine
from ui.i18n import message
from ui.misconceptions.misconception import Misconception
from ui.pages import ENCODING, INSIDE

MODEL = (
    Misconception(
        "codes",
        message("The codes of positions 3 and 4"),
        message("“For D = 4 the codes of positions 3 and 4 go on like the ones before.”"),
        message("“For D = 4 the code of position 4 begins with a number below 0.”"),
        message("sin rises from position 0 to 1 and 2 (0, 0.84, 0.91). Where is it at position 4?"),
        (
            (message("close to 1"), "fourth[0] > 0.5"),
            (message("close to 0"), "-0.3 < fourth[0] < 0.3"),
            (message("well below 0"), "fourth[0] < -0.5"),
        ),
        ("third", "fourth"),
        message("The first pair turns by 1 radian a position: after 3.14 positions the sine is negative."),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="notes_slip",
    ),
    Misconception(
        "cosine",
        message("cos(0.01) to five digits"),
        message("“PE(1) for D = 4 is [0.8415, 0.5403, 0.01, 0.9999].”"),
        message("“PE(1) for D = 4 is [0.8415, 0.5403, 0.01, 0.99995].”"),
        message("To five digits, what is the last number?"),
        (
            ("0.99990", "abs(last - 0.9999) < 5e-6"),
            ("0.99995", "abs(last - 0.99995) < 5e-6"),
            ("1.00000", "abs(last - 1) < 5e-6"),
        ),
        ("last",),
        about_cosine()
        + "\n\n"
        + message("It matters where codes are compared: slow dimensions differ in exactly these digits."),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="notes_slip",
    ),
    Misconception(
        "layer_norm",
        message("LayerNorm of three numbers"),
        message("“LayerNorm of [0.1, -0.5, 0.9] is about [-0.1, -1.0, 1.1].”"),
        message("“LayerNorm of [0.1, -0.5, 0.9] is about [-0.12, -1.16, 1.28].”"),
        message("Which of the three numbers below is its last?"),
        (
            ("1.1000", "abs(y[2] - 1.1) < 0.01"),
            ("1.2787", "abs(y[2] - 1.2787) < 0.001"),
            ("1.0000", "abs(y[2] - 1) < 0.01"),
        ),
        ("y", "y.mean()", "y.var(unbiased=False)"),
        message("Minus the mean 0.1667, divided by 0.5735, the root of the biased variance plus 1e-5."),
        ("by_hand",),
        page=INSIDE,
        query={"part": "encoder.0.norm1", "part_step": "by_hand"},
        at="part_lesson",
    ),
    Misconception(
        "probability",
        message("What the decoder returns"),
        message("“The model returns the probability of every word.”"),
        message("“The model returns logits; softmax makes probabilities of them.”"),
        message("Do the outputs for one place add up to 1?"),
        (
            (message("yes"), "abs(total - 1) < 0.01"),
            (message("no, and some are negative"), "output.min() < 0"),
        ),
        ("output", "total"),
        message(
            "They are logits. Softmax makes probabilities of them; cross-entropy does so itself, and would "
            "be wrong if it were given probabilities."
        ),
        ("probabilities.sum()", "probabilities.max()"),
        page=INSIDE,
        query={"part": "decoder.logits"},
        at="part_lesson",
    ),
    Misconception(
        "pad_embedding",
        message("The vector of PAD"),
        message("“`padding_idx=0` keeps PAD's embedding at zero, so padding has no effect.”"),
        message("“With a position added PAD's vector is not zero: only the mask removes it.”"),
        message("The last PAD, as it enters the first layer: how long is its vector?"),
        (
            ("0", "length == 0"),
            (message("not 0"), "length > 0"),
        ),
        ("embedded.norm()", "length"),
        message(
            "The positional encoding is added to PAD too. Only the mask keeps others from attending to it."
        ),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="pad_embedding",
    ),
    Misconception(
        "one_projection",
        message("One D x D projection or H small ones"),
        message("“One D x D projection is more expressive than one D x Dh for each head.”"),
        message("“One D x D projection is H projections of D x Dh, side by side.”"),
        message("The same numbers, once as one matrix and once as four. How far apart are the results?"),
        (
            (message("equal, but for rounding"), "difference < 1e-5"),
            (message("clearly different"), "difference >= 1e-5"),
        ),
        ("difference",),
        message(
            "It is the H projections, side by side: the same family of functions, one product instead of H."
        ),
        page=INSIDE,
        query={"part": "encoder.0.self_attention", "part_step": "query"},
        at="square",
    ),
    Misconception(
        "first_axis",
        message("The first axis"),
        message("“PyTorch treats the first axis as the batch, so torch.mean(x) gives a mean per example.”"),
        message("“torch.mean(x) reduces over all axes unless it is given `dim`.”"),
        message("What is the shape of the result?"),
        (
            ("[3]", "mean.shape == (3,)"),
            ("[4]", "mean.shape == (4,)"),
            ("[]", "mean.shape == ()"),
        ),
        ("mean", "mean.shape"),
        message(
            "Reductions run over everything unless `dim` names an axis. Modules such as nn.Linear treat all "
            "leading axes as batch, not only the first."
        ),
        ("per_example",),
        page=INSIDE,
        query={"inside": "batch"},
        at="batch_axis",
    ),
)
"""Positions, norms, heads, padding, outputs."""
