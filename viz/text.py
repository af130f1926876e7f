"""Text in figures."""

from html import escape


def plain(text: str) -> str:
    """Text that Plotly shows as it is: it takes tags such as <b> and <a> in labels for what they say."""
    return escape(text, quote=False)  # Plotly knows no entity for quotation marks
