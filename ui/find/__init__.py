"""Find the mistake: a model, what is at hand to judge it by, and a diagnosis."""
