"""Mistakes about which mask hides what."""

from ui.i18n import t
from ui.misconceptions.misconception import Misconception
from ui.pages import BROADCASTING, LABORATORY


def misconceptions() -> list[Misconception]:
    """Rows and columns, upper and lower, source and target."""
    return [
        _columns(),
        _triangle(),
        _target_padding(),
        _which_where(),
        _zero_is_pad(),
        _saves_work(),
        _axes(),
    ]


def _columns() -> Misconception:
    return Misconception(
        "columns",
        t("Columns and rows of PAD"),
        t("“The rows of PAD should be masked too, or padding leaks into the result.”"),
        t("“Masking the columns of PAD is enough: the rows of PAD need no mask.”"),
        "import torch\n"
        "from transformer import shipped_checkpoint\n"
        "from transformer.tasks import pad_batch\n\n"
        'checkpoint = shipped_checkpoint("sort")\n'
        "task, model = checkpoint.task, checkpoint.model\n"
        'alone = pad_batch([task.encode("7 2 8")])\n'
        'padded = pad_batch([task.encode("7 2 8"), task.encode("5 3 9 1 1")])\n'
        "with torch.no_grad():\n"
        "    one, two = model.encode(alone), model.encode(padded)\n"
        "real = alone.size(1)\n"
        "difference = (one[0] - two[0, :real]).abs().max().item()",
        t("Only columns are masked. How far do the real tokens' outputs move when the sentence is padded?"),
        (
            (t("not at all, but for rounding"), "difference < 1e-4"),
            (t("visibly"), "difference >= 1e-4"),
        ),
        ("padded[0]", "difference"),
        t(
            "A row says what a query gathers, a column who is gathered. Nobody attends to a PAD column, so "
            "what the PAD rows compute reaches no real token; the loss leaves them out. Masking their rows "
            "as well would leave rows without any key, and softmax makes NaN of those."
        ),
        "",
        page=LABORATORY,
        query={"lab_section": "padding"},
        at="columns_or_rows",
    )


def _triangle() -> Misconception:
    return Misconception(
        "triangle",
        t("Upper or lower triangle"),
        t("“The causal mask is upper triangular and hides the token itself.”"),
        t("“What may be seen is the lower triangle, the token itself included.”"),
        "import torch\n\n"
        "scores = torch.zeros(4, 4)\n"
        "may_attend = torch.ones(4, 4, dtype=torch.bool).triu(1)  # upper, without the diagonal\n"
        'weights = scores.masked_fill(~may_attend, float("-inf")).softmax(dim=-1)\n'
        "future = torch.nan_to_num(weights).triu(1).sum().item()\n"
        "empty = int(weights.isnan().any(dim=-1).sum())",
        t("With this mask, what does the last position attend to?"),
        (
            (t("to itself and all before it"), "empty == 0 and future == 0"),
            (t("to nothing: its row is NaN"), "weights[-1].isnan().all()"),
            (t("to itself alone"), "weights[-1, -1] == 1"),
        ),
        ("may_attend.int()", "weights"),
        t(
            "What may be seen is the lower triangle, the token itself included: row i sees keys 0 to i. The "
            "upper triangle is what is hidden (and what nn.MultiheadAttention wants marked True)."
        ),
        "may_attend = torch.ones(4, 4, dtype=torch.bool).tril()\n"
        'weights = scores.masked_fill(~may_attend, float("-inf")).softmax(dim=-1)',
        ("may_attend.int()", "weights"),
        page=BROADCASTING,
        query={"mask": "causal"},
        at="stretching",
    )


def _target_padding() -> Misconception:
    return Misconception(
        "target_padding",
        t("The decoder's mask and PAD"),
        t("“make_trg_mask needs only the triangle: `torch.tril(torch.ones(L, L))`.”"),
        t("“make_trg_mask needs the triangle and the padding: on the left, the triangle hides no PAD.”"),
        "import torch\n"
        "from transformer.model.masks import causal_mask, padding_mask\n\n"
        "right_padded = torch.tensor([[1, 5, 8, 0, 0]])  # SOS 5 8 PAD PAD\n"
        "left_padded = torch.tensor([[0, 0, 1, 5, 8]])  # PAD PAD SOS 5 8\n"
        "def pads_seen(trg):  # by real tokens, with the triangle alone\n"
        "    pad, real = trg[:, None, None, :] == 0, trg[:, None, :, None] != 0\n"
        "    return int((causal_mask(5) & pad & real).sum())\n\n"
        "right, left = pads_seen(right_padded), pads_seen(left_padded)",
        t("How often does a real token see a PAD: with padding on the right, and on the left?"),
        (
            (t("never in both"), "right == 0 and left == 0"),
            (t("never on the right, often on the left"), "right == 0 and left > 0"),
            (t("often in both"), "right > 0 and left > 0"),
        ),
        ("right", "left"),
        t(
            "With right padding every PAD is in a real token's future, so the triangle hides it by luck. "
            "With left padding it does not. Combine both masks and it holds either way."
        ),
        "def combined(trg):\n    return causal_mask(5) & padding_mask(trg, 0)  # [B, 1, L, L]\n\nseen = "
        "[int((combined(trg) & (trg[:, None, None, :] == 0)).sum()) for trg in (right_padded, left_padded)]",
        ("seen",),
        page=BROADCASTING,
        query={"mask": "both"},
        at="stretching",
    )


def _which_where() -> Misconception:
    return Misconception(
        "which_where",
        t("Which mask goes where"),
        t("“The decoder's cross-attention uses the target's mask: it is in the decoder.”"),
        t("“The decoder's cross-attention uses the source's mask: its keys are the source's.”"),
        "import torch\n"
        "from transformer import shipped_checkpoint\n\n"
        'checkpoint = shipped_checkpoint("sort")\n'
        'src = torch.tensor([checkpoint.task.encode("5 3 9 1 1")])  # S = 7\n'
        "trg = torch.tensor([[1, 4, 4]])  # L = 3\n"
        "model = checkpoint.model\n"
        "trg_mask = model.make_trg_mask(trg)  # [B, 1, L, L]\n"
        "with torch.no_grad():\n"
        "    encoded = model.encode(src)\n"
        "    logits = model.decode(trg, encoded, src_mask=trg_mask)",
        t("The scores of the cross-attention are [B, H, 3, 7]. What becomes of a [B, 1, 3, 3] mask?"),
        (
            (t("it is broadcast, and the answer is wrong"), "error == ''"),
            (t("an error: 3 does not fit 7"), "error != ''"),
        ),
        ("trg_mask.shape",),
        t(
            "Keys decide: encoder self-attention and cross-attention look at source tokens, so both take the "
            "source's padding mask [B, 1, 1, S]; decoder self-attention takes the triangle with the target's "
            "padding, [B, 1, L, L]. When S and L happen to be equal, PyTorch does not complain at all."
        ),
        "with torch.no_grad():\n    logits = model.decode(trg, encoded, src_mask=model.make_src_mask(src))",
        ("model.make_src_mask(src).shape", "logits.shape"),
        page=LABORATORY,
        query={"lab_attention": "cross"},
        at="mask_on_screen",
    )


def _zero_is_pad() -> Misconception:
    return Misconception(
        "zero_is_pad",
        t("The ids of digits and of PAD"),
        t("“Digits are their own ids, SOS = 10, EOS = 11, and `src_pad_idx = 0`.”"),
        t("“PAD needs an id of its own, or the padding mask hides real tokens.”"),
        "import torch\n"
        "from transformer.model.masks import padding_mask\n\n"
        "src = torch.tensor([[10, 3, 0, 7, 0, 11]])  # SOS 3 0 7 0 EOS\n"
        "mask = padding_mask(src, pad_idx=0)\n"
        "hidden = (~mask[0, 0, 0]).nonzero().flatten().tolist()",
        t("No token here is padding. How many does the mask hide?"),
        (
            (t("none"), "len(hidden) == 0"),
            (t("two"), "len(hidden) == 2"),
            (t("all"), "len(hidden) == 6"),
        ),
        ("mask[0, 0, 0].int()", "hidden"),
        t(
            "The mask sees ids, not meanings: every real 0 has the id of PAD, and nothing attends to it. "
            "Give PAD an id of its own; here it is 0 and the digits are 3 to 12."
        ),
        "from transformer.tasks import task_named\n\n"
        'src = torch.tensor([task_named("sort").encode("3 0 7 0")])\n'
        "hidden = (~padding_mask(src, pad_idx=0)[0, 0, 0]).nonzero().flatten().tolist()",
        ("src", "hidden"),
        page=BROADCASTING,
        query={"from": "broken", "case": "zero"},
        at="broken_case",
    )


def _saves_work() -> Misconception:
    return Misconception(
        "saves_work",
        t("Masks and the work of attention"),
        t("“Masked positions need not be computed, so masking makes attention cheaper.”"),
        t("“Masked scores are computed like all others and then overwritten.”"),
        "import torch\n"
        "from transformer.experiments.broadcasting import Calls\n\n"
        "q, k = torch.randn(8, 16), torch.randn(8, 16)\n"
        "mask = torch.ones(8, 8, dtype=torch.bool).tril()\n"
        "with Calls() as without:\n"
        "    (q @ k.T).softmax(dim=-1)\n"
        "with Calls() as masked:\n"
        '    (q @ k.T).masked_fill(~mask, float("-inf")).softmax(dim=-1)',
        t("PyTorch's own calls are recorded. With the mask there are"),
        (
            (t("fewer"), "len(masked.made) < len(without.made)"),
            (t("as many"), "len(masked.made) == len(without.made)"),
            (t("more"), "len(masked.made) > len(without.made)"),
        ),
        ("without.made", "masked.made"),
        t(
            "All scores are computed, then some are overwritten: the same product and two steps more. "
            "(Special kernels can skip whole blocks that a mask empties; this formula does not.)"
        ),
        "",
        page=BROADCASTING,
        query={"mask_step": "4"},
        at="stretching",
    )


def _axes() -> Misconception:
    return Misconception(
        "axes",
        t("[B, S] on [B, H, L, S]"),
        t("“A mask [B, S] fits scores [B, H, L, S]: the B stands in front in both.”"),
        t("“A mask [B, S] has to become [B, 1, 1, S] before it fits scores [B, H, L, S].”"),
        "import torch\n\n"
        "scores = torch.zeros(2, 2, 5, 5)  # [B, H, L, S]\n"
        "keep = torch.ones(2, 5, dtype=torch.bool)  # [B, S]\n"
        "masked = scores.masked_fill(~keep, -1.0)",
        t("What happens?"),
        (
            (t("it is applied to each sentence"), "error == ''"),
            (t("an error: 2 meets 5"), "'must match' in error"),
        ),
        ("scores.shape", "keep.shape"),
        t(
            "Aligned from the right, S meets S, but B = 2 meets L = 5. Two `unsqueeze` put the axes where "
            "they belong. If B and L were equal, there would be no error, and the wrong cells would be "
            "masked."
        ),
        "masked = scores.masked_fill(~keep.unsqueeze(1).unsqueeze(2), -1.0)  # [B, 1, 1, S]",
        ("keep.unsqueeze(1).unsqueeze(2).shape", "masked.shape"),
        page=BROADCASTING,
        query={"from": "broken", "case": "twice"},
        at="broken_case",
    )
