"""Inquiries, read by PUT with ``$expand=Results`` (``acumatica_api.md`` 4.3)."""

from __future__ import annotations

import uuid

from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value
from ml_connector_twins.acumatica.web.calls import Answer, Call, json_answer
from ml_connector_twins.acumatica.web.query.reading import Target, render_one, shape_of


def read_inquiry(target: Target, call: Call) -> Answer:
    """CompaniesStructure: every company with its branches."""
    results = []
    for branch in target.books.branches.values():
        fields: dict[str, Value] = {
            "CompanyID": branch.company,
            "CompanyName": branch.company_name,
            "CompanyType": "With Branches Requiring Balancing"
            if branch.company == "HRB"
            else "With Branches Not Requiring Balancing",
            "CompanyStatus": True,
            "BranchID": branch.code,
            "BranchName": branch.name,
            "BranchStatus": branch.active,
            "BranchCountry": "US",
            "BaseCurrencyID": target.books.base_currency,
        }
        row_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{target.books.tenant}/{branch.code}"))
        results.append(Row(row_id, fields))
    row = Row(str(uuid.uuid4()), details={"Results": results})
    return json_answer(render_one(target, row, shape_of(target, call, in_list=False)))
