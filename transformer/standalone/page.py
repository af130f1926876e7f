"""One HTML file with a trained model, the JavaScript that computes with it, and the grid that draws it."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from safetensors.torch import save

from transformer.grid import colors
from transformer.grid.sources import CSS, HTML, SCRIPT, THEME
from transformer.grid.texts import TEXTS as GRID_TEXTS
from transformer.learning.checkpoint import Checkpoint
from transformer.model.vocabulary import Vocabulary
from transformer.standalone.reading import reading
from transformer.standalone.sources import script
from transformer.standalone.texts import OWN, SITE, TEXTS, TITLES
from transformer.tasks.task import Task

_HERE = Path(__file__).parent

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{css}
</style>
</head>
<body>
<header><h1 id="title">{title}</h1><nav id="controls"></nav></header>
<section id="lesson" aria-live="polite"></section>
<p id="said" role="status"></p>
<main>{html}</main>
<footer><p id="about"></p></footer>
<script type="application/json" id="data">{data}</script>
<script type="text/plain" id="weights">{weights}</script>
<script type="module">{script}</script>
</body>
</html>
"""

_POLICY = "default-src 'none'; script-src '{digest}'; style-src 'unsafe-inline'; img-src blob: data:"
"""Content security policy: the browser runs only this page's script, and fetches nothing."""

LANGUAGES = ("en", "zh")


def page(checkpoint: Checkpoint, name: str = "", lessons: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page of a model, with only the weights, configuration and vocabularies of the checkpoint.

    `lessons` are those of `transformer.standalone.lessons`, if this is the model they use.
    """
    code = script(SCRIPT)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    size = sum(parameter.numel() for parameter in checkpoint.model.parameters())
    return _PAGE.format(
        policy=_POLICY.format(digest=f"sha256-{digest}"),
        title=escape(name or f"Transformer: {_trained(checkpoint.task)}"),
        css=THEME + (_HERE / "page.css").read_text(encoding="utf-8") + CSS,
        html=HTML,
        data=_json({"name": name, "lessons": lessons} | _data(checkpoint.task, size)),
        weights=base64.b64encode(weights(checkpoint)).decode(),
        script=code,
    )


def _data(task: Task, size: int) -> dict[str, Any]:
    return {
        "size": size,
        "trained": _trained(task),
        "task": {
            "words": task.src_vocabulary.words,
            "labels": {"source": _labels(task.src_vocabulary), "target": _labels(task.trg_vocabulary)},
            "reading": reading(task),
            "example": task.example,
        },
        "languages": {
            language: {text.message: said(text.message, language) for text in TEXTS} for language in LANGUAGES
        },
        "texts": {
            language: {name: said(text.message, language) for name, text in GRID_TEXTS.items()}
            for language in LANGUAGES
        },
        "colours": colors.ALL,
    }


def said(text: str, language: str) -> str:
    """The text of a page, its grid or a site in a language."""
    return text if language == "en" else _catalogue(language)[text]


@cache
def _catalogue(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((_HERE / f"{language}.json").read_text(encoding="utf-8"))
    return words


def messages() -> list[str]:
    """All texts of the page, its grid and a site's index, to be translated."""
    return list(dict.fromkeys(text.message for text in (*TEXTS, *SITE, *GRID_TEXTS.values())))


def _trained(task: Task) -> str:
    return TITLES.get(task.name, OWN)


def _labels(vocabulary: Vocabulary) -> list[str]:
    return vocabulary.labels(range(len(vocabulary)))


def weights(checkpoint: Checkpoint) -> bytes:
    """The weights and configuration as a safetensors file, without any other metadata of the training."""
    tensors = {f"model.{name}": tensor.contiguous() for name, tensor in checkpoint.model.state_dict().items()}
    data: bytes = save(tensors, metadata={"config": json.dumps(checkpoint.model.config.to_dict())})
    return data


def _json(data: dict[str, Any]) -> str:
    """JSON with `<` escaped, so that no tag in it can end the script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
