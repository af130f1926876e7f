"""Experiments that alter or measure a model."""
