"""Mistakes about what the parts of the model do."""

from ui.cosine import about_cosine
from ui.i18n import t
from ui.misconceptions.misconception import Misconception
from ui.pages import ENCODING, INSIDE


def misconceptions() -> list[Misconception]:
    """Positions, norms, heads, padding, outputs."""
    return [
        _codes(),
        _cosine(),
        _layer_norm(),
        _probability(),
        _pad_embedding(),
        _one_projection(),
        _first_axis(),
    ]


def _codes() -> Misconception:
    return Misconception(
        "codes",
        t("The codes of positions 3 and 4"),
        t("“For D = 4 the codes of positions 3 and 4 go on like the ones before.”"),
        t("“For D = 4 the code of position 4 begins with a number below 0.”"),
        t("sin rises from position 0 to 1 and 2 (0, 0.84, 0.91). Where is it at position 4?"),
        (
            (t("close to 1"), "fourth[0] > 0.5"),
            (t("close to 0"), "-0.3 < fourth[0] < 0.3"),
            (t("well below 0"), "fourth[0] < -0.5"),
        ),
        ("third", "fourth"),
        t("The first pair turns by 1 radian a position: after 3.14 positions the sine is negative."),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="notes_slip",
    )


def _cosine() -> Misconception:
    return Misconception(
        "cosine",
        t("cos(0.01) to five digits"),
        t("“PE(1) for D = 4 is [0.8415, 0.5403, 0.01, 0.9999].”"),
        t("“PE(1) for D = 4 is [0.8415, 0.5403, 0.01, 0.99995].”"),
        t("To five digits, what is the last number?"),
        (
            ("0.99990", "abs(last - 0.9999) < 5e-6"),
            ("0.99995", "abs(last - 0.99995) < 5e-6"),
            ("1.00000", "abs(last - 1) < 5e-6"),
        ),
        ("last",),
        about_cosine()
        + "\n\n"
        + t("It matters where codes are compared: slow dimensions differ in exactly these digits."),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="notes_slip",
    )


def _layer_norm() -> Misconception:
    return Misconception(
        "layer_norm",
        t("LayerNorm of three numbers"),
        t("“LayerNorm of [0.1, -0.5, 0.9] is about [-0.1, -1.0, 1.1].”"),
        t("“LayerNorm of [0.1, -0.5, 0.9] is about [-0.12, -1.16, 1.28].”"),
        t("Which of the three numbers below is its last?"),
        (
            ("1.1000", "abs(y[2] - 1.1) < 0.01"),
            ("1.2787", "abs(y[2] - 1.2787) < 0.001"),
            ("1.0000", "abs(y[2] - 1) < 0.01"),
        ),
        ("y", "y.mean()", "y.var(unbiased=False)"),
        t("Minus the mean 0.1667, divided by 0.5735, the root of the biased variance plus 1e-5."),
        ("by_hand",),
        page=INSIDE,
        query={"part": "encoder.0.norm1", "part_step": "by_hand"},
        at="part_lesson",
    )


def _probability() -> Misconception:
    return Misconception(
        "probability",
        t("What the decoder returns"),
        t("“The model returns the probability of every word.”"),
        t("“The model returns logits; softmax makes probabilities of them.”"),
        t("Do the outputs for one place add up to 1?"),
        (
            (t("yes"), "abs(total - 1) < 0.01"),
            (t("no, and some are negative"), "output.min() < 0"),
        ),
        ("output", "total"),
        t(
            "They are logits. Softmax makes probabilities of them; cross-entropy does so itself, and would "
            "be wrong if it were given probabilities."
        ),
        ("probabilities.sum()", "probabilities.max()"),
        page=INSIDE,
        query={"part": "decoder.logits"},
        at="part_lesson",
    )


def _pad_embedding() -> Misconception:
    return Misconception(
        "pad_embedding",
        t("The vector of PAD"),
        t("“`padding_idx=0` keeps PAD's embedding at zero, so padding has no effect.”"),
        t("“With a position added PAD's vector is not zero: only the mask removes it.”"),
        t("The last PAD, as it enters the first layer: how long is its vector?"),
        (
            ("0", "length == 0"),
            (t("not 0"), "length > 0"),
        ),
        ("embedded.norm()", "length"),
        t("The positional encoding is added to PAD too. Only the mask keeps others from attending to it."),
        page=ENCODING,
        query={"pe_section": "hand"},
        at="pad_embedding",
    )


def _one_projection() -> Misconception:
    return Misconception(
        "one_projection",
        t("One D x D projection or H small ones"),
        t("“One D x D projection is more expressive than one D x Dh for each head.”"),
        t("“One D x D projection is H projections of D x Dh, side by side.”"),
        t("The same numbers, once as one matrix and once as four. How far apart are the results?"),
        (
            (t("equal, but for rounding"), "difference < 1e-5"),
            (t("clearly different"), "difference >= 1e-5"),
        ),
        ("difference",),
        t("It is the H projections, side by side: the same family of functions, one product instead of H."),
        page=INSIDE,
        query={"part": "encoder.0.self_attention", "part_step": "query"},
        at="square",
    )


def _first_axis() -> Misconception:
    return Misconception(
        "first_axis",
        t("The first axis"),
        t("“PyTorch treats the first axis as the batch, so torch.mean(x) gives a mean per example.”"),
        t("“torch.mean(x) reduces over all axes unless it is given `dim`.”"),
        t("What is the shape of the result?"),
        (
            ("[3]", "mean.shape == (3,)"),
            ("[4]", "mean.shape == (4,)"),
            ("[]", "mean.shape == ()"),
        ),
        ("mean", "mean.shape"),
        t(
            "Reductions run over everything unless `dim` names an axis. Modules such as nn.Linear treat all "
            "leading axes as batch, not only the first."
        ),
        ("per_example",),
        page=INSIDE,
        query={"inside": "batch"},
        at="batch_axis",
    )
