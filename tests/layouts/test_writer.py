"""Written files are stable to the byte and hold nothing that our own reader would refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.writer import render_row, write_rows
from tests.layouts.builders import STANDARD

CONTRACT = {
    "vendors": (
        "VendorID,VendorName,Status,PaymentsOnHold,Class,Terms,Currency,TaxZone,PaymentMethod,DefaultAccount,"
        "DefaultSubaccount,Is1099,RemitName,AddressLine1,AddressLine2,City,State,PostalCode,Country,Email,Phone,"
        "RecordID,LastModified,InactiveReason,InactiveOn,Location,TaxRegistrationID,PaymentInstructions,Attributes"
    ),
    "accounts": (
        "AccountID,Description,Type,Active,RequiresProject,Currency,RecordID,LastModified,InactiveReason,InactiveOn"
    ),
    "subaccounts": "SubaccountID,Description,Active,Segment1,Segment2,Segment3,Segment4,Segment5,Segment6",
    "dimensions": (
        "Dimension,Value,Description,Active,ParentDimension,ParentValue,Level,RecordID,LastModified,InactiveReason,"
        "InactiveOn"
    ),
    "combinations": "Project,Task,CostCode,AccountGroup,Active",
    "purchase_orders": (
        "OrderType,OrderNumber,VendorID,OrderDate,Status,Currency,Terms,Branch,LineNumber,LineType,InventoryID,"
        "Description,Unit,OrderQuantity,UnitCost,ExtendedCost,ReceivedQuantity,BilledQuantity,BilledAmount,"
        "OpenQuantity,OpenAmount,Account,Subaccount,Project,Task,CostCode,BillingBasis,Closed"
    ),
    "results": (
        "ExternalID,VendorID,InvoiceNumber,Result,BillType,BillNumber,BillStatus,Code,Message,At,PaymentBlocked"
    ),
    "approved_invoices": (
        "StampliID,Type,VendorID,VendorName,InvoiceNumber,InvoiceDate,DueDate,PostPeriod,Currency,Terms,Branch,"
        "Description,Total,TaxTotal,Link,Status,LineNumber,LineKind,LineDescription,Account,Subaccount,LineBranch,"
        "Project,Task,CostCode,InventoryID,Quantity,Unit,UnitPrice,Amount,TaxCategory,TaxID,POType,PONumber,POLine,"
        "ReceiptNumber,ReceiptLine,Attachment,ApprovedBy,ApprovedAt,AppliesTo,Location,RetainagePercent,"
        "RetainageAmount,PreviouslyBilled"
    ),
    "payments": (
        "PaymentID,Status,Method,Reference,PaymentDate,Currency,PaymentAmount,VendorID,InvoiceNumber,StampliID,"
        "AppliedAmount,DiscountTaken,Reason"
    ),
}
REQUIRED = {
    "approved_invoices": {"VendorID", "InvoiceNumber", "InvoiceDate", "Total", "Amount"},
    "payments": {
        "PaymentID",
        "Status",
        "PaymentDate",
        "PaymentAmount",
        "VendorID",
        "InvoiceNumber",
        "AppliedAmount",
    },
}


def test_every_feed_of_the_contract_has_its_columns_in_their_order() -> None:
    written = {name: write_rows(STANDARD, name, []).decode() for name in STANDARD.feeds}

    assert written == {name: f"{columns}\r\n" for name, columns in CONTRACT.items()}


@pytest.mark.parametrize("feed", REQUIRED)
def test_a_file_with_the_contracts_required_columns_alone_is_read(feed: str) -> None:
    needed = {each.name for each in STANDARD.feeds[feed].columns if each.required != "no"}

    assert needed == REQUIRED[feed]


def test_cells_are_quoted_only_where_they_must_and_lines_end_in_crlf() -> None:
    rows = [
        {"Dimension": "PROJECT", "Value": "J2401", "Description": 'Riverside, "new"', "Active": True, "Level": 1},
        {"Dimension": "TASK", "Value": "J2401|01", "Description": " two\nlines ", "InactiveOn": date(2026, 10, 14)},
        {"Dimension": "COSTCODE", "Value": "03-300", "LastModified": datetime(2026, 3, 1, 12, tzinfo=UTC)},
    ]

    assert write_rows(STANDARD, "dimensions", rows).decode() == (
        f"{CONTRACT['dimensions']}\r\n"
        'PROJECT,J2401,"Riverside, ""new""",true,,,1,,,,\r\n'
        'TASK,J2401|01," two\nlines ",,,,,,,,2026-10-14\r\n'
        "COSTCODE,03-300,,,,,,,2026-03-01T12:00:00Z,,\r\n"
    )


def test_figures_are_written_as_the_contract_says() -> None:
    row = {
        "OrderType": "Normal",
        "OrderNumber": "PO-003120",
        "LineNumber": 1,
        "OrderQuantity": Decimal("400.000000"),
        "UnitCost": Decimal("11.7512"),
        "ExtendedCost": Decimal("4700"),
        "BilledAmount": Decimal("12.345"),
    }
    written = render_row(STANDARD, "purchase_orders", row)

    assert {name: cell for name, cell in written.items() if cell} == {
        "OrderType": "Normal",
        "OrderNumber": "PO-003120",
        "LineNumber": "1",
        "OrderQuantity": "400",
        "UnitCost": "11.7512",
        "ExtendedCost": "4700.00",
        "BilledAmount": "12.345",
    }
    assert tuple(written) == tuple(CONTRACT["purchase_orders"].split(","))


def test_texts_that_fit_the_columns_grammar_are_written_like_the_values_they_say() -> None:
    texts = {"OrderType": "Normal", "OrderNumber": "1", "LineNumber": "01", "UnitCost": "8", "Closed": "false"}
    values = {"OrderType": "Normal", "OrderNumber": "1", "LineNumber": 1, "UnitCost": Decimal(8), "Closed": False}

    assert write_rows(STANDARD, "purchase_orders", [texts]) == write_rows(STANDARD, "purchase_orders", [values])


def test_a_rendered_row_renders_to_itself() -> None:
    row = render_row(STANDARD, "vendors", {"VendorID": "V1", "PaymentsOnHold": True, "InactiveOn": date(2026, 1, 2)})

    assert render_row(STANDARD, "vendors", row) == row


def test_a_word_is_written_as_the_file_knows_it() -> None:
    rows = [{"Type": each} for each in ("credit_memo", "Credit Memo", "CREDITMEMO", None)]
    needed = {"VendorID": "V", "InvoiceNumber": "1", "InvoiceDate": date(2026, 1, 1)}
    amounts = {"Total": Decimal(1), "Amount": Decimal(1)}

    assert [render_row(STANDARD, "approved_invoices", needed | amounts | row)["Type"] for row in rows] == [
        "Credit Memo",
        "Credit Memo",
        "Credit Memo",
        "",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"VendorName": "x"}, "column VendorID: a value must be there"),
        ({"VendorID": "V1", "VendorNam": "x"}, "no column 'VendorNam'"),
        ({"VendorID": 1}, "column VendorID: a int is no text"),
        ({"VendorID": "V1", "PaymentsOnHold": "yes"}, "column PaymentsOnHold: 'yes' is neither true nor false"),
        ({"VendorID": "V1", "PaymentsOnHold": 1}, "column PaymentsOnHold: a int is no flag"),
        ({"VendorID": "V1", "InactiveOn": datetime(2026, 1, 1, tzinfo=UTC)}, "a datetime is no day"),
        ({"VendorID": "V1", "VendorName": "a\x00"}, "column VendorName: a text holds a zero byte"),
        ({"VendorID": "V1", "VendorName": "\ud800"}, "column VendorName: .* surrogates not allowed"),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_a_fault_of_the_program(row: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_rows(STANDARD, "vendors", [row])


@pytest.mark.parametrize("value", [1.5, Decimal("0.00001"), True, "1e5"])
def test_no_amount_is_written_that_is_not_exact(value: object) -> None:
    row = {"OrderType": "Normal", "OrderNumber": "1", "LineNumber": 1, "OpenAmount": value}

    with pytest.raises(ValueError, match="feed purchase_orders, column OpenAmount: "):
        write_rows(STANDARD, "purchase_orders", [row])


@pytest.mark.parametrize("value", [True, -1])
def test_a_line_number_is_a_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match="feed purchase_orders, column LineNumber: "):
        write_rows(STANDARD, "purchase_orders", [{"OrderType": "N", "OrderNumber": "1", "LineNumber": value}])


def test_a_word_nobody_knows_is_not_written() -> None:
    with pytest.raises(ValueError, match="'Credit Adj.' is none of Invoice, Credit Memo, Prepayment"):
        write_rows(STANDARD, "approved_invoices", [{"Type": "Credit Adj."}])


def test_a_feed_the_layout_does_not_have_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError) as writing:
        write_rows(STANDARD, "vendor", [])
    with pytest.raises(ConfigurationError) as reading:
        read_document_file(STANDARD, "payment", name="x.csv", content=b"")

    assert [(each.value.code, each.value.at, each.value.message) for each in (writing, reading)] == [
        ("layout.unknown_feed", "settings", "Layout standard-csv has no feed 'vendor'; 'vendors' is near."),
        ("layout.unknown_feed", "settings", "Layout standard-csv has no feed 'payment'; 'payments' is near."),
    ]
