import copy
import pickle

import pytest

from transformer import InputError


def test_message_and_values_are_kept_apart_for_translation():
    error = InputError("{name} is {value}.", name="heads", value=3)
    assert isinstance(error, ValueError)
    assert str(error) == "heads is 3."
    assert error.message.replace("is", "ist").format(**error.values) == "heads ist 3."


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_values_survive_copying_and_pickling(again):
    error = again(InputError("{message} and {file}", message="a", file="b"))
    assert (str(error), error.message) == ("a and b", "{message} and {file}")
    assert error.values == {"message": "a", "file": "b"}
