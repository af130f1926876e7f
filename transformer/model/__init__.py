"""The model. Read in this order: config, masks, positional, attention, transformer, trace.

Beside them stand what they use (vocabulary, rotary, alibi, cache, dropout, argument_checks, modes), PyTorch's
other ways to write a mask (mask_conventions) and, last, the models that are wrong on purpose (faulty_models).
"""
