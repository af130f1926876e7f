"""The address (URL) of a view: settings are read from it on opening, and written to it when they change.

The URL holds every setting that differs from its default, so that a copied link shows the same view. Pages
and sections need not do anything for this: `dashboard.py` calls `load` before a page and `write_url` after
it; `ui.layout` calls `keep` and `write_url` around a fragment, which reruns without the rest of the page.
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
from ui.setting import SHOWN, Setting, as_text, waiting
from ui.state import AT, EVERYWHERE, LANGUAGE

ENTERED = "page_entered"
"""Session state: the slug of the page of the last run."""

REMARKS = 3
"""How many invalid parameters of an address are reported; further ones are replaced by defaults silently."""

ARRIVAL = "arrival"
"""Session state: how many addresses were read, and the place on the page that the last one named, if any."""

_SWITCHED = "page_switched"
"""Session state: whether the user switched to this page and its address is not yet complete."""

_WRITTEN = "address_written"
"""Session state: the query that was last written to the address."""


def current() -> Page:
    """The page on screen, in a run of the whole page and in a fragment run."""
    return BY_SLUG[st.session_state[ENTERED]]


def load(page: Page) -> None:
    """Read a page's settings from its address if the address is a new view, else keep them.

    Call it before the page is drawn. Settings are kept by assigning them again, since Streamlit forgets the
    value of a widget that a run does not draw.

    An address is a new view in three cases:

    - The user enters the page. If the address names any of the page's settings, all others get their
      defaults.
    - The browser goes back or forward. `write_url` wrote that address, so it is complete: settings that it
      does not name are at their defaults.
    - The address names a new place on the page, even if the page is already on screen.

    Otherwise the address only repeats what `write_url` wrote. It may even be outdated: a quick click still
    carries the address from before the previous click.
    """
    _leave(page)
    goes_back = streamlit_internals.is_history_navigation()
    entered = st.session_state.get(ENTERED) != page.slug
    if goes_back or entered:
        st.session_state[_SWITCHED] = not goes_back and ENTERED in st.session_state
        st.session_state[_WRITTEN] = st.query_params.to_dict()
    _take(page, _arrive(goes_back, entered), goes_back)
    st.session_state[ENTERED] = page.slug  # last: a run that is stopped before is repeated with this address
    if not LANGUAGE.value:
        LANGUAGE.set(browser_language())


def _arrive(goes_back: bool, entered: bool) -> dict[str, str]:
    """The query if the address is a new view; an empty one if it only repeats what `write_url` wrote."""
    taken, last_place = st.session_state.get(ARRIVAL, (0, AT.default))
    place = AT.parse(st.query_params.get(AT.name, AT.default))
    if not (entered or goes_back or place not in (None, AT.default, last_place)):
        return {}
    AT.set(AT.default)
    st.session_state[ARRIVAL] = (taken + 1, place)
    return st.query_params.to_dict()


def _take(page: Page, query: Mapping[str, str], goes_back: bool) -> None:
    """Set what the query says, on this page and on others whose settings it names; report invalid values."""
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
    """The values that a query gives to settings, and an error for each invalid one."""
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
    """Assign the page's settings again in a fragment run, where `load` did not. Call it before drawing.

    Streamlit sends a widget's value to the browser only if it was assigned. Otherwise, after a choice's label
    has changed, the browser would send the old label back, which no longer stands for any value.
    """
    if streamlit_internals.runs_fragments():
        for setting in current().settings:
            setting.set(setting.value)


def _leave(page: Page) -> None:
    """Put away the settings of other pages, and text typed there that arrives only after leaving them."""
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
    """Write the current view into the URL, so that it can be copied. Call it after a page or fragment run.

    It is skipped only if the address that the browser sent and the one written last are both right: the
    browser may have missed what was written last, or may not know that its address was completed.
    """
    st.session_state.setdefault(SHOWN, {}).update((one.name, one.value) for one in page.settings)
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
"""Writes a query into the address of a page, unless the address has changed since the server saw it. It does
so only once, since Streamlit may run a drawn script again, even on the next page."""


def _complete_address(page: Page, known: dict[str, str], query: dict[str, str]) -> None:
    """Complete the page's entry in the browser's history, at the end of the run that switched to it.

    Streamlit would add a second entry, and Back would lead from the page to itself. Later runs take the query
    from the address.
    """
    values = [page.path, urlencode(known), urlencode(query), uuid.uuid4().hex]
    st.html(_COMPLETE % json.dumps(values), unsafe_allow_javascript=True)


def everything() -> dict[str, str]:
    """All settings of all pages that differ from their defaults, by name, as text for an address."""
    return {one.name: as_text(one.value) for one in SETTINGS if one.value != one.default}


def restore(page: Page, typed: Mapping[str, str], others: Mapping[str, str]) -> None:
    """After `load`: set what was typed on a page and what was set on others, skipping invalid values."""
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
    """The URL parameters that reproduce a page as it is: its settings that differ from their defaults."""
    query = View(page, {setting: setting.value for setting in (*EVERYWHERE, *page.settings)}).query
    if query.get(LANGUAGE.name) == browser_language():
        del query[LANGUAGE.name]
    return query


def link(page: Page, others: Mapping[Setting[str], str]) -> str:
    """The address of the view on screen, with the non-empty values of `others` replacing its own."""
    query = urlencode(query_of(page) | {setting.name: value for setting, value in others.items() if value})
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{query}" if query else base


def reset(page: Page) -> None:
    """Set a page's own settings to their defaults (a button's callback)."""
    for setting in (*page.settings, AT):
        setting.set(setting.default)
