"""The sections of the mask broadcasting page: each shows tensors of another origin being stretched."""
