"""Every number of the notes' worked examples, read from the page that shows it."""

import json

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.test_broadcasting import booleans
from tests.browser.test_pages import at_frame, mirrored, visit  # noqa: F401

EXAMPLES = json.loads((REPOSITORY / "tests/data/worked_examples.json").read_text())


def shown(page: Page | Locator, tensor: str, expected: list) -> None:
    """Check that the grid shows the tensor, to the three digits that are sent."""
    wanted = torch.tensor(expected, dtype=torch.float)
    torch.testing.assert_close(mirrored(page, tensor, tuple(wanted.shape)), wanted, rtol=5e-3, atol=5e-4)


def fact(page: Page, name: str, value: object) -> None:
    """A fact below the picture: `name: shape`, then its value."""
    expect(page.get_by_test_id("tg-facts").first).to_contain_text(f"{name}{value}")


@pytest.mark.parametrize("mask", ["padding", "causal"])
def test_the_masks_blank_what_the_notes_say(visit, mask):  # noqa: F811
    given = EXAMPLES["encoder_padding_mask" if mask == "padding" else "decoder_causal_mask"]
    scores = EXAMPLES["encoder_padding_mask"]["scores"]
    page = visit(f"broadcasting?lang=en&from=notes&mask={mask}&fill=1e-20&real_leak=0&mask_step=1")
    at_frame(page, 1)
    stored = booleans(page, "mask", given["mask_shape"])
    if mask == "padding":
        assert stored[:, 0, 0].tolist() == given["keep"]
    page.get_by_test_id("tg-first").click()
    at_frame(page, 0)
    shown(page, "energy", scores)
    filled = mirrored(page, "energy", (2, 2, 5, 5))[0, 0] * stored.expand(2, 1, 5, 5)[0, 0]
    assert filled.tolist() == given["filled_with_zero_batch0_head0"]


def test_a_linear_serves_every_row_of_the_batch(visit):  # noqa: F811
    given = EXAMPLES["linear_batch"]
    page = visit("inside?lang=en&inside=batch")
    grid = page.get_by_test_id("tensor-grid").first
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute(
        "data-title", f"nn.Linear({given['in_features']}, {given['out_features']})"
    )
    fact(page, "rows: shape", given["input_shape"])
    fact(page, "out: shape", given["output_shape"])


def test_the_batched_product_has_the_shapes_of_the_notes(visit):  # noqa: F811
    given = EXAMPLES["matmul"]
    page = visit("broadcasting?lang=en&from=product")
    at_frame(page, 0)
    fact(page, "x: shape", given["a"])
    fact(page, "weight: shape", given["b"])
    page.get_by_test_id("tg-next").click()
    fact(page, "y: shape", given["out"])


def test_two_queries_meet_three_keys(visit):  # noqa: F811
    given = EXAMPLES["energy"]
    page = visit("inside?lang=en&part=encoder.0.self_attention&part_step=14")
    at_frame(page, 14)
    for tensor, name in (("q_hand", "q"), ("k_hand", "k"), ("dot", "dot"), ("energy_hand", "energy")):
        shown(page, tensor, given[name])


def test_layer_norm_of_three_numbers(visit):  # noqa: F811
    given = EXAMPLES["layer_norm"]
    page = visit("inside?lang=en&part=encoder.0.norm1&part_step=4")
    at_frame(page, 4)
    shown(page, "tokens", given["x"])
    shown(page, "by_hand", given["y"])


def test_input_and_target_of_the_decoder(visit):  # noqa: F811
    given = EXAMPLES["decoder_shift"]
    page = visit("inside?lang=en&part=trg&part_step=2")
    at_frame(page, 2)
    for name, strip in zip(("trg", "trg_input", "trg_target"), ("trg", "read", "write"), strict=True):
        expect(page.get_by_test_id("tg-tokens")).to_contain_text(strip + "".join(map(str, given[name])))


def test_the_words_have_the_ids_of_the_notes(visit):  # noqa: F811
    given = EXAMPLES["vocabulary"]
    page = visit("inside?lang=en&part=src&part_step=1")
    at_frame(page, 1)
    ids = {word: given[word] for word in ("PAD", "SOS", "EOS")} | given["digits"]
    shown(page, "ids", [list(range(given["size"]))])
    for word, number in ids.items():
        page.locator(f'[data-tensor="ids"] [data-index="0,{number}"]').dispatch_event("mouseover")
        expect(page.get_by_test_id("tg-readout")).to_contain_text(f"= {number}")
        expect(page.get_by_test_id("tg-readout")).to_contain_text(f"‘{word}’")


def test_the_model_has_the_sizes_of_the_notes(visit):  # noqa: F811
    given = EXAMPLES["model"]
    page = visit("inside?lang=en&part=src")
    answer = page.get_by_test_id("stMarkdown").filter(has_text="What does each hyperparameter mean?")
    for text in (
        "embed_dim = {embed_dim}:",
        "num_layers = {num_layers}:",
        "heads = {heads}:",
        "{head_dim} wide",
    ):
        expect(answer).to_contain_text(text.format(**given))


def test_five_tokens_are_split_into_heads(visit):  # noqa: F811
    given = EXAMPLES["split_heads"]
    page = visit("inside?lang=en&sentences=1+5+8&part=encoder.0.self_attention")
    for step, name, shape in (
        (0, "query", given["input"]),
        (1, "q", given["projected"]),
        (3, "viewed", given["viewed"]),
        (4, "q", given["transposed"]),
    ):
        while page.get_by_test_id("tg-frame").get_attribute("data-frame") != str(step):
            page.get_by_test_id("tg-next").click()
        fact(page, f"{name}: shape", shape)


def test_the_sum_of_embeddings_and_codes(visit):  # noqa: F811
    given = EXAMPLES["add_positional_encoding"]
    page = visit("broadcasting?lang=en&from=sum&mask_step=3")
    at_frame(page, 3)
    shown(page, "x", given["x"])
    shown(page, "total", given["x_plus_pe"])


def test_keys_beyond_the_lengths_are_masked_in_pytorchs_convention(visit):  # noqa: F811
    given = EXAMPLES["key_padding_lengths"]
    page = visit("broadcasting?lang=en&from=pytorch&argument=key_padding_mask&mask_step=1")
    at_frame(page, 1)
    masked = booleans(page, "key_padding_mask", (given["N"], given["S"]))
    assert (~masked).sum(dim=1).tolist() == given["lengths"]


def test_a_pad_id_of_zero_hides_the_digit_zero(visit):  # noqa: F811
    given = EXAMPLES["pad_is_digit_zero"]
    page = visit("mistakes?lang=en&mistake=zero_is_pad&reveal=1")
    code = page.get_by_test_id("stCode")
    expect(code.filter(has_text=str(given["src"])).first).to_be_visible()
    expect(code.filter(has_text=str(given["mask_hides_positions"])).first).to_be_visible()


def test_the_embedding_table_and_the_codes_for_four_dimensions(visit):  # noqa: F811
    lookup, codes = EXAMPLES["embedding_lookup"], EXAMPLES["positional_encoding_d4"]
    page = visit("encoding?lang=en&pe_section=hand")
    grid = page.get_by_test_id("tensor-grid").first
    weight = torch.tensor(lookup["weight"], dtype=torch.float)
    at_frame(grid, 0)
    shown(grid, "weight", lookup["weight"])
    shown(grid, "embedded", weight[torch.tensor(lookup["ids"])].tolist())
    for number, word in enumerate(lookup["vocabulary"]):
        grid.locator(f'[data-tensor="weight"] [data-index="{number},0"]').dispatch_event("mouseover")
        expect(grid.get_by_test_id("tg-readout")).to_contain_text(word.strip("[]"))
    expect(page.get_by_test_id("stCode").filter(has_text="div_term =").first).to_contain_text(
        ", ".join(f"{value:.6f}" for value in codes["div_term"])
    )
    for _ in range(4):
        grid.get_by_test_id("tg-next").click()
    at_frame(grid, 4)
    expect(grid.get_by_test_id("tg-facts")).to_contain_text(
        "[" + ", ".join(f"{value:.6f}" for value in codes["embedding_plus_pe1"]) + "]"
    )
    table = page.get_by_test_id("stDataFrame").first
    cells = table.locator("td").all_inner_texts()
    for value in (value for row in codes["pe"] for value in row):
        assert f"{value:.6f}" in cells
