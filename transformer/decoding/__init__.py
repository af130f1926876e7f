"""Writing an answer token by token."""
