"""The address of a view: settings are taken from it when it is opened, and written into it when they change.

A setting is in the URL while it differs from its default, so that a copied link shows the same view. `load`
runs before a page, `write_url` after it.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from transformer import InputError, limits
from ui import streamlit_internals
from ui.i18n import browser_language, explain
from ui.setting import ENTERED, EVERYWHERE, OTHERS, SETTINGS, Range, Setting, Words
from ui.state import AT, LANGUAGE

REMARKS = 3
"""Parameters of an address that cannot be had, of which it is said; a fourth is like them."""

ARRIVAL = "arrival"
"""Session state: how often an address was taken, and the place on its page that it named, if it did."""

_SWITCHED = "page_switched"
"""Session state: whether the page was switched to and its address is not yet complete."""

_WRITTEN = "address_written"
"""Session state: the query that the address was given last."""


def load(page: str) -> None:
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
    goes_back, entered = streamlit_internals.is_history_navigation(), st.session_state.get(ENTERED) != page
    if goes_back or entered:
        st.session_state[_SWITCHED] = not goes_back and ENTERED in st.session_state
        st.session_state[_WRITTEN] = st.query_params.to_dict()
    st.session_state[ENTERED] = page
    taken, last_place = st.session_state.get(ARRIVAL, (0, AT.default))
    place = AT.parse(st.query_params.get(AT.name, AT.default))
    arrives = entered or goes_back or place not in (None, AT.default, last_place)
    query = st.query_params.to_dict() if arrives else {}
    viewed = {setting.page for setting in SETTINGS if setting.name in query} - {EVERYWHERE}
    if goes_back or AT.name in query:
        viewed.add(page)
    if arrives:
        AT.set(AT.default)
        st.session_state[ARRIVAL] = (taken + 1, place)
    for setting in SETTINGS:
        if setting.page not in (EVERYWHERE, page, *viewed):
            continue
        given = setting.parse(query[setting.name]) if setting.name in query else None
        otherwise = setting.default if setting.page in viewed else setting.value
        setting.set(otherwise if given is None else given)
    if not LANGUAGE.value:
        LANGUAGE.set(browser_language())
    refused = [one for one in SETTINGS if one.name in query and one.parse(query[one.name]) is None]
    for setting in refused[:REMARKS]:
        st.toast(explain(_refusal(setting, query[setting.name])), duration="long")


def keep(page: str) -> None:
    """Before a part of a page: assign the page's settings anew if `load` did not, since the part runs alone.

    Only what is assigned is sent to the browser as a widget's value. Without that a choice whose label has
    changed since would come back by its old label, which stands for nothing any more.
    """
    if not streamlit_internals.runs_fragments():
        return
    for setting in SETTINGS:
        if setting.page == page:
            setting.set(setting.value)


def _refusal(setting: Setting[Any], text: str) -> InputError:
    """Why a value from the address cannot be had, and what could."""
    if isinstance(setting.parse, Range):
        return InputError(
            "The address says {name}={value}, which is not a number from {low} to {high}. The default is "
            "shown.",
            name=setting.name,
            value=text[: limits.MAX_SHOWN],
            low=setting.parse.low,
            high=setting.parse.high,
        )
    if isinstance(setting.parse, Words):
        return InputError(
            "The address gives {name} {length} characters; at most {limit} are read. The default is shown.",
            name=setting.name,
            length=len(text),
            limit=setting.limit,
        )
    return InputError(
        "The address says {name}={value}, which is not a possible value. The default is shown.",
        name=setting.name,
        value=text[: limits.MAX_SHOWN],
    )


def _leave(page: str) -> None:
    """Put the settings of the page that was left away; and what was typed there and comes only now."""
    left, late = st.session_state.get(ENTERED, page), streamlit_internals.values_come_late()
    if left == page and not late:
        return
    others = st.session_state.setdefault(OTHERS, {})
    for setting in SETTINGS:
        if setting.page in (EVERYWHERE, page):
            continue
        if setting.page == left and setting.name in st.session_state:
            others[setting.name] = setting.value
            del st.session_state[setting.name]
        elif setting.name in late:
            others[setting.name] = late[setting.name]


def write_url(page: str) -> None:
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


def _complete_address(page: str, known: dict[str, str], query: dict[str, str]) -> None:
    """At the end of the run that switched to a page: complete its entry in the browser's history.

    Streamlit would make a second entry, and Back would lead from the page to the page. Later runs take the
    query from the address.
    """
    values = ["" if page == "home" else page, urlencode(known), urlencode(query), uuid.uuid4().hex]
    st.html(_COMPLETE % json.dumps(values), unsafe_allow_javascript=True)


def everything() -> dict[str, str]:
    """All settings of all pages that are not at their defaults, as they would stand in an address."""
    return {one.name: as_text(one.value) for one in SETTINGS if one.value != one.default}


def restore(page: str, typed: Mapping[str, str], others: Mapping[str, str]) -> None:
    """After `load`: set what was typed on a page and what was set on others, except for what cannot be."""
    for setting in SETTINGS:
        text = (typed if setting.page == page else others).get(setting.name)
        value = None if text is None or setting.page == EVERYWHERE else setting.parse(text)
        if value is not None:
            setting.set(value)


def query_of(page: str) -> dict[str, str]:
    """The URL parameters that reproduce a page as it is: its settings that are not at their defaults."""
    shown = [setting for setting in SETTINGS if setting.page in (EVERYWHERE, page)]
    query = {setting.name: as_text(setting.value) for setting in shown if setting.value != setting.default}
    if query.get(LANGUAGE.name) == browser_language():
        del query[LANGUAGE.name]
    return query


def link(page: str) -> str:
    """The address of the view on screen."""
    query = urlencode(query_of(page))
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{query}" if query else base


def reset(page: str) -> None:
    """Put a page's own settings back to their defaults (a button's callback)."""
    for setting in SETTINGS:
        if setting.page == page or setting is AT:
            setting.set(setting.default)


def as_text(value: object) -> str:
    """A setting's value as its parser reads it."""
    return str(int(value)) if isinstance(value, bool) else str(value)
