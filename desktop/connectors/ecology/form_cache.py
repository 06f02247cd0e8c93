"""Weaver e-cology 9: the forms that a connector has read, each believed for ten minutes."""

from __future__ import annotations

import time

from desktop.connectors.ecology.client import Client
from desktop.connectors.ecology.forms import Form, parse_form
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import RequestDraft

FORM_S = 600.0


class FormCache:
    """Forms by workflow id. None is kept, too: the integration account may lack the right to see the empty form."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._held: dict[str, tuple[Form | None, float]] = {}

    def read(self, workflow: str, person: str) -> Form:
        """The form as it is now. PER-701 where `person` has no right to create the workflow."""
        form = parse_form(self._client.form(workflow, person), workflow)
        self._held[workflow] = (form, time.monotonic())
        return form

    def known(self, workflow: str) -> Form | None:
        """The form, as the integration account sees it; None where the OA refuses it (no right, not in force)."""
        form, read_at = self._held.get(workflow, (None, float("-inf")))
        if time.monotonic() - read_at < FORM_S:
            return form
        try:
            return self.read(workflow, self._client.own)
        except SyncError as error:
            if error.code not in (ErrorCode.NOT_PERMITTED, ErrorCode.REFUSED) or not error.certain:
                raise
            self._held[workflow] = (None, time.monotonic())
            return None

    def fit_for(self, workflow: str, draft: RequestDraft, key_field: str) -> Form:
        """The form for a draft; read again, as the draft's sender, where the one in hand lacks something of it: it may
        have been added since."""
        form, read_at = self._held.get(workflow, (None, float("-inf")))
        if form and time.monotonic() - read_at < FORM_S and _holds(form, draft, key_field):
            return form
        return self.read(workflow, draft.sent_as)


def _holds(form: Form, draft: RequestDraft, key_field: str) -> bool:
    names = {"": {*draft.fields, key_field} - {""}}
    names |= {table: {name for row in rows for name in row} for table, rows in draft.details.items()}
    return all(table in form.fields and names[table] <= form.fields[table].keys() for table in names)
