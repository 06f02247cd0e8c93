"""Kingdee K/3 WISE: which form holds which kind of base data. The sheet names these five; other kinds have no form."""

from __future__ import annotations

FORMS = {
    "customer": "Customer",
    "supplier": "Supplier",
    "material": "Material",
    "department": "Department",
    "employee": "Employee",
}
"""Kind -> form. The kinds' names are ours, shared with the OA connectors and the flow files."""

CONTROL = FORMS["department"]
"""Small, and in every account set: what proves the right to read lists."""
