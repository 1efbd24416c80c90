"""Entry of the front end: `streamlit run frontend/app.py`.

This folder is on the path, so its modules import each other by their bare names; none may be named like a module of
the standard library. A folder named `pages` would bring back Streamlit's older way, in which the first visitor of a
page gets it without what stands here.
"""

from pathlib import Path

import streamlit as st

import session

PAGES = (
    ("playground", "Playground", ":material/edit_note:"),
    ("batch", "Batch", ":material/table_rows:"),
    ("operations", "Operations", ":material/monitoring:"),
)


def installed_pages() -> list[st.Page]:
    folder = Path(__file__).parent / "views"
    found = [(folder / f"{name}.py", title, icon) for name, title, icon in PAGES]
    return [st.Page(file, title=title, icon=icon) for file, title, icon in found if file.exists()]


st.set_page_config(
    page_title="Gatehouse",
    page_icon=Path(__file__).parent / "gate.svg",
    layout="wide",
    menu_items={"About": "The front end of Gatehouse. `docs/frontend.md` describes it."},
)
page = st.navigation(installed_pages())
session.sidebar()
page.run()
