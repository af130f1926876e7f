"""What each browser is shown: registers the pages and draws what they share. `app.py` serves it."""

import streamlit as st

from ui import (
    address,
    anchors,
    connection,
    finite,
    hiding,
    i18n,
    ownership,
    pages,
    server,
    sidebar,
    style,
    window,
)
from ui.i18n import t
from ui.lessons import bar, path

st.set_page_config(page_title="Transformer", layout="wide")
server.prepare()
i18n.settle()
ownership.enter()
menu: dict[str, list[st.Page]] = {}
for page in pages.PAGES:
    entry = st.Page(
        page.file,
        title=t(page.title),
        url_path=page.slug,
        default=page is pages.HOME,
        visibility="hidden" if page.hidden else "visible",
    )
    menu.setdefault(t(page.group) if page.group else "", []).append(entry)
chosen = st.navigation(menu, position="hidden" if hiding.hides("sidebar") else "sidebar", expanded=True)
page = pages.BY_SLUG[chosen.url_path or pages.HOME.slug]
path.follow(page)
address.load(page)
i18n.settle()
ownership.note(page)
if not hiding.hides("sidebar"):
    sidebar.draw()
style.draw()
window.draw()
connection.watch(page)
finite.remark(page)
hiding.lock()
bar.draw()
chosen.run()
hiding.clear()
anchors.reveal()
address.write_url(page)
