"""Find the mistake: a model, evidence about it, and the user's diagnosis."""
