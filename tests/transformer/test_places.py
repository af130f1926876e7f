"""The declared topology is the one that runs, and a name that is no place raises an error."""

import pytest
import torch
from hypothesis import given, settings

from tests.transformer.helpers import configs
from transformer import InputError, Trace, shipped_checkpoint
from transformer.experiments.mask_interventions import Site, run
from transformer.model.faulty_models import build_model
from transformer.model.places import STACKS, Attention, places, sublayer, sublayers
from transformer.model.transformer import Transformer
from transformer.tasks import Batch

few = settings(max_examples=20)
BATCH = Batch(torch.tensor([[1, 4, 5, 2, 0], [1, 3, 4, 5, 2]]), torch.tensor([[1, 4, 5, 2], [1, 3, 4, 2]]))


@few
@given(configs())
def test_a_pass_reaches_exactly_the_places_that_are_written_down_in_their_order(config):
    assert list(run(build_model(config).eval(), BATCH)) == list(places(config))


@few
@given(configs())
@torch.inference_mode()
def test_every_sum_norm_and_part_is_what_its_wiring_says(config):
    model = Transformer(config).eval()
    trace = run(model, BATCH)
    for stack in STACKS:
        for layer in range(config.num_layers):
            for one in sublayers(config, stack, layer):
                assert torch.allclose(trace[one.total], trace[one.entered] + trace[one.gave], atol=1e-5)
                norm = model.get_submodule(one.norm_module)
                assert torch.allclose(trace[one.normed], norm(trace[one.norm_given]), atol=1e-5)
                if one.part.endswith("feed_forward"):
                    part = model.get_submodule(one.module)
                    assert torch.allclose(trace[one.gave], part(trace[one.given]), atol=1e-5)
                else:
                    attention = model.get_submodule(one.module)
                    query = attention.split_heads(attention.fc_q(trace[one.given]))
                    name = "query" if f"{one.part}.unrotated_query" not in trace else "unrotated_query"
                    assert torch.allclose(trace[f"{one.part}.{name}"], query, atol=1e-5)
                assert {sublayer(config, place) for place in (one.part, one.total, one.normed)} == {one}


@few
@given(configs())
def test_an_attention_has_one_place_a_layer_rows_and_columns(config):
    trace = run(Transformer(config).eval(), BATCH)
    sides = {"source": BATCH.src.size(1), "target": BATCH.trg_input.size(1)}
    for attention in Attention:
        found = Site(attention).places(config)
        assert [Attention.at(place) for place in found] == [(attention, i) for i in range(config.num_layers)]
        for place in found:
            rows, columns = trace[f"{place}.weights"].shape[-2:]
            assert (rows, columns) == (sides[attention.queries], sides[attention.keys])


def test_both_codes_of_an_attention_that_links_have_used_name_it():
    assert [Attention(code) for code in ("encoder", "self", "cross")] == list(Attention)
    assert [Attention(code) for code in ("encoder.self", "decoder.self", "decoder.cross")] == list(Attention)
    with pytest.raises(ValueError, match=r"decoder\.encoder"):
        Attention("decoder.encoder")


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("decoder.0.crossattention.weights", "decoder.0.cross_attention.weights"),
        ("encoder.9.norm2", "encoder.2.norm2"),
        ("decoder.logit", "decoder.logits"),
        ("encoder.0.self_attention.bias", "encoder.0.self_attention."),
        ("", ""),
    ],
)
def test_an_edit_that_names_no_place_is_an_error_with_the_nearest_name(typed, nearest):
    checkpoint = shipped_checkpoint("sort")
    edited = Trace({typed: torch.zeros_like})
    with pytest.raises(InputError) as caught:
        checkpoint.model(BATCH.src, BATCH.trg_input, trace=edited)
    assert caught.value.values["nearest"].startswith(nearest)
    encoded = checkpoint.model.encode(BATCH.src)
    with pytest.raises(InputError):
        checkpoint.model.decode(
            BATCH.trg_input, encoded, checkpoint.model.make_src_mask(BATCH.src), trace=edited
        )
