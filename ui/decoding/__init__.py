"""The sections of the decoding page: each module has `draw(checkpoint, src)` for sources [B, S].

The accuracy draws its own sources: `draw(checkpoint)`.
"""
