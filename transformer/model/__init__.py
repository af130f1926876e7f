"""The model. Read in this order: config, vocabulary, trace, masks, positional, attention, transformer."""
