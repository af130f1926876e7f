"""The model. Read in this order: config, masks, positional, attention, transformer, trace.

The other modules are what these use (vocabulary, rotary, alibi, cache, dropout, argument_checks, modes),
conversions to PyTorch's other mask conventions (mask_conventions) and deliberately wrong models
(faulty_models).
"""
