"""One file that holds a trained model, the JavaScript that computes with it, and the grid that draws it."""

import base64
import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from safetensors.torch import save

from transformer.grid import colors
from transformer.grid.sources import CSS, HTML, SCRIPT, THEME
from transformer.grid.texts import TEXTS as GRID_TEXTS
from transformer.learning.checkpoint import Checkpoint
from transformer.standalone.sources import script
from transformer.standalone.texts import OWN, TEXTS, TITLES
from transformer.tasks import DigitTask, PairsTask
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
<header><h1>{title}</h1><nav id="controls"></nav></header>
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
"""Only the one script of this page runs, and the browser fetches nothing."""

LANGUAGES = ("zh",)
"""Besides English."""


def page(checkpoint: Checkpoint, name: str = "") -> str:
    """The page of a model. Of the checkpoint only weights, configuration and vocabularies go into it."""
    code = script(SCRIPT)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    size = sum(parameter.numel() for parameter in checkpoint.model.parameters())
    return _PAGE.format(
        policy=_POLICY.format(digest=f"sha256-{digest}"),
        title=escape(name or f"Transformer: {_title(checkpoint.task)}"),
        css=THEME + (_HERE / "page.css").read_text(encoding="utf-8") + CSS,
        html=HTML,
        data=_json(_data(checkpoint.task, size)),
        weights=base64.b64encode(weights(checkpoint)).decode(),
        script=code,
    )


def _data(task: Task, size: int) -> dict[str, Any]:
    english = {text.message: text.message for text in TEXTS}
    translated = {language: catalogue(language) for language in LANGUAGES}
    return {
        "size": size,
        "title": _title(task),
        "task": {
            "source": task.src_vocabulary.words,
            "target": task.trg_vocabulary.words,
            "example": task.example,
            "separator": _separator(task),
        },
        "languages": {"en": english} | translated,
        "texts": {
            language: {name: words.get(text.message, text.message) for name, text in GRID_TEXTS.items()}
            for language, words in ({"en": english} | translated).items()
        },
        "colours": colors.ALL,
    }


@cache
def catalogue(language: str) -> dict[str, str]:
    """The texts of the page and of the grid in another language."""
    words: dict[str, str] = json.loads((_HERE / f"{language}.json").read_text(encoding="utf-8"))
    return words


def messages() -> list[str]:
    """All texts that the page needs in every language."""
    return [text.message for text in (*TEXTS, *GRID_TEXTS.values())]


def _title(task: Task) -> str:
    return TITLES.get(task.name, OWN)


def _separator(task: Task) -> str:
    """What stands between the words of an answer."""
    words = isinstance(task, PairsTask) and task.tokens == "word"
    return " " if words or isinstance(task, DigitTask) else ""


def weights(checkpoint: Checkpoint) -> bytes:
    """As a safetensors file with nothing else in it, neither where the model was trained nor by whom."""
    tensors = {f"model.{name}": tensor.contiguous() for name, tensor in checkpoint.model.state_dict().items()}
    data: bytes = save(tensors, metadata={"config": json.dumps(checkpoint.model.config.to_dict())})
    return data


def _json(data: dict[str, Any]) -> str:
    """No tag can end the script that holds it."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
