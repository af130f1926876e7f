"""The home page: the figure shows the current model on the typed input."""

import json
from dataclasses import replace

import pytest
import torch

from transformer import Transformer, TransformerConfig
from ui import models
from ui.frames import overview
from ui.pages import read_view


def boxes(app) -> dict[str, dict]:
    """The data sent to the map, by the names of its parts."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    (figure,) = (one["figure"] for one in sent if "figure" in one)
    stacks = json.loads(figure)["stacks"]
    return {
        part["name"]: part
        for stack in stacks
        for part in (*stack["before"], *stack["layer"], *stack["after"])
    }


def seen(**config) -> overview.Tour:
    """A tour of an untrained model of some configuration."""
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(embed_dim=8, heads=2, feed_forward_dim=8, **config)).eval()
    return overview.tour(replace(models.named("sort"), model=model), "5 3 9")


def test_shapes_are_those_of_the_input(open_page):
    app = open_page("home")
    app.text_input(key="try").set_value("4 2 6").run()
    assert not app.exception
    shown = boxes(app)
    assert shown["src"]["shape"] == "[1, 5]"
    assert shown["trg"]["shape"] == "[1, 4]"
    assert shown["decoder.0.cross_attention"]["shape"] == "[1, 4, 4, 5]"
    assert shown["decoder.0.cross_attention"]["mask"]["shape"] == "[1, 1, 1, 5]"
    assert shown["decoder.0.self_attention"]["mask"]["shape"] == "[1, 1, 4, 4]"
    assert shown["probabilities"]["shape"] == "[1, 4, 13]"
    assert [code.value for code in app.code] == ["SOS 4 2 6 EOS  →  SOS 2 4 6 EOS"]


@pytest.mark.parametrize("text", ["", "a b", "1" * 65, "*bold*"])
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("home")
    app.text_input(key="try").set_value(text).run()
    assert not app.exception
    assert app.warning


@pytest.mark.parametrize("model", ["reverse", "copy"])
def test_the_sentence_names_what_the_current_model_was_trained_for(open_page, model):
    texts = [element.value for element in open_page("home", model=model).markdown]
    assert sum(f"trained to {model} digits" in text for text in texts) == 1


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_every_place_of_the_figure_is_one_of_the_pass_and_every_residual_joins_two_parts(norm):
    figure = overview.architecture(seen(norm=norm))
    names = [part.name for part in figure.parts]
    assert len(names) == len(set(names))
    for stack in (figure.encoder, figure.decoder):
        places = [part.name for part in stack.layer]
        assert all(places.index(start) < places.index(end) for start, end in stack.residuals)
    assert [part.name for part in figure.parts if part.reads_encoder] == ["decoder.0.cross_attention"]


def test_a_model_that_norms_first_is_drawn_so():
    post, pre = (overview.architecture(seen(norm=norm)).encoder for norm in ("post", "pre"))
    assert [part.label for part in post.layer] == [
        "self-attention",
        "add & norm",
        "feed-forward",
        "add & norm",
    ]
    assert [part.label for part in pre.layer] == [
        "norm",
        "self-attention",
        "add",
        "norm",
        "feed-forward",
        "add",
    ]
    assert [part.label for part in pre.after] == ["norm", "encoder output"]


@pytest.mark.parametrize(
    ("positions", "labels"),
    [
        ("sinusoidal", ["positional encoding"]),
        ("learned", ["learned positions"]),
        ("none", []),
        ("rotary", []),
        ("alibi", []),
    ],
)
def test_positions_are_drawn_as_the_model_has_them(positions, labels):
    stack = overview.architecture(seen(positions=positions)).encoder
    assert [part.label for part in stack.before if part.added] == labels


def test_every_link_names_a_page_of_the_app():
    links = [part.link for part in overview.architecture(seen()).parts if part.link]
    assert links
    for link in links:
        assert read_view(link.page, link.query).page is link.page


def test_a_link_with_an_input_that_cannot_be_read_leaves_the_rest_of_the_page(open_page):
    app = open_page("home", **{"try": "hello"})
    assert [one.value for one in app.warning]
    assert "Where to start" in [one.value for one in app.subheader]
