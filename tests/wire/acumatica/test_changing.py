"""A bill on hold is changed by its key, row by row (acumatica_api.md 5.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.errors import RejectedError, TransientError
from tests.wire.acumatica.bill_samples import KEY, a_plan, a_record
from tests.wire.acumatica.stub import Opened, Scripted, opened, said, wrapped

LINE = a_plan().lines[0]
ROW = "33333333-0000-0000-0000-000000000001"


def changing() -> Opened:
    """A site that shows the bill as it was created, and answers a change with it."""
    wire = Scripted()
    wire.on("GET", "Bill/Bill/000123", said(200, a_record()))
    wire.on("PUT", "Bill", said(200, a_record()))
    return opened(wire)


def rows_sent(case: Opened) -> list[dict[str, object]]:
    """The rows of the one change that was sent."""
    [sent] = case.wire.to("Bill", "PUT")
    body = json.loads(sent.content)
    assert (sent.headers["if-match"], body["Hold"], "Vendor" in body) == ("*", {"value": True}, False)
    assert {name: body[name] for name in ("Type", "ReferenceNbr")} == wrapped(Type="Bill", ReferenceNbr="000123")
    return list(body.get("Details", []))


def test_a_row_with_another_figure_is_changed_in_place_and_one_that_is_equal_is_not_sent() -> None:
    case = changing()
    seen = case.erp.fetch_bill(KEY)
    assert seen is not None
    case.erp.change_bill(KEY, a_plan(lines=(replace(LINE, amount=Decimal("9.50")),), amount=Decimal("9.50")), seen)
    (row,) = rows_sent(case)
    assert (row["id"], row["ExtendedCost"], "delete" in row) == (ROW, {"value": 9.5}, False)

    same = changing()
    same.erp.change_bill(KEY, a_plan(description=f"{a_plan().marker} other words"), seen)
    assert rows_sent(same) == []


def test_a_row_coded_otherwise_is_removed_and_added_anew() -> None:
    case = changing()
    seen = case.erp.fetch_bill(KEY)
    assert seen is not None
    case.erp.change_bill(KEY, a_plan(lines=(replace(LINE, account="61500"),)), seen)
    removed, added = rows_sent(case)
    assert removed == {"id": ROW, "delete": True}
    assert (added["Account"], "id" in added) == ({"value": "61500"}, False)


def test_a_bill_that_somebody_changed_since_it_was_seen_is_left_alone() -> None:
    case = changing()
    seen = case.erp.fetch_bill(KEY)
    assert seen is not None
    with pytest.raises(TransientError) as caught:
        case.erp.change_bill(KEY, a_plan(), replace(seen, amount=Decimal(1)))
    assert (caught.value.code, case.wire.to("Bill", "PUT")) == ("acumatica.bill_changed", [])


def test_a_bill_that_is_gone_is_told_as_missing() -> None:
    wire = Scripted()
    wire.on("GET", "Bill/Bill/000123", said(200, a_record()))
    wire.on("PUT", "Bill", said(412, {}))
    case = opened(wire)
    seen = case.erp.fetch_bill(KEY)
    assert seen is not None
    with pytest.raises(RejectedError) as caught:
        case.erp.change_bill(KEY, a_plan(), seen)
    assert caught.value.code == "acumatica.missing"
