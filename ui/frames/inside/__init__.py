"""Every part of the model, opened: the code that runs in it, line by line, on the tensors of one pass."""
