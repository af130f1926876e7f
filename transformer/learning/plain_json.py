"""Parse JSON from untrusted files."""

import json
from collections.abc import Callable
from typing import Any


def parse(text: str | bytes, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """The value of a JSON text in UTF-8; `pairs` is the `object_pairs_hook` of `json.loads`.

    Raises ValueError, and RecursionError for too deeply nested values. Lone surrogates, which JSON can write
    as an escape, are a ValueError too: they cannot be encoded in a file or page.
    """
    decoded = text.decode() if isinstance(text, bytes) else text
    value = json.loads(decoded, object_pairs_hook=pairs)
    if "\\u" in decoded:
        json.dumps(value, ensure_ascii=False).encode()  # raises UnicodeEncodeError, a ValueError
    return value
