from hypothesis import given
from hypothesis import strategies as st

from viz.tree import Node, beam_tree, rows

TITLES = {"alive": "a", "finished": "f", "pruned": "p", "step": "s", "answer": "w"}


def nodes_of(parents, kinds=("alive",), labels=("5",)):
    found = [Node(None, 0, "SOS", "alive", True, ("start",))]
    for number, parent in enumerate(parents):
        parent = min(parent, len(found) - 1)
        kind, label = kinds[number % len(kinds)], labels[number % len(labels)]
        found.append(Node(parent, found[parent].step + 1, label, kind, False, (label, "score")))
    return found


@given(st.lists(st.integers(0, 30), max_size=30))
def test_no_two_tokens_of_a_step_share_a_row_and_the_first_child_runs_straight_on(parents):
    nodes = nodes_of(parents)
    heights = rows(nodes)
    assert len({(node.step, height) for node, height in zip(nodes, heights, strict=True)}) == len(nodes)
    seen = set()
    for place, node in enumerate(nodes[1:], start=1):
        if node.parent not in seen:
            assert heights[place] == heights[node.parent]
        seen.add(node.parent)
    assert set(heights) == set(range(max(heights) + 1)), "no row is empty"


def test_every_token_is_drawn_as_its_kind_with_its_details_and_nothing_is_read_as_markup():
    nodes = nodes_of([0, 0, 1], ("alive", "pruned", "finished"), ("<b>x", "5", "EOS"))
    figure = beam_tree(nodes, TITLES)
    marked = {trace.name: trace for trace in figure.data if trace.mode == "markers+text"}
    assert list(marked["a"].text) == ["<b>SOS</b>", "&lt;b&gt;x"]
    assert list(marked["p"].text) == ["5"]
    assert list(marked["f"].hovertext) == ["EOS<br>score"]
    assert len({trace.marker.symbol for trace in marked.values()}) == 3
