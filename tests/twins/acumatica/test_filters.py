"""The `$filter` engine and its traps: acumatica_api.md 4.2 and 13.9."""

from __future__ import annotations

import pytest

from tests.twins.acumatica.wire import Erp, a_bill, signed_in


def _vendors(erp: Erp, condition: str) -> list[str]:
    return sorted(row["VendorID"]["value"] for row in erp.rows("Vendor", filter=condition))


def test_listed_operators_and_functions_work() -> None:
    with signed_in() as erp:
        found = {
            condition: _vendors(erp, condition)
            for condition in (
                "VendorID eq 'V10001'",
                "VendorID gt 'V10010'",
                "VendorID ge 'V10012' and VendorID lt 'V10013'",
                "VendorID eq 'V10001' or VendorID eq 'V10003'",
                "(VendorID eq 'V10001' or VendorID eq 'V10003') and Status ne 'Inactive'",
                "startswith(VendorName,'Granite')",
                "substringof('TIDE',VendorName)",
                "endswith(VendorName,'LLC')",
                "MainContact/Email eq 'ap@v10004.example'",
                "F1099Vendor eq true",
                "LastModifiedDateTime lt datetimeoffset'2026-09-01T15:00:00+03:00' and VendorID eq 'V10001'",
            )
        }
    assert list(found.values()) == [
        ["V10001"],
        ["V10012", "V10013"],
        ["V10012"],
        ["V10001", "V10003"],
        ["V10001", "V10003"],
        ["V10008", "V10012"],
        ["V10010", "V10013"],
        ["V10001"],
        ["V10004"],
        ["V10001"],
        [],
    ]


def test_text_is_compared_as_the_database_does() -> None:
    """4.2, 5.2: case and trailing blanks ignored unless the switch says they count."""
    with signed_in() as erp:
        assert _vendors(erp, "VendorID eq 'v10001  '") == ["V10001"]
        erp.twin.control.turn(trailing_blanks="count")
        assert _vendors(erp, "VendorID eq 'v10001  '") == []


def test_a_doubled_quote_is_one_quote() -> None:
    with signed_in() as erp:
        erp.put("Bill", a_bill(VendorRef="O'Brien-7"))
        found = erp.rows("Bill", filter="VendorRef eq 'O''Brien-7'")
    assert len(found) == 1


@pytest.mark.parametrize(
    "condition",
    [
        "contains(VendorName,'Metro')",
        "tolower(VendorName) eq 'metro rentals'",
        "not substringof('Metro',VendorName)",
        "VendorID eq 10001",
        "F1099Vendor eq 'true'",
        "LastModifiedDateTime gt '2026-09-01'",
        "Contacts/ContactID eq 1",
        "NoSuchField eq 'x'",
        "ShippingAddressOverride eq true",
        "id eq guid'6f0a1c52-8a35-4f0e-9a0e-3a5f0c1d2e3f'",
        "VendorID eq 'V10001' and",
        "VendorID eq 'V10001",
        "VendorID like 'V1%'",
    ],
)
def test_what_the_server_does_not_take_is_500(condition: str) -> None:
    """13.9, 4.2: unlisted functions and `not`, wrong literal types, detail paths, computed fields (4.3), bad syntax."""
    with signed_in() as erp:
        assert erp.get("Vendor", filter=condition).status == 500


def test_a_function_compared_to_true_silently_finds_nothing() -> None:
    """4.2: one empty clause leaves the others alone, or empties the whole filter (switch)."""
    clause = "startswith(VendorName,'Metro') eq true or VendorID eq 'V10001'"
    with signed_in() as erp:
        assert _vendors(erp, "substringof('Metro',VendorName) eq true") == []
        assert _vendors(erp, "startswith(VendorName,'Metro')") == ["V10004"]
        assert _vendors(erp, clause) == ["V10001"]
        erp.twin.control.turn(trap_scope="filter")
        assert _vendors(erp, clause) == []


def test_non_key_filters_on_purchase_orders_lie_fail_or_work() -> None:
    """4.2: an empty answer must not be read as no open orders."""
    condition = "Status eq 'Open'"
    with signed_in() as erp:
        silent = erp.rows("PurchaseOrder", filter=condition)
        by_key = erp.rows("PurchaseOrder", filter="Type eq 'Normal' and OrderNbr eq 'PO-003120'")
        erp.twin.control.turn(po_filter="500")
        refused = erp.get("PurchaseOrder", filter=condition).status
        erp.twin.control.turn(po_filter="works")
        honest = erp.rows("PurchaseOrder", filter=condition)
    assert (len(silent), len(by_key), refused, len(honest)) == (0, 1, 500, 2)


def test_fields_of_two_form_views_in_one_filter_find_nothing() -> None:
    """4.2 [L]: Terms stands on another view than VendorID."""
    condition = "VendorID eq 'V10001' and Terms eq '30D'"
    with signed_in() as erp:
        silent = _vendors(erp, condition)
        erp.twin.control.turn(filter_two_views="works")
        honest = _vendors(erp, condition)
    assert (silent, honest) == ([], ["V10001"])


def test_the_duplicate_look_up_of_the_protocol_works() -> None:
    """5.2 and posting_protocol 4.5: vendor and reference, or the mark bare, or a witness by number."""
    with signed_in() as erp:
        mine = erp.put("Bill", a_bill(Description="SX23456789ABCDE Water")).json["ReferenceNbr"]["value"]
        other = erp.put("Bill", a_bill(VendorRef="INV-2")).json["ReferenceNbr"]["value"]
        condition = (
            "(Vendor eq 'V10005' and VendorRef eq 'inv-8841')"
            f" or startswith(Description,'SX23456789ABCDE') or ReferenceNbr eq '{other}'"
        )
        found = sorted(row["ReferenceNbr"]["value"] for row in erp.rows("Bill", filter=condition))
    assert found == sorted([mine, other])


def test_a_form_field_is_filtered_by_its_view_and_name() -> None:
    """4.2: cf.String."""
    bill = a_bill()
    bill["custom"] = {"Document": {"AttributeMARK": {"type": "CustomStringField", "value": "SX1"}}}
    with signed_in({"custom_fields": ["Document.AttributeMARK"]}) as erp:
        erp.put("Bill", bill)
        found = erp.rows("Bill", filter="cf.String(f='Document.AttributeMARK') eq 'sx1'")
        none = erp.rows("Bill", filter="cf.String(f='Document.AttributeMARK') eq 'sx2'")
    assert (len(found), len(none)) == (1, 0)


def test_the_offset_of_an_instant_counts_or_the_zone_of_the_session_does() -> None:
    """4.4: not established, so a client overlaps by a day. Everything of the firm changed at 12:34:56 UTC."""
    condition = "VendorID eq 'V10001' and LastModifiedDateTime gt datetimeoffset'2026-09-01T12:00:00Z'"
    with signed_in() as erp:
        by_offset = _vendors(erp, condition)
        erp.twin.control.turn(filter_offset="session")
        by_session = _vendors(erp, condition)
    assert (by_offset, by_session) == (["V10001"], [])


def test_an_order_is_ignored_kept_or_refused() -> None:
    """4.2: not in the documents of contract REST."""
    with signed_in(firm="full") as erp:

        def names() -> list[str]:
            return [row["VendorID"]["value"] for row in erp.rows("Vendor", orderby="VendorID desc", top="5")]

        ignored = names()
        erp.twin.control.turn(orderby="works")
        kept = names()
        erp.twin.control.turn(orderby="refused")
        status = erp.get("Vendor", orderby="VendorID").status
    assert sorted(ignored) == ["V10001", "V10002", "V10003", "V10004", "V10005"]
    assert kept == ["V20300", "V20299", "V20298", "V20297", "V20296"]
    assert status == 500
