"""The probe itself: its reports, what it must leave unchanged, and how it is called."""

import json

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.probe.models import no_causal_mask
from tests.probe.models.parts import PAD, VOCAB, Decoder, EncoderDecoder
from transformer import InputError, TransformerConfig, build_model
from transformer.probe import assert_no_leak, decoder_only, encoder_decoder, probe
from transformer.probe.__main__ import made, main
from transformer.probe.noise import moved
from transformer.probe.positions import locate

CONFIG = TransformerConfig(embed_dim=16, heads=2, num_layers=1, feed_forward_dim=32)


def leaking():
    return no_causal_mask.make()


def tight():
    return decoder_only(Decoder(), VOCAB, PAD)


def test_the_table_names_check_place_and_who_notices_whom():
    text = str(probe(leaking(), ["future"]))
    assert "transformer.decoder.layers.0.self_attn" in text
    assert "  # # o o o o o o o" in text


def test_assert_no_leak_fails_with_the_table():
    assert_no_leak(tight(), ["future"])
    with pytest.raises(AssertionError, match=r"future.*fault.*self_attn"):
        assert_no_leak(leaking(), ["future"])


def test_the_model_is_left_as_it_was():
    model = build_model(CONFIG)
    model.train()
    model.decoder.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    probe(model)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert model.training
    assert not model.decoder.training
    assert all(weight.grad is None for weight in model.parameters())
    assert not any(part._forward_hooks for part in model.modules())


def test_the_place_is_the_layer_in_which_it_begins():
    model = Decoder()
    model.layers[1].attention.attend = lambda q, k, v, mask: F.scaled_dot_product_attention(q, k, v)
    assert probe(decoder_only(model, VOCAB, PAD), ["future"])["future"].place == "layers.1.attention"


def test_the_matrix_says_who_notices_whom():
    model = Decoder()
    model.mask = lambda tokens: torch.ones(tokens.size(1), tokens.size(1), dtype=torch.bool).tril(1)
    result = probe(decoder_only(model, VOCAB), ["future"])["future"]
    place = next(place for place in result.places if place.name == "layers.0.attention")
    wrong = place.must_not & (place.differences > 0)
    assert wrong.nonzero().tolist() == [[j, j - 1] for j in range(1, 9)]


def test_dropout_that_is_on_while_answering_is_said():
    class Forgetful(Decoder):
        def forward(self, tokens):
            return F.dropout(super().forward(tokens), 0.5)

    report = probe(decoder_only(Forgetful(), VOCAB, PAD), ["future", "pad length"])
    assert "random numbers" in str(report)
    assert report.ok


def test_a_plain_function_is_probed_as_far_as_it_goes():
    def answer(src, trg):
        return F.one_hot(trg, VOCAB).float().cumsum(1) + F.one_hot(src, VOCAB).float().sum(1, keepdim=True)

    report = probe(encoder_decoder(answer, VOCAB, PAD))
    assert report["future"].verdict == "ok"
    assert report["noise"].verdict == "not run"


def test_what_cannot_be_probed_is_a_sentence():
    with pytest.raises(InputError, match="vocab"):
        probe(Decoder())
    with pytest.raises(InputError, match="no check"):
        probe(tight(), ["futur"])
    with pytest.raises(InputError, match="at least two"):
        decoder_only(Decoder(), 2, PAD)
    with pytest.raises(InputError, match="returned"):
        probe(decoder_only(lambda tokens: "seven", VOCAB, PAD))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3, 9, 4), (3, 9, 4)),
        ((9, 3, 4), (3, 9, 4)),
        ((3, 2, 9, 11), (3, 9, 2, 11)),
        ((6, 9, 11), (3, 9, 2, 11)),
        ((27, 4), (3, 9, 4)),
        ((1, 9, 4), (3, 9, 1, 4)),
        ((5, 5), None),
    ],
)
def test_the_axes_of_a_foreign_tensor(shape, expected):
    found = locate(torch.zeros(shape), 3, {"src": 11, "trg": 9})
    assert (found and tuple(found.values.shape)) == expected


def test_heads_belong_to_their_sentence():
    tensor = torch.arange(6.0)[:, None].expand(6, 9)  # [B * H, L], sentence 0 first
    assert locate(tensor, 3, {"trg": 9}).values[:, 0].tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_noise_moves_every_weight_by_its_last_digit_and_back(dtype):
    layer = nn.Linear(4, 4).to(dtype)
    before = layer.weight.detach().clone()
    with moved(layer, 0):
        change = ((layer.weight - before).abs() / before.abs()).max()
        assert 0 < change <= 2 * torch.finfo(dtype).eps
    assert torch.equal(layer.weight, before)


def test_the_command_line_ends_with_1_on_a_leak(capsys):
    assert main(["tests.probe.test_probe:leaking", "--check", "future", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert report["results"][0]["place"] == "transformer.decoder.layers.0.self_attn"


def test_the_command_line_ends_with_0_without_one(capsys):
    assert main(["tests.probe.test_probe:tight", "--check", "future"]) == 0
    assert "equal to the last bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["tests.probe.test_probe", "no_such_module:make", "tests.probe.test_probe:no"]
)
def test_the_command_line_ends_with_2_on_bad_usage(name, capsys):
    assert main([name]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_model_can_be_named_as_it_is():
    assert isinstance(made("tests.probe.models.parts:EncoderDecoder"), EncoderDecoder)
