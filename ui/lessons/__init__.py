"""Guided lessons: TOML files in `lessons/`, read into steps, and the bar that leads through them."""
