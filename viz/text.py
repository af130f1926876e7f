"""Text in figures."""

from html import escape


def plain(text: str) -> str:
    """Escape text for labels, in which Plotly interprets tags such as <b> and <a>."""
    return escape(text, quote=False)  # Plotly has no entity for quotation marks
