"""A small static web site: one page per task, and an index with the architecture and the lessons."""

from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from transformer.learning.checkpoint import shipped_checkpoint, write_atomically
from transformer.model.config import TransformerConfig
from transformer.model.places import STACKS, StackName, Sublayer, sublayers
from transformer.standalone.lessons import MODEL, lessons
from transformer.standalone.page import page, said
from transformer.standalone.texts import TITLES
from transformer.tasks import TASKS

Say = Callable[[str], str]
"""Maps a text of `texts.py` to the language of an index."""

_CSS = Path(__file__).with_name("site.css").read_text(encoding="utf-8")
_NAMES = {"en": "index.html", "zh": "index.zh.html"}
_CALLED = {"en": "English", "zh": "中文"}
_PARTS = {
    "encoder.0.self_attention": ("self-attention", "encoder"),
    "decoder.0.self_attention": ("masked self-attention", "self"),
    "decoder.0.cross_attention": ("cross-attention", "cross"),
}
"""The names of the attentions on the map, and in links."""


def write_site(folder: Path) -> None:
    """Write the site's files into a folder, for any static host."""
    for task in TASKS:
        text = page(shipped_checkpoint(task), "", lessons() if task == MODEL else ())
        write_atomically(folder / f"{task}.html", text.encode())
    config = shipped_checkpoint(MODEL).model.config
    for language, name in _NAMES.items():
        write_atomically(folder / name, index(config, language).encode())


def index(config: TransformerConfig, language: str) -> str:
    """The index page of the site in one language, without scripts."""

    def say(text: str) -> str:
        return escape(said(text, language))

    others = [
        f'<a href="{_NAMES[other]}" lang="{other}">{name}</a>'
        for other, name in _CALLED.items()
        if other != language
    ]
    return _INDEX.format(
        language=language,
        css=_CSS,
        others=" ".join(others),
        title=say("See a Transformer work"),
        about=say("Each page holds a small trained Transformer that computes in your browser."),
        tasks=_listed(_link(task, say(TITLES[task]), language) for task in TASKS),
        map_title=say("Architecture of the Transformer"),
        map="".join(_stack(config, stack, language, say) for stack in STACKS),
        lessons_title=say("Lessons"),
        lessons_note=say("These are the steps that need no server; the complete lessons are in the app."),
        lessons=_listed(
            _link(
                MODEL,
                escape(one["title"][language]),
                language,
                lesson=one["name"],
                **one["steps"][0]["settings"],
            )
            for one in lessons()
        ),
    )


def _listed(items: Iterable[str]) -> str:
    return "\n".join(f"<li>{item}</li>" for item in items)


def _link(task: str, said: str, language: str, **settings: str) -> str:
    """A link to a view of a task's page; `said` is HTML."""
    return f'<a href="{task}.html#{escape(urlencode(settings | {"lang": language}))}">{said}</a>'


def _stack(config: TransformerConfig, stack: StackName, language: str, say: Say) -> str:
    """The map of encoder or decoder, from the bottom up as in the paper, with links to the views of parts."""
    embedded = [say("source tokens" if stack == "encoder" else "target tokens so far"), say("embedding")]
    if config.adds_codes:
        embedded.append(_link(MODEL, say("positional encoding"), language, view="positions"))
    layer = [part for one in sublayers(config, stack, 0) for part in _sublayer(one, language, say)]
    after = [say("encoder output")]
    if stack == "decoder":
        after = [say("linear: logits"), _link(MODEL, say("softmax: next token"), language, view="decoding")]
    return _STACK.format(
        title=say("Encoder" if stack == "encoder" else "Decoder"),
        before=_boxes(embedded),
        layer=_boxes(layer),
        times=f"× {config.num_layers}",
        after=_boxes(after),
    )


def _sublayer(one: Sublayer, language: str, say: Say) -> list[str]:
    """The boxes of a sublayer: its part, and the sum and norm around it."""
    title, attention = _PARTS.get(one.part, ("feed-forward", ""))
    part = say(title)
    if attention:
        part = _link(MODEL, part, language, view="broadcasting", show=attention)
    return [say("norm"), part, say("add")] if one.is_pre_norm else [part, say("add & norm")]


def _boxes(parts: list[str]) -> str:
    """List items, with the first part at the bottom."""
    return "".join(f"<li>{part}</li>" for part in reversed(parts))


_STACK = """<section>
<h3>{title}</h3>
<ol reversed>{after}</ol>
<ol reversed class="layer" data-times="{times}">{layer}</ol>
<ol reversed>{before}</ol>
</section>
"""

_INDEX = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<header><h1>{title}</h1><nav>{others}</nav></header>
<p>{about}</p>
<ul>
{tasks}
</ul>
<h2>{map_title}</h2>
<div class="map">
{map}</div>
<h2>{lessons_title}</h2>
<p>{lessons_note}</p>
<ul>
{lessons}
</ul>
</body>
</html>
"""
