"""Mistakes about what PyTorch accepts and means."""

from ui.i18n import message
from ui.misconceptions.misconception import Misconception
from ui.pages import INSIDE, LABORATORY

PYTORCH = (
    Misconception(
        "true",
        message("True keeps, or True masks"),
        message("“A boolean mask is a boolean mask: the same one fits everywhere.”"),
        message("“True keeps for scaled_dot_product_attention and masks out for nn.MultiheadAttention.”"),
        message("The mask is True, True, False. To which keys does nn.MultiheadAttention attend?"),
        (
            (message("to the first two"), "weights[0, 0, 2] == 0"),
            (message("to the third alone"), "weights[0, 0, 2] == 1"),
        ),
        ("weights[0, 0]", "other[0]"),
        message(
            "In nn.MultiheadAttention True means masked out; in scaled_dot_product_attention, and here, True "
            "means may attend. Turn it round with `~` on the way."
        ),
        ("weights[0, 0]",),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    ),
    Misconception(
        "int32",
        message("int32 ids in nn.Embedding"),
        message("“nn.Embedding needs int64; int32 fails.”"),
        message("“nn.Embedding takes int32 ids as well as int64.”"),
        message("What happens?"),
        (
            (message("it works"), "error == ''"),
            (message("it raises an error"), "error != ''"),
        ),
        ("ids.dtype", "x.shape"),
        message(
            "Embeddings take int32 and int64. Cross-entropy is the strict one: it refuses int32 targets."
        ),
        ("said", "loss"),
        page=INSIDE,
        query={"part": "probabilities", "part_step": "loss"},
        at="long",
    ),
    Misconception(
        "view",
        message("view after a transpose"),
        message("“After a transpose, view always fails without contiguous.”"),
        message("“After a transpose, view works without contiguous where the moved axis has length 1.”"),
        message("With a single query, what happens?"),
        (
            (message("it works"), "error == ''"),
            (message("it raises an error"), "error != ''"),
        ),
        ("context.transpose(1, 2).stride()",),
        message(
            "view asks whether the strides can be read as one axis. With L = 1 the heads already lie in a "
            "row. With L = 2 they do not."
        ),
        ("said", "merged.shape"),
        page=INSIDE,
        query={"part": "encoder.0.self_attention", "part_step": "refused"},
        at="contiguous",
    ),
    Misconception(
        "lengths",
        message("attn_mask and lengths"),
        message("“attn_mask requires query = key = value.”"),
        message("“attn_mask is [L, S]: there may be more keys than queries.”"),
        message("3 queries, 5 keys, a mask of [3, 5]: what happens?"),
        (
            (message("it works"), "error == ''"),
            (message("it raises an error"), "error != ''"),
        ),
        ("weights.shape", "weights[0, :, -1]"),
        message(
            "The shape is [L, S]. Only a causal mask makes no sense unless queries and keys are the same "
            "tokens."
        ),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    ),
    Misconception(
        "float_padding",
        message("key_padding_mask as floats"),
        message("“A float key_padding_mask is not handled.”"),
        message("“A float key_padding_mask of 0 and -inf masks as a boolean one does.”"),
        message("What weight does the third key get?"),
        (
            ("0", "error == '' and (last == 0).all()"),
            (message("what it would get without a mask"), "error == '' and (last > 0).any()"),
            (message("it raises an error"), "error != ''"),
        ),
        ("weights[0]",),
        message(
            "Current PyTorch converts both masks to floats and adds them. Give both as floats or both as "
            "booleans: mixing them is deprecated, and PyTorch warns."
        ),
        ("weights[0]",),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    ),
)
"""What True means, int32 ids, views, and the masks of nn.MultiheadAttention."""
