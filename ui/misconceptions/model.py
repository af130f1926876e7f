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
        "import torch\n"
        "from transformer.model.positional import sinusoidal_encoding\n\n"
        "pe = sinusoidal_encoding(5, 4)\n"
        "third, fourth = pe[3], pe[4]",
        t("sin rises from position 0 to 1 and 2 (0, 0.84, 0.91). Where is it at position 4?"),
        (
            (t("close to 1"), "fourth[0] > 0.5"),
            (t("close to 0"), "-0.3 < fourth[0] < 0.3"),
            (t("well below 0"), "fourth[0] < -0.5"),
        ),
        ("third", "fourth"),
        t("The first pair turns by 1 radian a position: after 3.14 positions the sine is negative."),
        "",
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
        "import torch\n"
        "from transformer.model.positional import sinusoidal_encoding\n\n"
        "pe = sinusoidal_encoding(2, 4, base=10000)[1]\n"
        "last = pe[3].item()",
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
        "",
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
        "import torch\n"
        "import torch.nn.functional as F\n\n"
        "x = torch.tensor([0.1, -0.5, 0.9])\n"
        "y = F.layer_norm(x, (3,))",
        t("Which of the three numbers below is its last?"),
        (
            ("1.1000", "abs(y[2] - 1.1) < 0.01"),
            ("1.2787", "abs(y[2] - 1.2787) < 0.001"),
            ("1.0000", "abs(y[2] - 1) < 0.01"),
        ),
        ("y", "y.mean()", "y.var(unbiased=False)"),
        t("Minus the mean 0.1667, divided by 0.5735, the root of the biased variance plus 1e-5."),
        "by_hand = (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + 1e-5)",
        ("by_hand",),
        page=INSIDE,
        query={"part": "encoder.0.norm1", "part_step": "4"},
        at="part_lesson",
    )


def _probability() -> Misconception:
    return Misconception(
        "probability",
        t("What the decoder returns"),
        t("“The model returns the probability of every word.”"),
        t("“The model returns logits; softmax makes probabilities of them.”"),
        "import torch\n"
        "from transformer import shipped_checkpoint\n\n"
        'checkpoint = shipped_checkpoint("sort")\n'
        'src = torch.tensor([checkpoint.task.encode("5 3 9 1 1")])\n'
        "with torch.no_grad():\n"
        "    output = checkpoint.model(src, src[:, :1])[0, 0]  # [V]\n"
        "total = output.sum().item()",
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
        "probabilities = output.softmax(dim=-1)",
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
        "import torch\n"
        "from transformer import Trace, shipped_checkpoint\n\n"
        'model = shipped_checkpoint("sort").model\n'
        "src = torch.tensor([[1, 5, 8, 2, 0, 0]])  # SOS 2 5 EOS PAD PAD\n"
        "trace = Trace()\n"
        "with torch.no_grad():\n"
        "    model.encode(src, trace=trace)\n"
        'embedded = trace["encoder.embedding"][0, -1]\n'
        'entering = trace["encoder.input"][0, -1]\n'
        "length = entering.norm().item()",
        t("The last PAD, as it enters the first layer: how long is its vector?"),
        (
            ("0", "length == 0"),
            (t("not 0"), "length > 0"),
        ),
        ("embedded.norm()", "length"),
        t("The positional encoding is added to PAD too. Only the mask keeps others from attending to it."),
        "",
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
        "import torch\n\n"
        "D, H, Dh = 64, 4, 16\n"
        "torch.manual_seed(0)\n"
        "x, big = torch.randn(5, D), torch.nn.Linear(D, D, bias=False)\n"
        "small = [big.weight[h * Dh : (h + 1) * Dh] for h in range(H)]  # a D x Dh projection each\n"
        "together = big(x).view(5, H, Dh)\n"
        "apart = torch.stack([x @ weight.T for weight in small], dim=1)\n"
        "difference = (together - apart).abs().max().item()",
        t("The same numbers, once as one matrix and once as four. How far apart are the results?"),
        (
            (t("equal, but for rounding"), "difference < 1e-5"),
            (t("clearly different"), "difference >= 1e-5"),
        ),
        ("difference",),
        t("It is the H projections, side by side: the same family of functions, one product instead of H."),
        "",
        page=INSIDE,
        query={"part": "encoder.0.self_attention", "part_step": "1"},
        at="square",
    )


def _first_axis() -> Misconception:
    return Misconception(
        "first_axis",
        t("The first axis"),
        t("“PyTorch treats the first axis as the batch, so torch.mean(x) gives a mean per example.”"),
        t("“torch.mean(x) reduces over all axes unless it is given `dim`.”"),
        "import torch\n\nx = torch.arange(12.0).view(3, 4)  # 3 examples\nmean = torch.mean(x)",
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
        "per_example = x.mean(dim=-1)",
        ("per_example",),
        page=INSIDE,
        query={"inside": "batch"},
        at="batch_axis",
    )
