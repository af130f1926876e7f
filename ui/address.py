"""The address of a view: settings are read from it when it opens, and written into it when they change.

A setting is in the URL while it differs from its default, so that a copied link shows the same view. No page
and no section calls anything for that: `dashboard.py` calls `load` before a page and `write_url` after it,
`ui.layout` calls `keep` and `write_url` around a part of a page that runs alone.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from transformer import InputError
from ui import streamlit_internals
from ui.i18n import browser_language, explain, sentences, t
from ui.pages import BY_SLUG, PAGE_OF, SETTINGS, Page, View
from ui.setting import Setting, as_text, waiting
from ui.state import AT, EVERYWHERE, LANGUAGE

ENTERED = "page_entered"
"""Session state: the slug of the page of the last run."""

REMARKS = 3
"""Parameters of an address that cannot be had, of which it is said; a fourth is like them."""

ARRIVAL = "arrival"
"""Session state: how often an address was taken, and the place on its page that it named, if it did."""

_SWITCHED = "page_switched"
"""Session state: whether the page was switched to and its address is not yet complete."""

_WRITTEN = "address_written"
"""Session state: the query that the address was given last."""


def current() -> Page:
    """The page that is on screen: of this run, or of the fragment that runs alone."""
    return BY_SLUG[st.session_state[ENTERED]]


def load(page: Page) -> None:
    """Before a page: take settings from its address if it is a new view, keep them otherwise.

    An address that names one of a page's settings is a view of that page: those it does not name are at
    their defaults. Keeping is done by assigning anew, since Streamlit forgets the value of a widget that a
    run does not draw.
    One that names a place on the page is a view, too, even if the page is on screen already.
    Where the browser goes back or forth, the address is one that `write_url` wrote and says all of it.
    At other times, unless a page is entered, the address only repeats what `write_url` wrote, and may be
    late: a quick click still carries the address from before the last one.
    """
    _leave(page)
    goes_back = streamlit_internals.is_history_navigation()
    entered = st.session_state.get(ENTERED) != page.slug
    if goes_back or entered:
        st.session_state[_SWITCHED] = not goes_back and ENTERED in st.session_state
        st.session_state[_WRITTEN] = st.query_params.to_dict()
    st.session_state[ENTERED] = page.slug
    _take(page, _arrive(goes_back, entered), goes_back)
    if not LANGUAGE.value:
        LANGUAGE.set(browser_language())


def _arrive(goes_back: bool, entered: bool) -> dict[str, str]:
    """The query, if the address is that of a new view; nothing if it only repeats what was written."""
    taken, last_place = st.session_state.get(ARRIVAL, (0, AT.default))
    place = AT.parse(st.query_params.get(AT.name, AT.default))
    if not (entered or goes_back or place not in (None, AT.default, last_place)):
        return {}
    AT.set(AT.default)
    st.session_state[ARRIVAL] = (taken + 1, place)
    return st.query_params.to_dict()


def _take(page: Page, query: Mapping[str, str], goes_back: bool) -> None:
    """Set what the query says, on this page and on others whose settings it names; say what cannot be had."""
    given, refused = _read(query)
    viewed = {PAGE_OF[setting] for setting in SETTINGS if setting.name in query and setting in PAGE_OF}
    if goes_back or AT.name in query:
        viewed.add(page)
    for setting in EVERYWHERE:
        setting.set(given.get(setting, setting.value))
    for one in {page, *viewed}:
        for setting in one.settings:
            value = given.get(setting, setting.default if one in viewed else setting.value)
            waiting()[setting.name] = value
            if one is page:
                st.session_state[setting.name] = waiting().pop(setting.name)
    for error in refused[:REMARKS]:
        said = sentences(t("In the address:"), explain(error), t("The default is shown."))
        st.toast(said, duration="long")


def _read(query: Mapping[str, str]) -> tuple[dict[Setting[Any], Any], list[InputError]]:
    """What a query gives to settings, and why some of it cannot be had."""
    given: dict[Setting[Any], Any] = {}
    refused = []
    for setting in SETTINGS:
        if setting.name in query:
            try:
                given[setting] = setting.read(query[setting.name])
            except InputError as error:
                refused.append(error)
    return given, refused


def keep() -> None:
    """Before a part of a page: assign its settings anew if `load` did not, since the part runs alone.

    Only what is assigned is sent to the browser as a widget's value. Without that a choice whose label has
    changed since would come back by its old label, which stands for nothing any more.
    """
    if streamlit_internals.runs_fragments():
        for setting in current().settings:
            setting.set(setting.value)


def _leave(page: Page) -> None:
    """Put the settings of other pages away; and what was typed there and comes only now."""
    is_same, late = (
        st.session_state.get(ENTERED, page.slug) == page.slug,
        streamlit_internals.values_come_late(),
    )
    if is_same and not late:
        return
    for setting in SETTINGS:
        if setting in EVERYWHERE or setting in page.settings:
            continue
        if not is_same and setting.name in st.session_state:
            waiting()[setting.name] = setting.value
            del st.session_state[setting.name]
        elif setting.name in late:
            waiting()[setting.name] = late[setting.name]


def write_url(page: Page) -> None:
    """After a run of a page, or of parts alone: let the URL say what is shown, to be copied.

    The browser may not have got what was written last, or may not know that its address was completed.
    """
    wanted, known = query_of(page), st.query_params.to_dict()
    is_switched = not streamlit_internals.runs_fragments() and st.session_state.pop(_SWITCHED, False)
    if wanted == known == st.session_state.get(_WRITTEN, known):
        return
    st.session_state[_WRITTEN] = wanted
    if is_switched:
        _complete_address(page, known, wanted)
    else:
        st.query_params.from_dict(wanted)


_COMPLETE = """<script>
    (([page, known, query, name]) => {
        const same = (one, other) => String(new URLSearchParams(one)) === String(new URLSearchParams(other));
        const completed = window.completedAddresses ??= new Set();
        if (completed.has(name)) return;
        completed.add(name);
        if (!location.pathname.endsWith("/" + page) || !same(location.search, known)) return;
        history.replaceState({}, "", query ? "?" + query : location.pathname);
    })(%s);
</script>"""
"""Writes a query into the address of a page, unless that has changed since the server saw it, and only once:
Streamlit may run a script that it has drawn again, even on the next page."""


def _complete_address(page: Page, known: dict[str, str], query: dict[str, str]) -> None:
    """At the end of the run that switched to a page: complete its entry in the browser's history.

    Streamlit would make a second entry, and Back would lead from the page to the page. Later runs take the
    query from the address.
    """
    values = [page.path, urlencode(known), urlencode(query), uuid.uuid4().hex]
    st.html(_COMPLETE % json.dumps(values), unsafe_allow_javascript=True)


def everything() -> dict[str, str]:
    """All settings of all pages that are not at their defaults, as they would stand in an address."""
    return {one.name: as_text(one.value) for one in SETTINGS if one.value != one.default}


def restore(page: Page, typed: Mapping[str, str], others: Mapping[str, str]) -> None:
    """After `load`: set what was typed on a page and what was set on others, except for what cannot be."""
    for setting, owner in PAGE_OF.items():
        text = (typed if owner is page else others).get(setting.name)
        value = None if text is None else setting.parse(text)
        if value is None:
            continue
        if owner is page:
            setting.set(value)
        else:
            waiting()[setting.name] = value


def query_of(page: Page) -> dict[str, str]:
    """The URL parameters that reproduce a page as it is: its settings that are not at their defaults."""
    query = View(page, {setting: setting.value for setting in (*EVERYWHERE, *page.settings)}).query
    if query.get(LANGUAGE.name) == browser_language():
        del query[LANGUAGE.name]
    return query


def link(page: Page, others: Mapping[Setting[str], str]) -> str:
    """The address of the view on screen, with other values of some settings; empty ones stay as they are."""
    query = urlencode(query_of(page) | {setting.name: value for setting, value in others.items() if value})
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{query}" if query else base


def reset(page: Page) -> None:
    """Put a page's own settings back to their defaults (a button's callback)."""
    for setting in (*page.settings, AT):
        setting.set(setting.default)
