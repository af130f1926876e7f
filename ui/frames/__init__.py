"""Views as frames of the tensor grid: tensors of a pass that ran, with the words that go with them."""
