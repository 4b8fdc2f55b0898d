"""S03 and S04, what is left on the order afterwards, and what else moves it: drafts of anybody, receipts, closures. All
of it is read from the files of purchase orders that Stampli received.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import Firm, running_firm
from tests.papers import approved, on_receipt, on_rental_order, with_tax
from tests.scenarios.reading import fate_of

FIGURES = ("ReceivedQuantity", "BilledQuantity", "BilledAmount", "OpenQuantity", "OpenAmount", "Closed")
RENTAL, REBAR, WIRE, FREIGHT = ("PO-003135", "1"), ("PO-003120", "1"), ("PO-003120", "2"), ("PO-003120", "3")
LEFT_BY_S03 = ("0", "1", "6450.00", "2", "12900.00", "false")


def order_file(firm: Firm) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The last file of purchase orders, which Stampli reads without a fault, by order number and line."""
    received = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == "purchase_orders"]
    last = max(received, key=lambda each: each.name)
    assert last.faults == ()
    return {(row["OrderNumber"], row["LineNumber"]): row for row in last.rows}


def left_on(firm: Firm, line: tuple[str, str]) -> tuple[str, ...]:
    """The figures of an order line in the last file."""
    row = order_file(firm)[line]
    return tuple(row[name] for name in FIGURES)


def sent(firm: Firm) -> tuple[bool, int, int]:
    """A pass of master data: whether the orders were sent, and how many of their rows are new and changed."""
    outcome = firm.sync("master-data")
    assert outcome.exit_code == 0
    (feed,) = [each for each in outcome.document["feeds"] if each["feed"] == "purchase_orders"]
    return feed["sent"], feed["added"], feed["changed"]


def typed(firm: Firm, reference: str) -> Any:
    """A colleague types a month of the rental into Acumatica and leaves the bill on hold."""
    link = {"POOrderType": "Normal", "POOrderNbr": "PO-003135", "POLine": 1, "Qty": "1", "ExtendedCost": "6450.00"}
    bill = {"Type": "Bill", "Vendor": "V10004", "VendorRef": reference, "Date": "2026-10-06", "Details": [link]}
    return firm.people("type_bill", bill=bill)


def rental(number: str) -> Any:
    """One month of the rental, approved in Stampli."""
    return approved(number, on_rental_order("6450.00"), vendor="V10004")


def test_s03_the_next_order_file_says_what_is_left_of_the_rental(firm: Firm) -> None:
    assert sent(firm) == (True, 9, 0)
    before = order_file(firm)[RENTAL]
    firm.drop_invoices(rental("MR-5531"))
    assert fate_of(firm.sync(), "MR-5531") == ("posted", "Open")

    assert sent(firm) == (True, 0, 1)

    assert left_on(firm, RENTAL) == LEFT_BY_S03
    after = order_file(firm)[RENTAL]
    names = ("Status", "OrderQuantity", "UnitCost", "ExtendedCost", "Account", "Project", "Task", "CostCode")
    told = ("Open", "3", "6450.00", "19350.00", "50300", "J2401", "01", "31-200")
    assert tuple(after[name] for name in names) == told
    assert (after["BillingBasis"], {name for name in after if before[name] != after[name]}) == (
        "order",
        {"BilledQuantity", "BilledAmount", "OpenQuantity", "OpenAmount"},
    )
    assert sent(firm) == (False, 0, 0)


def test_s04_the_order_file_tells_the_awaited_rebar_from_the_closed_wire(firm: Firm) -> None:
    firm.sync("master-data")
    firm.drop_invoices(
        with_tax("BH-7701", "425.94", on_receipt("3525.00", "300", "1"), on_receipt("2350.00", "250", "2"))
    )
    assert fate_of(firm.sync(), "BH-7701") == ("posted", "Open")

    assert sent(firm) == (True, 0, 2)

    assert left_on(firm, REBAR) == ("300", "300", "3525.00", "0", "0.00", "false")
    assert left_on(firm, WIRE) == ("250", "250", "2350.00", "0", "0.00", "true")
    assert left_on(firm, FREIGHT) == ("0", "0", "0.00", "1", "185.00", "false")

    firm.people("receive_goods", order="PO-003120", number="PR-000982", lines=[{"line": 1, "quantity": "100"}])
    assert sent(firm) == (True, 0, 1)
    assert left_on(firm, REBAR) == ("400", "300", "3525.00", "100", "1175.00", "false")


def test_drafts_of_colleagues_are_taken_off_what_is_open_until_they_are_deleted(firm: Firm) -> None:
    firm.drop_invoices(rental("MR-5531"))
    firm.sync("all")
    firm.sync("master-data")
    drafts = [typed(firm, reference) for reference in ("MR-5540", "MR-5541")]

    assert sent(firm) == (True, 0, 1)
    assert left_on(firm, RENTAL) == ("0", "1", "6450.00", "0", "0.00", "false")

    firm.people("delete_bill", type="Bill", number=drafts[0]["ReferenceNbr"])
    assert sent(firm) == (True, 0, 1)
    assert left_on(firm, RENTAL) == ("0", "1", "6450.00", "1", "6450.00", "false")


def test_our_own_bill_counts_once_while_it_waits_and_while_it_is_on_hold(tmp_path: Path) -> None:
    frozen: dict[str, object] = {"finish": "hold", "freeze_until": date(2099, 1, 1)}
    with running_firm(tmp_path, policy=frozen) as firm:
        firm.drop_invoices(rental("MR-5531"))
        assert fate_of(firm.sync(), "MR-5531") == ("ready", None)
        firm.sync("master-data")
        assert left_on(firm, RENTAL) == ("0", "0", "0.00", "2", "12900.00", "false")
        settings = firm.settings.read_text(encoding="utf-8")
        firm.settings.write_text(settings.replace("freeze_until = 2099-01-01", ""), encoding="utf-8")
        assert fate_of(firm.sync(), "MR-5531") == ("on_hold", "On Hold")

        assert sent(firm) == (False, 0, 0)

        assert left_on(firm, RENTAL) == ("0", "0", "0.00", "2", "12900.00", "false")
