"""A grid as one self-contained HTML file."""

import json
from html import escape
from typing import Any

from transformer.grid.sources import CSS, HTML, SCRIPT, THEME

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{theme}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
{html}
<script type="application/json" id="data">{data}</script>
<script type="module">
{script}
mount({{
  parentElement: document.body,
  data: JSON.parse(document.getElementById("data").textContent),
  setTriggerValue: () => {{}},
}});
</script>
</body>
</html>
"""

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob: data:"
"""Content security policy: the browser fetches nothing."""

_BODY = """body {
  max-width: 1400px;
  margin: 24px auto;
  padding: 0 24px;
  background: var(--st-background-color);
  color: var(--st-text-color);
  font-family: var(--st-font);
}
h1 {
  font-size: 22px;
}"""


def standalone_html(data: dict[str, Any], title: str, language: str) -> str:
    """The HTML page of a grid's data (see `grid_data`), including the component."""
    packed = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")  # so that no tag ends the script
    return _PAGE.format(
        language=escape(language),
        policy=_POLICY,
        title=escape(title),
        theme=THEME + _BODY,
        css=CSS,
        html=HTML,
        data=packed,
        script=SCRIPT,
    )
