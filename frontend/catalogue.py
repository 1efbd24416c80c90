"""What the service can be asked, as it says itself: a new operation appears here without a change."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from api import Api, Refused, Unreachable
from forms import Schema
from session import told

MOST_CHARACTERS = 10_000
"""The longest text that an operation takes."""
NOTHING_INSTALLED = (
    "No operation is installed. `make new-service NAME=tickets` writes a service with a first one; start the backend "
    "again, and it is here. `docs/make-it-yours.md` says more."
)


@dataclass(frozen=True)
class Operation:
    domain: str
    id: str
    name: str
    description: str
    options_schema: Schema
    result_schema: Schema
    requires_question: bool

    @property
    def full_name(self) -> str:
        return f"{self.domain}.{self.id}"

    def path(self, route: str) -> str:
        """`process`, `stream` or `batch_process` of its domain."""
        return f"/v1/{self.domain}/{route}"

    def request(self, text: str, options: dict[str, Any], question: str | None) -> dict[str, Any]:
        """The body that asks it."""
        asked = {"question": question} if question else {}
        return {"operation": self.id, "text": text, "options": options} | asked


def operations(api: Api) -> dict[str, Operation]:
    """Every operation of every domain by its full name; a page that can have none says why and ends here."""
    try:
        found = _operations(api.url, api.key)
    except (Refused, Unreachable) as error:
        found = {}
        told(error)
    else:
        if not found:
            st.info(NOTHING_INSTALLED, icon=":material/info:")
    if not found:
        st.button("Try again", icon=":material/refresh:", on_click=_operations.clear)
        st.stop()
    return found


@st.cache_data(ttl=10, show_spinner=False)
def _operations(url: str, _key: str | None) -> dict[str, Operation]:
    api = Api(url, _key)
    found = {}
    for domain in api.get("/").data["domains"]:
        for card in api.get(f"/v1/{domain}/operations").data["operations"]:
            known = {name: card[name] for name in Operation.__dataclass_fields__ if name != "domain"}
            operation = Operation(domain=domain, **known)
            found[operation.full_name] = operation
    return found
