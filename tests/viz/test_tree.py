from viz.tree import Node, beam_tree

TITLES = {"alive": "a", "finished": "f", "pruned": "p", "step": "s", "answer": "w"}

NODES = [
    Node(None, 0, 0, "SOS", "alive", True, ("start",)),
    Node(0, 1, 0, "<b>x", "alive", False, ("<b>x", "score")),
    Node(0, 1, 1, "5", "alive", True, ("5",)),
    Node(0, 1, 2, "6", "pruned", False, ("6",)),
    Node(2, 2, 0, "EOS", "finished", True, ("5 EOS",)),
]


def test_every_token_is_drawn_as_its_kind_at_its_rank_and_nothing_is_read_as_markup():
    marked = {trace.name: trace for trace in beam_tree(NODES, TITLES).data if trace.mode == "markers+text"}
    assert list(marked["a"].text) == ["<b>SOS</b>", "&lt;b&gt;x", "<b>5</b>"]
    assert list(zip(marked["a"].x, marked["a"].y, strict=True)) == [(0, 0), (1, 0), (1, 1)]
    assert list(marked["a"].hovertext) == ["start", "&lt;b&gt;x<br>score", "5"]
    assert list(marked["p"].text) == ["6"]
    assert list(marked["f"].text) == ["<b>EOS</b>"]
    assert len({trace.marker.symbol for trace in marked.values()}) == 3


def test_lines_lead_from_parent_to_child_and_the_way_to_the_answer_is_one_of_them():
    lines = [trace for trace in beam_tree(NODES, TITLES).data if trace.mode == "lines"]
    pruned, followed, chosen = (list(zip(trace.x, trace.y, strict=True)) for trace in lines)
    end = (None, None)
    assert pruned == [(0, 0), (1, 2), end]
    assert followed == [(0, 0), (1, 0), end]
    assert chosen == [(0, 0), (1, 1), end, (1, 1), (2, 0), end]
    assert [trace.name for trace in lines if trace.showlegend] == ["w"]
    assert len({trace.line.dash for trace in lines}) == 2
