"""The sections of the positional encoding page."""
