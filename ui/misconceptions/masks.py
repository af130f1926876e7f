"""Mistakes about which mask hides what."""

from ui.i18n import message
from ui.misconceptions.misconception import Misconception
from ui.pages import BROADCASTING, LABORATORY

MASKS = (
    Misconception(
        "columns",
        message("Columns and rows of PAD"),
        message("“The rows of PAD should be masked too, or padding leaks into the result.”"),
        message("“Masking the columns of PAD is enough: the rows of PAD need no mask.”"),
        message(
            "Only columns are masked. How far do the real tokens' outputs move when the sentence is padded?"
        ),
        (
            (message("not at all, but for rounding"), "difference < 1e-4"),
            (message("visibly"), "difference >= 1e-4"),
        ),
        ("padded[0]", "difference"),
        message(
            "A row says what a query gathers, a column who is gathered. Nobody attends to a PAD column, so "
            "what the PAD rows compute reaches no real token; the loss leaves them out. Masking their rows "
            "as well would leave rows without any key, and softmax makes NaN of those."
        ),
        page=LABORATORY,
        query={"lab_section": "padding"},
        at="columns_or_rows",
    ),
    Misconception(
        "triangle",
        message("Upper or lower triangle"),
        message("“The causal mask is upper triangular and hides the token itself.”"),
        message("“What may be seen is the lower triangle, the token itself included.”"),
        message("With this mask, what does the last position attend to?"),
        (
            (message("to itself and all before it"), "empty == 0 and future == 0"),
            (message("to nothing: its row is NaN"), "weights[-1].isnan().all()"),
            (message("to itself alone"), "weights[-1, -1] == 1"),
        ),
        ("may_attend.int()", "weights"),
        message(
            "What may be seen is the lower triangle, the token itself included: row i sees keys 0 to i. The "
            "upper triangle is what is hidden (and what nn.MultiheadAttention wants marked True)."
        ),
        ("may_attend.int()", "weights"),
        page=BROADCASTING,
        query={"mask": "causal"},
        at="stretching",
    ),
    Misconception(
        "target_padding",
        message("The decoder's mask and PAD"),
        message("“make_trg_mask needs only the triangle: `torch.tril(torch.ones(L, L))`.”"),
        message(
            "“make_trg_mask needs the triangle and the padding: on the left, the triangle hides no PAD.”"
        ),
        message("How often does a real token see a PAD: with padding on the right, and on the left?"),
        (
            (message("never in both"), "right == 0 and left == 0"),
            (message("never on the right, often on the left"), "right == 0 and left > 0"),
            (message("often in both"), "right > 0 and left > 0"),
        ),
        ("right", "left"),
        message(
            "With right padding every PAD is in a real token's future, so the triangle hides it by luck. "
            "With left padding it does not. Combine both masks and it holds either way."
        ),
        ("seen",),
        page=BROADCASTING,
        query={"mask": "both"},
        at="stretching",
    ),
    Misconception(
        "which_where",
        message("Which mask goes where"),
        message("“The decoder's cross-attention uses the target's mask: it is in the decoder.”"),
        message("“The decoder's cross-attention uses the source's mask: its keys are the source's.”"),
        message("The scores of the cross-attention are [B, H, 3, 7]. What becomes of a [B, 1, 3, 3] mask?"),
        (
            (message("it is broadcast, and the answer is wrong"), "error == ''"),
            (message("an error: 3 does not fit 7"), "error != ''"),
        ),
        ("trg_mask.shape",),
        message(
            "Keys decide: encoder self-attention and cross-attention look at source tokens, so both take the "
            "source's padding mask [B, 1, 1, S]; decoder self-attention takes the triangle with the target's "
            "padding, [B, 1, L, L]. When S and L happen to be equal, PyTorch does not complain at all."
        ),
        ("model.make_src_mask(src).shape", "logits.shape"),
        page=LABORATORY,
        query={"lab_attention": "cross"},
        at="mask_on_screen",
    ),
    Misconception(
        "zero_is_pad",
        message("The ids of digits and of PAD"),
        message("“Digits are their own ids, SOS = 10, EOS = 11, and `src_pad_idx = 0`.”"),
        message("“PAD needs an id of its own, or the padding mask hides real tokens.”"),
        message("No token here is padding. How many does the mask hide?"),
        (
            (message("none"), "len(hidden) == 0"),
            (message("two"), "len(hidden) == 2"),
            (message("all"), "len(hidden) == 6"),
        ),
        ("mask[0, 0, 0].int()", "hidden"),
        message(
            "The mask sees ids, not meanings: every real 0 has the id of PAD, and nothing attends to it. "
            "Give PAD an id of its own; here it is 0 and the digits are 3 to 12."
        ),
        ("src", "hidden"),
        page=BROADCASTING,
        query={"from": "broken", "case": "zero"},
        at="broken_case",
    ),
    Misconception(
        "saves_work",
        message("Masks and the work of attention"),
        message("“Masked positions need not be computed, so masking makes attention cheaper.”"),
        message("“Masked scores are computed like all others and then overwritten.”"),
        message("PyTorch's own calls are recorded. With the mask there are"),
        (
            (message("fewer"), "len(masked.made) < len(without.made)"),
            (message("as many"), "len(masked.made) == len(without.made)"),
            (message("more"), "len(masked.made) > len(without.made)"),
        ),
        ("without.made", "masked.made"),
        message(
            "All scores are computed, then some are overwritten: the same product and two steps more. "
            "(Special kernels can skip whole blocks that a mask empties; this formula does not.)"
        ),
        page=BROADCASTING,
        query={"mask_step": "laid_over"},
        at="stretching",
    ),
    Misconception(
        "axes",
        message("[B, S] on [B, H, L, S]"),
        message("“A mask [B, S] fits scores [B, H, L, S]: the B stands in front in both.”"),
        message("“A mask [B, S] has to become [B, 1, 1, S] before it fits scores [B, H, L, S].”"),
        message("What happens?"),
        (
            (message("it is applied to each sentence"), "error == ''"),
            (message("an error: 2 meets 5"), "'must match' in error"),
        ),
        ("scores.shape", "keep.shape"),
        message(
            "Aligned from the right, S meets S, but B = 2 meets L = 5. Two `unsqueeze` put the axes where "
            "they belong. If B and L were equal, there would be no error, and the wrong cells would be "
            "masked."
        ),
        ("keep.unsqueeze(1).unsqueeze(2).shape", "masked.shape"),
        page=BROADCASTING,
        query={"from": "broken", "case": "twice"},
        at="broken_case",
    ),
)
"""Rows and columns, upper and lower triangle, source and target, ids and axes."""
