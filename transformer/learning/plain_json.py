"""JSON from files that anybody may have written."""

import json
from collections.abc import Callable
from typing import Any


def parse(text: str | bytes, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """What a text in UTF-8 says; `pairs` makes something else than a dictionary of an object.

    Raises ValueError, and RecursionError for lists in lists in lists. Half a character, which JSON can write
    as an escape, is refused: no file and no page could show it.
    """
    decoded = text.decode() if isinstance(text, bytes) else text
    value = json.loads(decoded, object_pairs_hook=pairs)
    if "\\u" in decoded:
        json.dumps(value, ensure_ascii=False).encode()  # raises UnicodeEncodeError, a ValueError
    return value
