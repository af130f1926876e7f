"""Figures: functions from arrays and labels to a Plotly Figure, independent of models and of Streamlit."""
