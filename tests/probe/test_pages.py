"""Reports and traces as pages, and what a foreign model's attention did."""

import json
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.probe.models import no_causal_mask
from tests.probe.models.parts import PAD, VOCAB, EncoderDecoder, decoder_of
from tests.probe.models.sdpa_mask_inverted import Inverted
from transformer import InputError, Trace, save_html, shipped_checkpoint
from transformer.probe import decoder_only, probe, record_attention
from transformer.probe.__main__ import main


def frames(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])["frames"]


def test_the_page_of_a_report_steps_through_every_place():
    report = probe(no_causal_mask.make(), ["future"])
    titles = [frame["title"] for frame in frames(report.html("my model"))]
    assert titles[0] == "Results"
    assert "future, answering: transformer.decoder.layers.0.self_attn" in titles


def test_every_attention_of_a_foreign_model_is_recorded():
    model = EncoderDecoder().eval()
    src, trg = torch.tensor([[3, 4, 5, PAD]]), torch.tensor([[6, 7, 8]])
    trace = record_attention(model, lambda: model(src, trg))
    own = trace["transformer.decoder.layers.0.self_attn.weights"]
    assert own.shape == (1, 2, 3, 3)
    torch.testing.assert_close(own.sum(-1), torch.ones(1, 2, 3))
    mask = trace["transformer.decoder.layers.0.self_attn.mask"]
    assert torch.equal(mask[0, 0], torch.ones(3, 3).tril().bool())
    assert not trace["transformer.decoder.layers.0.multihead_attn.mask"][..., 3].any()


def test_a_mask_given_to_sdpa_is_recorded_as_it_acts():
    model = decoder_of(Inverted)
    tokens = torch.tensor([[3, 4, 5]])
    trace = record_attention(model, lambda: model(tokens))
    assert trace["layers.0.attention.mask"][0, 0].tolist() == torch.ones(3, 3).triu(1).bool().tolist()


PADDED = torch.tensor([[False, False, False, True], [False, False, True, True]])


@pytest.mark.parametrize(
    ("built", "called"),
    [
        ({}, {}),
        ({}, {"need_weights": False, "key_padding_mask": PADDED}),
        ({}, {"need_weights": False, "is_causal": True, "attn_mask": torch.ones(4, 4).triu(1).bool()}),
        ({}, {"attn_mask": torch.zeros(4, 4, 4), "average_attn_weights": False}),
        ({"add_bias_kv": True, "add_zero_attn": True}, {"key_padding_mask": PADDED}),
    ],
)
def test_multihead_attention_is_recorded_and_answers_as_ever_however_it_is_called(built, called):
    attention = nn.MultiheadAttention(8, 2, batch_first=True, **built).eval()  # alone it takes its fast path
    x, answers = torch.randn(2, 4, 8), []
    trace = record_attention(attention, lambda: answers.append(attention(x, x, x, **called)))
    weights, mask = trace["attention.weights"], trace["attention.mask"]
    assert weights.shape == mask.shape == (2, 2, 4, 6 if built else 4)
    assert torch.equal(mask, weights > 0)
    with torch.no_grad():
        output, average = attention(x, x, x, **called)
    torch.testing.assert_close(answers[0][0], output)
    assert (answers[0][1] is None) == (average is None)
    if average is not None:
        torch.testing.assert_close(answers[0][1], average)


def test_recording_changes_no_answer():
    model = EncoderDecoder().eval()
    src, trg = torch.tensor([[3, 4, 5, PAD]]), torch.tensor([[6, 7, 8]])
    answers = []
    record_attention(model, lambda: answers.append(model(src, trg)))
    with torch.no_grad():
        torch.testing.assert_close(answers[0], model(src, trg))


def test_weights_are_those_of_the_function():
    q, k, v = (torch.randn(2, 2, 4, 8) for _ in range(3))
    mask = torch.randn(4, 4)

    class One(nn.Module):
        def forward(self):
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)

    model = One()
    trace = record_attention(model, model)
    torch.testing.assert_close(trace["attention.weights"] @ v, model())


def test_a_checkpoint_is_saved_with_its_tokens(tmp_path):
    save_html(tmp_path / "a.html", shipped_checkpoint("sort"), "5 3 9")
    page = (tmp_path / "a.html").read_text()
    assert "3 5 9" in page
    assert frames(page)[0]["title"] == "encoder.0.self_attention"


def test_what_cannot_be_saved_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no attention"):
        save_html(tmp_path / "a.html", Trace())
    with pytest.raises(InputError, match="input"):
        save_html(tmp_path / "a.html", shipped_checkpoint("sort"))


def test_a_trace_shows_itself_in_a_notebook():
    checkpoint = shipped_checkpoint("sort")
    trace = Trace()
    src = torch.tensor([checkpoint.task.encode("5 3")])
    checkpoint.model(src, src[:, :1], trace=trace)
    assert trace._repr_html_().startswith("<iframe srcdoc=")


def test_the_command_line_records_a_pass(tmp_path, capsys):
    name = "tests.probe.models.no_causal_mask:make"
    assert main([name, "--trace", "5 3 9 / 4 6", "--html", str(tmp_path / "t.html")]) == 0
    assert (
        "transformer.decoder.layers.0.multihead_attn: weights [B, H, L, S] = [1, 2, 2, 3]"
        in capsys.readouterr().out
    )
    assert len(frames((tmp_path / "t.html").read_text())) == 3
    assert main([name, "--trace", "five"]) == 2


def test_an_answer_without_tensors_is_a_sentence():
    with pytest.raises(InputError, match="returned"):
        probe(decoder_only(lambda tokens: None, VOCAB))
