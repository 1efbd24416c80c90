"""What operators see and change: the fleet, its traffic, breakers, caches, presets and alerts."""

import streamlit as st

from console import alerts, breakers, cache, fleet, live, presets
from console.asking import acknowledged, policies
from session import internal_api

TABS = {
    "Live": live.draw,
    "Fleet": fleet.draw,
    "Breakers": breakers.draw,
    "Cache": cache.draw,
    "Presets": presets.draw,
    "Alerts": alerts.draw,
}

st.title("Operations")
if internal_api().key is None:
    st.info(
        "This page needs the key of operators: the `ADMIN_API_KEY` of the service. "
        "Type it in the sidebar, or set it in the environment of the front end.",
        icon=":material/key:",
    )
    st.stop()

known = policies()
if known is None:
    st.stop()
live.pulse()
acknowledged()
for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    if tab.open:
        with tab:
            draw(known)
