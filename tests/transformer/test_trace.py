import pytest
import torch

from tests.transformer.helpers import example_pair, make_model, small_config
from transformer import Trace

NORMS = ["post", "pre"]
B, S, L, D, H, DH, V = 3, 6, 5, 12, 3, 4, 13


def attention_shapes(place, rows, columns, mask):
    shapes = {
        "query": (B, H, rows, DH),
        "key": (B, H, columns, DH),
        "value": (B, H, columns, DH),
        "energy": (B, H, rows, columns),
        "mask": mask,
        "masked_energy": (B, H, rows, columns),
        "weights": (B, H, rows, columns),
        "context": (B, H, rows, DH),
        "output": (B, rows, D),
    }
    return {f"{place}.{name}": shape for name, shape in shapes.items()}


def expected_shapes():
    encoder, decoder, code = (B, S, D), (B, L, D), D
    shapes = {"encoder.position": (1, S, code), "decoder.position": (1, L, code)}
    shapes |= {f"encoder.{name}": encoder for name in ("embedding", "input", "output")}
    shapes |= {f"decoder.{name}": decoder for name in ("embedding", "input", "output")}
    shapes["decoder.logits"] = (B, L, V)
    block = ("residual1", "norm1", "feed_forward", "residual2", "norm2")
    for i in range(2):
        shapes |= {f"encoder.{i}.{name}": encoder for name in block}
        shapes |= {f"decoder.{i}.{name}": decoder for name in (*block, "residual", "norm")}
        shapes |= attention_shapes(f"encoder.{i}.self_attention", S, S, (B, 1, 1, S))
        shapes |= attention_shapes(f"decoder.{i}.self_attention", L, L, (B, 1, L, L))
        shapes |= attention_shapes(f"decoder.{i}.cross_attention", L, S, (B, 1, 1, S))
    return shapes


def traced(model, **kwargs):
    src, trg = example_pair()
    trace = Trace(**kwargs)
    with torch.no_grad():
        logits = model(src, trg, trace=trace)
    return logits, trace


@pytest.mark.parametrize("norm", NORMS)
def test_every_place_is_recorded_with_its_shape(norm):
    _, trace = traced(make_model(small_config(norm=norm)))
    assert {name: tuple(tensor.shape) for name, tensor in trace.items()} == expected_shapes()
    assert len(trace) == len(expected_shapes())


@pytest.mark.parametrize("norm", NORMS)
def test_logits_are_the_same_with_and_without_a_trace(norm):
    model = make_model(small_config(norm=norm))
    src, trg = example_pair()
    logits, trace = traced(model)
    assert torch.equal(trace["decoder.logits"], logits)
    with torch.no_grad():
        torch.testing.assert_close(model(src, trg), logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(model(src, trg), logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", NORMS)
def test_recorded_steps_follow_from_each_other(norm):
    _, trace = traced(make_model(small_config(norm=norm)))
    for place in ("encoder.1.self_attention", "decoder.0.self_attention", "decoder.1.cross_attention"):
        step = trace.at(place)
        energy = step["query"] @ step["key"].transpose(-2, -1) / 2
        torch.testing.assert_close(step["energy"], energy)
        allowed = step["mask"].expand_as(energy)
        assert torch.equal(step["masked_energy"][allowed], step["energy"][allowed])
        assert (step["masked_energy"][~allowed] == float("-inf")).all()
        torch.testing.assert_close(step["weights"], step["masked_energy"].softmax(dim=-1))
        torch.testing.assert_close(step["context"], step["weights"] @ step["value"])
    for side in ("encoder", "decoder"):
        torch.testing.assert_close(
            trace[f"{side}.input"], trace[f"{side}.embedding"] + trace[f"{side}.position"]
        )


def test_recorded_masks_are_those_the_model_made():
    model = make_model(small_config())
    src, trg = example_pair()
    _, trace = traced(model)
    for i in range(2):
        assert torch.equal(trace[f"encoder.{i}.self_attention.mask"], model.make_src_mask(src))
        assert torch.equal(trace[f"decoder.{i}.cross_attention.mask"], model.make_src_mask(src))
        assert torch.equal(trace[f"decoder.{i}.self_attention.mask"], model.make_trg_mask(trg))


def test_recorded_tensors_are_detached_copies_that_nothing_else_shares():
    model = make_model(small_config())
    src, trg = example_pair()
    trace = Trace()
    logits = model(src, trg, trace=trace)
    assert logits.requires_grad
    assert not any(tensor.requires_grad for tensor in trace.values())
    starts = [tensor.data_ptr() for tensor in trace.values()]
    assert len(set(starts)) == len(starts)
    kept, codes = logits.detach().clone(), model.encoder.position.pe.clone()
    for tensor in trace.values():
        tensor.zero_()
    assert torch.equal(logits, kept)
    assert torch.equal(model.encoder.position.pe, codes)


def test_tracing_leaves_gradients_as_they_are():
    model = make_model(small_config())
    src, trg = example_pair()
    gradients = []
    for trace in (None, Trace()):
        model.zero_grad()
        model(src, trg, trace=trace).square().mean().backward()
        gradients.append([weight.grad.clone() for weight in model.parameters()])
    for plain, while_traced in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, while_traced, atol=1e-5, rtol=0)


def test_zeroing_a_heads_context_is_removing_its_columns_of_fc_out():
    model = make_model(small_config())
    plain, _ = traced(model)

    def without_head_1(context):
        context = context.clone()
        context[:, 1] = 0
        return context

    edited, trace = traced(model, edits={"encoder.0.self_attention.context": without_head_1})
    assert (trace["encoder.0.self_attention.context"][:, 1] == 0).all()
    assert not torch.equal(edited, plain)
    with torch.no_grad():
        model.encoder.layers[0].attention.fc_out.weight[:, 4:8] = 0
    torch.testing.assert_close(edited, traced(model)[0], atol=1e-5, rtol=0)


def test_editing_the_masks_is_passing_other_masks():
    model = make_model(small_config())
    src, trg = example_pair()
    src_mask = torch.ones(B, 1, 1, S, dtype=torch.bool)
    src_mask[..., 2] = False
    places = [f"{side}.{i}.{kind}_attention.mask"
              for i in range(2) for side, kind in (("encoder", "self"), ("decoder", "cross"))]  # fmt: skip
    edited, trace = traced(model, edits={place: lambda mask: src_mask for place in places})
    with torch.no_grad():
        expected = model(src, trg, src_mask)
        plain = model(src, trg)
    torch.testing.assert_close(edited, expected, atol=1e-5, rtol=0)
    assert (edited - plain).abs().max() > 1e-3
    assert all((trace[place.replace(".mask", ".weights")][..., 2] == 0).all() for place in places)


def test_editing_the_codes_away_is_a_model_without_positions():
    sinusoidal = make_model(small_config())
    none = make_model(small_config(positions="none"))
    none.load_state_dict(sinusoidal.state_dict())
    edits = {f"{side}.position": torch.zeros_like for side in ("encoder", "decoder")}
    assert not torch.equal(traced(sinusoidal)[0], traced(none)[0])
    torch.testing.assert_close(traced(sinusoidal, edits=edits)[0], traced(none)[0], atol=1e-5, rtol=0)


def test_an_edit_changes_nothing_that_was_reached_before_it():
    model = make_model(small_config())
    _, plain = traced(model)
    _, edited = traced(model, edits={"decoder.0.norm": torch.zeros_like})
    names = list(plain)
    assert names == list(edited)
    place = names.index("decoder.0.norm")
    assert all(torch.equal(plain[name], edited[name]) for name in names[:place])
    assert (edited["decoder.0.norm"] == 0).all()
    assert not torch.equal(plain["decoder.logits"], edited["decoder.logits"])


def test_a_trace_seen_from_inside_has_names_relative_to_it():
    _, trace = traced(make_model(small_config()))
    inner = trace.at("decoder").at(1).at("cross_attention")
    assert list(inner) == ["query", "key", "value", "energy", "mask", "masked_energy", "weights", "context",
                           "output"]  # fmt: skip
    assert len(inner) == 9
    assert torch.equal(inner["key"], trace["decoder.1.cross_attention.key"])
    assert "nothing" not in inner
    inner.record("note", torch.ones(1))
    assert trace["decoder.1.cross_attention.note"] == 1


def test_a_copy_goes_its_own_way():
    trace = Trace()
    trace.record("a", torch.ones(1))
    other = trace.copy()
    other.record("b", torch.ones(1))
    trace.record("c", torch.ones(1))
    assert (list(trace), list(other)) == (["a", "c"], ["a", "b"])


def test_nothing_is_left_on_the_model_by_a_traced_pass():
    model = make_model(small_config())
    before = {name: set(vars(module)) for name, module in model.named_modules()}
    traced(model)
    assert {name: set(vars(module)) for name, module in model.named_modules()} == before
