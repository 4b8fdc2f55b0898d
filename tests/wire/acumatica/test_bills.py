"""Creating a bill on hold, believing its answer, finishing it by its key (posting_protocol.md 4, 5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx2
import pytest

from ml_connector.acumatica.erp import AcumaticaErp
from ml_connector.acumatica.ports import Deadlines
from ml_connector.domain.values.bill import Bill, BillKey, BillLine, BillTax
from ml_connector.errors import (
    ConfigurationError,
    ConnectorError,
    FieldFault,
    RejectedError,
    TransientError,
    UncertainError,
)
from tests.wire.acumatica.bill_samples import BILL_ID, KEY, MARKER, a_plan, a_record
from tests.wire.acumatica.stub import ROOT, Drawer, Opened, Scripted, failed, opened, page, said, token, wrapped

STATUS = f"{ROOT}/Bill/ReleaseBill/status/77"


def answering(*answers: httpx2.Response | Exception) -> Opened:
    wire = Scripted()
    wire.on("PUT", "Bill", *answers)
    return opened(wire)


def create_error(*answers: httpx2.Response | Exception) -> tuple[ConnectorError, Opened]:
    case = answering(*answers)
    with pytest.raises(ConnectorError) as raised:
        case.erp.create_bill(a_plan())
    return raised.value, case


def test_a_bill_is_sent_in_the_documented_form() -> None:
    """acumatica_api.md 1, 5.1, 8.2, 8.5."""
    case = answering(said(200, a_record()))
    line = BillLine(
        amount=Decimal("6450.00"),
        description="Excavator",
        account="50300",
        subaccount="01-100-00",
        project="J2401",
        task="01",
        cost_code="31-200",
        quantity=Decimal("1"),
        unit="MO",
        po_type="Normal",
        po_number="PO-003135",
        po_line=1,
    )
    case.erp.create_bill(a_plan(lines=(line, a_plan().lines[0]), note="from S1", terms="30D", due_on=date(2026, 11, 4)))

    [sent] = case.wire.to("Bill", "PUT")
    # Byte for byte: numbers stay numbers with their digits, nothing is sent that has no value.
    assert sent.content.decode() == (
        '{"Type":{"value":"Bill"},"Vendor":{"value":"V10005"},"VendorRef":{"value":"INV-8841"},'
        '"Date":{"value":"2026-10-05"},"PostPeriod":{"value":"102026"},"DueDate":{"value":"2026-11-04"},'
        '"Terms":{"value":"30D"},"CurrencyID":{"value":"USD"},"BranchID":{"value":"MAIN"},"Hold":{"value":true},'
        '"Amount":{"value":1284.37},"Description":{"value":"SXABCDEFGHIJKLM October power"},'
        '"note":{"value":"from S1"},"Details":['
        '{"TransactionDescription":{"value":"Excavator"},"POOrderType":{"value":"Normal"},'
        '"POOrderNbr":{"value":"PO-003135"},"POLine":{"value":1},"Qty":{"value":1},"UOM":{"value":"MO"},'
        '"ExtendedCost":{"value":6450.00},"Account":{"value":"50300"},"Subaccount":{"value":"0110000"},'
        '"Project":{"value":"J2401"},"ProjectTask":{"value":"01"},"CostCode":{"value":"31-200"}},'
        '{"TransactionDescription":{"value":"October power"},"ExtendedCost":{"value":1284.37},'
        '"Account":{"value":"61000"},"Subaccount":{"value":"0110000"},"Branch":{"value":"MAIN"},'
        '"Project":{"value":"X"}}]}'
    )
    assert sent.options == {"$expand": "Details,TaxDetails"}
    expected = {"if-none-match": "*", "px-cbapibranch": "MAIN", "content-type": "application/json"}
    assert {name: sent.headers[name] for name in expected} == expected


def test_the_answer_is_the_bill_with_padding_gone_and_amounts_exact() -> None:
    """acumatica_api.md 5.1."""
    bill = answering(said(200, a_record())).erp.create_bill(a_plan())

    assert replace(bill, lines=None, modified_at=None) == Bill(
        key=KEY,
        id=BILL_ID,
        status="On Hold",
        hold=True,
        vendor="V10005",
        vendor_ref="INV-8841",
        amount=Decimal("1284.37"),
        description=f"{MARKER} October power",
        dated_on=date(2026, 10, 5),
        post_period="2026-10",
        due_on=date(2026, 11, 4),
        terms="30D",
        currency="USD",
        branch="MAIN",
        balance=Decimal("1284.37"),
        tax_total=Decimal(0),
        taxes=(),
    )
    assert bill.lines == (
        BillLine(
            amount=Decimal("1284.37"),
            description="October power",
            account="61000",
            subaccount="0110000",
            branch="MAIN",
            project="X",
            quantity=Decimal(0),
            unit_cost=Decimal(0),
        ),
    )


@pytest.mark.parametrize(
    "answer",
    [
        said(200, a_record(Description="another mark")),
        said(200, a_record(Description=None)),
        said(200, a_record(Vendor="V10006")),
        said(200, a_record(VendorRef="INV-8842")),
        said(200, a_record(Amount=1284.38)),
        said(200, a_record(ReferenceNbr="<NEW>")),
        said(200, a_record(ReferenceNbr=None)),
        said(200, {"id": BILL_ID}),
        said(200, []),
        said(200, ""),
        said(202, None, {"location": "/x"}),
        said(204),
        page(200),
        said(302, None, {"location": "/ui/error"}),
        said(500, "<html>"),
        page(502),
        said(406),
        failed("x", "System.TimeoutException"),
        httpx2.ReadTimeout("x"),
        httpx2.ReadError("x"),
        httpx2.WriteError("x"),
        httpx2.RemoteProtocolError("x"),
        httpx2.DecodingError("x"),
        RuntimeError("nobody thought of this"),
    ],
)
def test_an_answer_that_does_not_prove_itself_leaves_the_outcome_uncertain(answer: httpx2.Response | Exception) -> None:
    error, case = create_error(answer)

    assert type(error) is UncertainError
    assert len(case.wire.to("Bill", "PUT")) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx2.ConnectError("x"), "acumatica.not_sent"),
        (httpx2.ConnectTimeout("x"), "acumatica.not_sent"),
        (said(401, {}), "acumatica.signed_out"),
        (said(429, "slow", {"retry-after": "7"}), "acumatica.limited"),
        (said(429, "API Login Limit"), "acumatica.seats_taken"),
        (page(200, "<title>API Login Limit</title>"), "acumatica.seats_taken"),
        (failed("Error: A long operation is running"), "acumatica.busy"),
    ],
)
def test_what_was_certainly_not_executed_is_transient_and_not_repeated(
    answer: httpx2.Response | Exception, code: str
) -> None:
    error, case = create_error(answer)

    assert (type(error), error.code) == (TransientError, code)
    assert len(case.wire.to("Bill", "PUT")) == 1


def test_a_write_that_met_a_dead_session_leaves_a_live_one_behind() -> None:
    wire = Scripted()
    wire.on("POST", "/AcumaticaERP/identity/connect/token", token("A1", refresh="R1"), token("A2", refresh="R2"))
    wire.on("PUT", "Bill", said(401, {}), said(200, a_record()))
    case = opened(wire)
    with pytest.raises(TransientError):
        case.erp.create_bill(a_plan())
    case.erp.create_bill(a_plan())

    assert [sent.headers["authorization"] for sent in wire.to("Bill", "PUT")] == ["Bearer A1", "Bearer A2"]


def test_the_pace_a_429_asks_for_is_kept_by_everybody() -> None:
    error, case = create_error(said(429, "slow", {"retry-after": "7"}))
    began = case.clock.monotonic()
    case.wire.on("GET", "Bill", said(200, []))
    case.erp.fetch_any_bill()

    assert isinstance(error, TransientError)
    assert error.retry_after_seconds == 7
    assert case.clock.monotonic() - began >= 7
    assert case.erp.request_counts().throttled >= 1


@pytest.mark.parametrize("status", [422, 500])
def test_a_refusal_names_each_field_with_its_line(status: int) -> None:
    line = {"Project": {"value": "NOPE", "error": "Project 'NOPE   ' cannot be found in the system."}}
    kind = {"exceptionType": "PX.Api.ContractBased.OutcomeEntityHasErrorsException", "exceptionMessage": "see"}
    error, _ = create_error(said(status, {"error": "Inserting raised an error.", "Details": [{}, line], **kind}))

    assert isinstance(error, RejectedError)
    assert error.code == "acumatica.refused"
    assert error.faults == (FieldFault("Details[2].Project", "Project 'NOPE' cannot be found in the system."),)


def test_insert_only_that_meets_a_record_says_that_it_exists() -> None:
    """acumatica_api.md 5.1."""
    error, _ = create_error(said(412, {}))

    assert (type(error), error.code) == (RejectedError, "acumatica.exists")


def test_a_user_without_the_right_rests_the_connection() -> None:
    """acumatica_api.md 5.3."""
    error, _ = create_error(said(403, {"message": "You have insufficient rights."}))

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.at) == ("acumatica.forbidden", "system")


def test_the_request_is_in_the_story_of_its_invoice() -> None:
    case = answering(said(200, a_record()))
    case.erp.about("i7K2M9QX1")
    case.erp.create_bill(a_plan())

    assert [(who, method, path, status) for who, _, method, path, status in case.drawer.requests][-1] == (
        "i7K2M9QX1",
        "PUT",
        "entity/Default/24.200.001/Bill",
        200,
    )


def test_a_log_that_fails_after_a_write_does_not_make_it_look_undone() -> None:
    class Failing(Drawer):
        def record_request(self, *args: object, status: int | None) -> None:
            if args[2] == "PUT":
                raise TransientError("Disk full", code="store.disk_full")

    wire = Scripted()
    wire.on("PUT", "Bill", said(200, a_record()))
    with pytest.raises(ConnectorError) as raised:
        opened(wire, Failing()).erp.create_bill(a_plan())

    assert type(raised.value) is UncertainError


def test_nothing_waits_between_a_prepared_write_and_its_put() -> None:
    wire = Scripted()
    wire.on("PUT", "Bill", said(200, a_record()))
    case = opened(wire, requests_per_minute=4)
    case.erp.prepare_write()
    case.erp.prepare_write()
    before = case.clock.monotonic()
    case.erp.create_bill(a_plan())

    assert case.clock.monotonic() == before
    case.erp.create_bill(a_plan())
    assert case.clock.monotonic() - before >= 60


def test_off_hold_sends_the_key_and_nothing_else() -> None:
    """acumatica_api.md 5.1, 5.4."""
    case = answering(said(200, a_record(Hold=False, Status="Balanced")))
    bill = case.erp.take_bill_off_hold(KEY)
    assert (bill.key, bill.status, bill.hold) == (KEY, "Balanced", False)

    [sent] = case.wire.to("Bill", "PUT")
    assert json.loads(sent.content) == wrapped(Type="Bill", ReferenceNbr="000123", Hold=False)
    assert (sent.headers["if-match"], "if-none-match" in sent.headers) == ("*", False)


def test_off_hold_is_believed_only_for_the_bill_it_was_for() -> None:
    """acumatica_api.md 5.1."""
    with pytest.raises(UncertainError):
        answering(said(200, a_record(ReferenceNbr="000124"))).erp.take_bill_off_hold(KEY)
    with pytest.raises(RejectedError) as raised:
        answering(said(412, {})).erp.take_bill_off_hold(KEY)
    assert raised.value.code == "acumatica.missing"


def test_the_tax_is_set_while_the_bill_stays_on_hold() -> None:
    """acumatica_api.md 8.4."""
    case = answering(said(200, a_record()))
    case.erp.set_bill_taxes(KEY, [BillTax("SALES", Decimal("5875.00"), Decimal("425.93"))])

    assert case.wire.to("Bill", "PUT")[0].content.decode() == (
        '{"Type":{"value":"Bill"},"ReferenceNbr":{"value":"000123"},"Hold":{"value":true},'
        '"IsTaxValid":{"value":true},"TaxDetails":[{"TaxID":{"value":"SALES"},'
        '"TaxableAmount":{"value":5875.00},"TaxAmount":{"value":425.93}}]}'
    )


def test_a_version_that_cannot_set_the_tax_says_so_and_sends_nothing() -> None:
    """acumatica_api.md 6."""
    case = opened(version="22.200.001")
    with pytest.raises(ConfigurationError) as raised:
        case.erp.set_bill_taxes(KEY, [])

    assert (raised.value.code, case.wire.sent) == ("acumatica.no_tax_override", [])


def test_a_bill_is_read_by_its_key_with_lines_and_taxes() -> None:
    """acumatica_api.md 1."""
    wire = Scripted()
    tax = wrapped(id="t1", TaxID="SALES", TaxableAmount=5875.0, TaxAmount=425.94)
    record = a_record(Type="Debit Adj.", TaxDetails=[tax])
    wire.on("GET", "Bill/Debit%20Adj./000123", said(200, record))
    bill = opened(wire).erp.fetch_bill(BillKey("Debit Adj.", "000123"))

    assert bill is not None
    assert bill.taxes == (BillTax("SALES", Decimal(5875), Decimal("425.94")),)
    assert wire.to("Bill/Debit%20Adj./000123")[0].options == {"$expand": "Details,TaxDetails"}


@pytest.mark.parametrize(
    "answer",
    [
        failed("No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"),
        said(404),
    ],
)
def test_a_bill_that_is_not_there_is_none(answer: httpx2.Response) -> None:
    """acumatica_api.md 4.5."""
    wire = Scripted()
    wire.on("GET", "Bill/Bill/000123", answer)

    assert opened(wire).erp.fetch_bill(KEY) is None


def released(*polls: httpx2.Response | Exception, location: str = STATUS) -> tuple[Opened, Callable[[], None]]:
    wire = Scripted()
    wire.on("POST", "Bill/ReleaseBill", said(202, None, {"location": location}))
    if polls:
        wire.on("GET", STATUS, *polls)
    case = opened(wire, deadlines=Deadlines(action_seconds=60))
    return case, lambda: AcumaticaErp.release_bill(case.erp, KEY)


@pytest.mark.parametrize("location", [STATUS, f"http://127.0.0.1:8081{STATUS}"])
def test_a_release_is_polled_to_its_end_in_the_same_session(location: str) -> None:
    """acumatica_api.md 1, 5.4."""
    case, release = released(said(202), page(502), httpx2.ReadTimeout("x"), said(204), location=location)
    release()

    [action] = case.wire.to("Bill/ReleaseBill", "POST")
    assert json.loads(action.content) == {"entity": wrapped(Type="Bill", ReferenceNbr="000123")}
    assert len(case.wire.to(STATUS)) == 4


@pytest.mark.parametrize(
    "location", ["http://evil.example" + STATUS, "//evil.example/x", "status/77", "http://127.0.0.1:9/x"]
)
def test_a_release_is_never_followed_to_another_address(location: str) -> None:
    case, release = released(location=location)
    with pytest.raises(UncertainError):
        release()

    assert case.wire.sent[-1].path.endswith("/ReleaseBill")


def test_a_release_that_fails_is_refused_in_the_servers_words() -> None:
    """acumatica_api.md 5.4."""
    for kind in ("PX.Data.PXException", "PX.Data.PXOperationCompletedSingleErrorException"):
        _, release = released(said(202), failed("Error: The 10-2026 financial period is closed.", kind))
        with pytest.raises(RejectedError) as raised:
            release()
        assert "The 10-2026 financial period is closed." in raised.value.message


def test_a_release_that_never_ends_is_uncertain_at_the_cap() -> None:
    """acumatica_api.md 5.4."""
    case, release = released(said(202))
    before = case.clock.monotonic()
    with pytest.raises(UncertainError):
        release()

    assert 60 <= case.clock.monotonic() - before < 70


def test_a_release_that_is_done_at_once_is_not_followed() -> None:
    """acumatica_api.md 5.4."""
    wire = Scripted()
    wire.on("POST", "Bill/ReleaseBill", said(204, None, {"location": "/nowhere"}))
    opened(wire).erp.release_bill(KEY)

    assert wire.sent[-1].path.endswith("/ReleaseBill")


def test_polls_of_a_long_operation_need_no_place_in_the_minute() -> None:
    """acumatica_api.md 3."""
    wire = Scripted()
    wire.on("POST", "Bill/ReleaseBill", said(202, None, {"location": STATUS}))
    wire.on("GET", STATUS, *[said(202)] * 9, said(204))
    case = opened(wire, requests_per_minute=4)
    before = case.clock.monotonic()
    case.erp.release_bill(KEY)

    assert case.clock.monotonic() - before < 59
