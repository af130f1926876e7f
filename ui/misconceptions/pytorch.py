"""Mistakes about what PyTorch accepts and means."""

from ui.i18n import t
from ui.misconceptions.misconception import Misconception
from ui.pages import INSIDE, LABORATORY


def misconceptions() -> list[Misconception]:
    """True or False, whole numbers, views, the masks of nn.MultiheadAttention."""
    return [_true(), _int32(), _view(), _lengths(), _float_padding()]


def _true() -> Misconception:
    return Misconception(
        "true",
        t("True keeps, or True masks"),
        t("“A boolean mask is a boolean mask: the same one fits everywhere.”"),
        t("“True keeps for scaled_dot_product_attention and masks out for nn.MultiheadAttention.”"),
        t("The mask is True, True, False. To which keys does nn.MultiheadAttention attend?"),
        (
            (t("to the first two"), "weights[0, 0, 2] == 0"),
            (t("to the third alone"), "weights[0, 0, 2] == 1"),
        ),
        ("weights[0, 0]", "other[0]"),
        t(
            "In nn.MultiheadAttention True means masked out; in scaled_dot_product_attention, and here, True "
            "means may attend. Turn it round with `~` on the way."
        ),
        ("weights[0, 0]",),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    )


def _int32() -> Misconception:
    return Misconception(
        "int32",
        t("int32 ids in nn.Embedding"),
        t("“nn.Embedding needs int64; int32 fails.”"),
        t("“nn.Embedding takes int32 ids as well as int64.”"),
        t("What happens?"),
        (
            (t("it works"), "error == ''"),
            (t("it raises an error"), "error != ''"),
        ),
        ("ids.dtype", "x.shape"),
        t("Embeddings take int32 and int64. Cross-entropy is the strict one: it refuses int32 targets."),
        ("said", "loss"),
        page=INSIDE,
        query={"part": "probabilities", "part_step": "loss"},
        at="long",
    )


def _view() -> Misconception:
    return Misconception(
        "view",
        t("view after a transpose"),
        t("“After a transpose, view always fails without contiguous.”"),
        t("“After a transpose, view works without contiguous where the moved axis has length 1.”"),
        t("With a single query, what happens?"),
        (
            (t("it works"), "error == ''"),
            (t("it raises an error"), "error != ''"),
        ),
        ("context.transpose(1, 2).stride()",),
        t(
            "view asks whether the strides can be read as one axis. With L = 1 the heads already lie in a "
            "row. With L = 2 they do not."
        ),
        ("said", "merged.shape"),
        page=INSIDE,
        query={"part": "encoder.0.self_attention", "part_step": "refused"},
        at="contiguous",
    )


def _lengths() -> Misconception:
    return Misconception(
        "lengths",
        t("attn_mask and lengths"),
        t("“attn_mask requires query = key = value.”"),
        t("“attn_mask is [L, S]: there may be more keys than queries.”"),
        t("3 queries, 5 keys, a mask of [3, 5]: what happens?"),
        (
            (t("it works"), "error == ''"),
            (t("it raises an error"), "error != ''"),
        ),
        ("weights.shape", "weights[0, :, -1]"),
        t(
            "The shape is [L, S]. Only a causal mask makes no sense unless queries and keys are the same "
            "tokens."
        ),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    )


def _float_padding() -> Misconception:
    return Misconception(
        "float_padding",
        t("key_padding_mask as floats"),
        t("“A float key_padding_mask is not handled.”"),
        t("“A float key_padding_mask of 0 and -inf masks as a boolean one does.”"),
        t("What weight does the third key get?"),
        (
            ("0", "error == '' and (last == 0).all()"),
            (t("what it would get without a mask"), "error == '' and (last > 0).any()"),
            (t("it raises an error"), "error != ''"),
        ),
        ("weights[0]",),
        t(
            "Current PyTorch converts both masks to floats and adds them. Give both as floats or both as "
            "booleans: mixing them is deprecated, and PyTorch warns."
        ),
        ("weights[0]",),
        page=LABORATORY,
        query={"lab_section": "conventions"},
        at="mask_conventions",
    )
