"""Figures: arrays and labels in, a plotly Figure out. Knows no model and no streamlit."""
