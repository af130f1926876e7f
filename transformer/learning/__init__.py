"""Training, and what is kept of it."""
