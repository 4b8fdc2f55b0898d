"""Master data from the twin, under every way it may be unkind (acumatica_api.md 4, 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.master_data import Branch, Gap, OrderDraft, PostPeriod, PurchaseOrderLine
from ml_connector.errors import ConfigurationError, TransientError
from tests.wire.acumatica.twin import QUICK, OpenTwin, TwinCase

VENDORS = [f"V100{n:02}" for n in range(1, 11)] + ["V10012", "V10013"]
UNKIND: list[dict[str, Any]] = [
    {},
    {"row_order": "by_key"},
    {"top_order": "arbitrary"},
    {"endpoint_list_shape": "bare_array", "links": "no"},
    {"expand_parent_implied": "yes", "orderby": "refused"},
]
# Every expansion this edge asks for in a list, refused by the optimiser.
STERN = [
    "Vendor.MainContact",
    "Vendor.RemittanceContact",
    "Project.VisibilitySettings",
    "Project.BillingAndAllocationSettings",
    "ProjectTask.VisibilitySettings",
    "PurchaseOrder.Details",
    "CompanyFinancialPeriod.Details",
    "FinancialPeriod.Details",
    "Ledger.Branches",
    "Check.Details",
    "Check.History",
]


def whole(found: tuple[Any, ...] | Gap) -> tuple[Any, ...]:
    assert not isinstance(found, Gap), found.reason
    return found


def reader_of(case: TwinCase) -> Reader:
    return case.erp._reader


@pytest.mark.parametrize("switches", UNKIND, ids=str)
def test_every_collection_is_whole_on_every_site(twin: OpenTwin, switches: dict[str, Any]) -> None:
    """acumatica_api.md 7, 9."""
    case = twin()
    case.control.turn(**switches)
    erp = case.erp

    assert sorted(vendor.vendor_id for vendor in erp.fetch_vendors()) == VENDORS
    assert len(erp.fetch_accounts()) == 15
    assert sorted(sub.subaccount_id for sub in whole(erp.fetch_subaccounts())) == [
        "0110000",
        "0115000",
        "0120000",
        "0210000",
    ]
    assert sorted(project.project_id for project in whole(erp.fetch_projects())) == ["J2310", "J2401", "J2405"]
    assert len({(task.project_id, task.task_id) for task in whole(erp.fetch_tasks())}) == 9
    assert len(whole(erp.fetch_cost_codes())) == 5
    assert sorted(order.order_number for order in whole(erp.fetch_purchase_orders())) == ["PO-003120", "PO-003135"]


def test_branches_and_periods_belong_to_their_company(twin: OpenTwin) -> None:
    """acumatica_api.md 4.3."""
    erp = twin().erp

    assert sorted(whole(erp.fetch_branches()), key=lambda branch: branch.branch_id) == [
        Branch("EQUIP", "Harbor Ridge Equipment", True, "HRE", "USD"),
        Branch("MAIN", "Harbor Ridge Main", True, "HRB", "USD"),
        Branch("NORTH", "Harbor Ridge North", True, "HRB", "USD"),
    ]
    periods = whole(erp.fetch_periods())
    assert len(periods) == 24
    assert PostPeriod("2026-09", "Open", True, date(2026, 9, 1), date(2026, 9, 30), "HRB") in periods
    assert PostPeriod("2026-12", "Inactive", False, date(2026, 12, 1), date(2026, 12, 31), "HRE") in periods


def test_what_the_contract_leaves_out_comes_from_the_form_where_the_site_shows_it(twin: OpenTwin) -> None:
    """acumatica_api.md 4.1, 4.2, 7."""
    erp = twin().erp
    control = {account.account_id for account in erp.fetch_accounts() if account.control}
    types = {(task.project_id, task.task_id): task.type for task in whole(erp.fetch_tasks())}
    active = {code.cost_code_id: code.active for code in whole(erp.fetch_cost_codes())}

    assert {"20000", "20100", "20300"} <= control
    assert "50100" not in control
    assert (types["J2401", "R1"], types["J2401", "03"]) == ("Revenue", "Cost")
    assert (active["02-999"], active["31-200"]) == (False, True)


@pytest.mark.parametrize("shown", ["yes", "no"])
def test_a_vendors_defaults_come_from_the_form_and_never_from_the_ap_account(twin: OpenTwin, shown: str) -> None:
    """acumatica_api.md 4.2, 7."""
    case = twin()
    form = {"DefLocation.VExpenseAcctID": "61000", "DefLocation.VExpenseSubID": "0120000"}
    case.control.people("put_record", entity="Vendor", fields={"VendorID": "V10004"}, custom=form)
    case.control.people("put_record", entity="Vendor", fields={"VendorID": "V10005", "VendorIsTaxAgency": True})
    case.control.turn(custom_shown=shown)
    listed = {vendor.vendor_id: vendor for vendor in case.erp.fetch_vendors()}
    wanted = ("61000", "0120000", None) if shown == "yes" else (None, None, None)

    for vendor in (listed["V10004"], case.erp.fetch_vendor("V10004")):
        assert vendor is not None
        assert (vendor.default_account, vendor.default_subaccount, vendor.other_kind) == wanted
        assert vendor.ap_account == "20000"
    assert (listed["V10005"].default_account, listed["V10005"].other_kind) == (None, "tax agency")


def test_a_site_that_refuses_every_expansion_in_lists_is_read_all_the_same(twin: OpenTwin) -> None:
    """acumatica_api.md 4.3."""
    case = twin()
    case.control.turn(optimizer_fails=STERN)
    erp = case.erp
    vendors = erp.fetch_vendors()
    orders = {order.order_number: order for order in whole(erp.fetch_purchase_orders())}

    assert sorted(vendor.vendor_id for vendor in vendors) == VENDORS
    assert {vendor.address_line_1 for vendor in vendors} == {None}
    assert {vendor.terms for vendor in vendors} >= {"30D"}
    assert {project.visible_in_ap for project in whole(erp.fetch_projects())} == {None}
    assert len(whole(erp.fetch_tasks())) == 9
    assert len(whole(erp.fetch_periods())) == 24
    assert [line.billing_basis for line in orders["PO-003120"].lines] == ["receipt", "receipt", "order"]
    one = erp.fetch_vendor("V10001")
    assert one is not None
    assert one.address_line_1 is not None


def test_a_refused_shape_is_asked_for_once(twin: OpenTwin) -> None:
    """acumatica_api.md 4.3."""
    case = twin()
    case.control.turn(optimizer_fails=["Vendor.MainContact"])
    case.erp.fetch_vendors()
    case.control.call("DELETE", "requests")
    case.erp.fetch_vendors()

    assert not [sent for sent in case.sent("GET", "/Vendor") if "MainContact" in sent["query"]]


@pytest.mark.parametrize("custom", ["ignored", "500"])
def test_a_form_that_shows_nothing_leaves_its_figures_unknown(twin: OpenTwin, custom: str) -> None:
    case = twin()
    case.control.turn(custom_unknown=custom)
    shapes = (Shape(custom=("AccountRecords.NoSuchElement",)), Shape())
    rows = reader_of(case).fetch_collection(Collection("Account", "AccountCD", 100, shapes))

    assert len(rows) == 15


@pytest.mark.parametrize("po_filter", ["empty", "500", "works"])
def test_orders_are_never_asked_for_by_status(twin: OpenTwin, po_filter: str) -> None:
    """acumatica_api.md 4.2."""
    case = twin()
    case.control.turn(po_filter=po_filter)
    orders = {order.order_number: order for order in whole(case.erp.fetch_purchase_orders())}
    rebar = orders["PO-003120"].lines[0]

    assert {order.status for order in orders.values()} == {"Open"}
    assert replace(rebar, description=None, inventory_id=None) == PurchaseOrderLine(
        line_number=1,
        order_quantity=Decimal(400),
        unit_cost=Decimal("11.75"),
        extended_cost=Decimal("4700.00"),
        line_type=rebar.line_type,
        unit="EA",
        account="50200",
        subaccount="0110000",
        branch="MAIN",
        project="J2401",
        task="03",
        cost_code="03-300",
        received_quantity=Decimal(300),
        billed_quantity=Decimal(0),
        billed_amount=Decimal(0),
        unbilled_quantity=Decimal(400),
        unbilled_amount=Decimal(4700),
        closed=False,
        billing_basis="receipt",
    )
    assert case.erp.fetch_purchase_order("Normal", "PO-003135") is not None
    assert case.erp.fetch_purchase_order("Normal", "PO-999999") is None


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_ranges_between_keys_cover_every_row_once(twin: OpenTwin, size: int) -> None:
    """acumatica_api.md 4.2, 7."""
    case = twin()
    case.control.turn(top_order="arbitrary")
    for code in ("a-1", "A-2", "Zeta", "o'neil", "Ärmel", "V1", "v10001x", "V 10"):
        case.control.people("add_vendor", code=code, name=code)
    rows = reader_of(case).fetch_in_ranges(Collection("Vendor", "VendorID", size))

    assert len(rows) == len({row["id"] for row in rows}) == 20


def test_an_answer_that_is_too_large_is_read_in_smaller_ones(twin: OpenTwin) -> None:
    case = twin(deadlines=replace(QUICK, body_bytes_max=9_000, lean_bytes_max=9_000))

    assert sorted(vendor.vendor_id for vendor in case.erp.fetch_vendors()) == VENDORS
    assert len(case.erp.fetch_accounts()) == 15
    assert len(whole(case.erp.fetch_tasks())) == 9


def test_the_keys_of_very_many_vendors_may_take_more_than_other_answers(twin: OpenTwin) -> None:
    case = twin(deadlines=replace(QUICK, body_bytes_max=2_000))

    assert sorted(vendor.vendor_id for vendor in case.erp.fetch_vendors()) == VENDORS


def test_a_feature_that_is_off_is_a_gap_and_not_a_failure(twin: OpenTwin) -> None:
    """acumatica_api.md 4.5, 7."""
    case = twin()
    case.control.turn(subaccounts_feature=False)
    found = case.erp.fetch_subaccounts()

    assert isinstance(found, Gap)
    assert "Subaccounts" in found.reason
    case.control.fault("status", path=r"/Project\?", code=500, body=SET_UP, headers=JSON)
    assert isinstance(case.erp.fetch_projects(), Gap)


JSON = {"content-type": "application/json"}
SET_UP = (
    '{"message":"An error has occurred.","exceptionMessage":"Error: The required configuration data is not entered on '
    'the Projects Preferences form.","exceptionType":"PX.Data.PXSetupNotEnteredException","stackTrace":""}'
)


def test_a_user_without_rights_to_vendors_rests_the_connection(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("status", path="/Vendor", code=403, body='{"message":"You have insufficient rights."}', times=0)
    with pytest.raises(ConfigurationError) as raised:
        case.erp.fetch_vendors()

    assert raised.value.code == "acumatica.forbidden"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 503, "body": "<html>maintenance"},
        {"kind": "drop_before"},
        {"kind": "drop_after_commit"},
        {"kind": "truncate"},
        {"kind": "html"},
        {"kind": "redirect"},
        {"kind": "status", "code": 429, "body": "slow down", "headers": {"retry-after": "0"}},
    ],
    ids=lambda fault: fault["kind"] + str(fault.get("code", "")),
)
def test_a_read_that_fails_twice_is_read_again(twin: OpenTwin, fault: dict[str, Any]) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault(**fault, path="/Account", times=2)

    assert len(case.erp.fetch_accounts()) == 15
    assert case.erp.request_counts().retried == 2


def test_a_read_that_never_works_ends_in_an_error_and_not_in_a_part(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("truncate", path="/Account", times=0)
    with pytest.raises(TransientError):
        case.erp.fetch_accounts()

    assert len(case.sent("GET", "/Account")) == QUICK.read_tries


@pytest.mark.parametrize("version", ["22.200.001", "23.200.001", "24.200.001"])
def test_each_version_is_read_by_its_own_contract(twin: OpenTwin, version: str) -> None:
    """acumatica_api.md 6."""
    erp = twin(version=version).erp

    assert len(erp.fetch_vendors()) == 12
    assert len(whole(erp.fetch_purchase_orders())) == 2


def test_subcontracts_are_orders_whose_lines_are_billed_by_order(twin: OpenTwin) -> None:
    """acumatica_api.md 7."""
    case = twin()
    read = whole(case.erp.fetch_subcontracts())
    orders = {order.order_number: order for order in read}
    foundations = orders["SC-000045"].lines[0]

    assert sorted(orders) == ["SC-000045", "SC-000052"]
    assert (orders["SC-000045"].order_type, orders["SC-000045"].vendor_id) == ("Subcontract", "V10001")
    assert foundations == PurchaseOrderLine(
        line_number=1,
        order_quantity=Decimal(1),
        unit_cost=Decimal(240000),
        extended_cost=Decimal(240000),
        description="Foundations",
        unit="LS",
        account="50100",
        subaccount="0110000",
        branch="MAIN",
        project="J2401",
        task="03",
        cost_code="03-300",
        billed_quantity=Decimal("0.4"),
        billed_amount=Decimal(96000),
        unbilled_quantity=Decimal("0.6"),
        unbilled_amount=Decimal(144000),
        closed=False,
        billing_basis="order",
        retainage_percent=Decimal(10),
    )
    assert case.erp.fetch_purchase_order("Subcontract", "SC-000045") == orders["SC-000045"]
    case.control.turn(custom_shown="no", optimizer_fails=["Subcontract.Details"])
    bare = whole(case.erp.fetch_subcontracts())
    assert {line.billed_quantity for order in bare for line in order.lines} == {None}
    assert {order.order_number: order for order in whole(case.erp.fetch_billed_figures(bare))} == orders


@pytest.mark.parametrize(
    "switches",
    [{}, {"custom_shown": "no"}, {"optimizer_fails": ["PurchaseOrder.Details", "Subcontract.Details"]}],
    ids=str,
)
def test_a_few_orders_are_the_same_in_one_answer_and_by_their_keys(twin: OpenTwin, switches: dict[str, Any]) -> None:
    """acumatica_api.md 4.2, 4.3."""
    case = twin()
    case.control.turn(**switches)
    by_keys = [whole(case.erp.fetch_purchase_orders()), whole(case.erp.fetch_subcontracts())]
    at_once = [whole(case.erp.fetch_purchase_orders(2)), whole(case.erp.fetch_subcontracts(2))]

    assert [{order.order_number: order for order in each} for each in at_once] == [
        {order.order_number: order for order in each} for each in by_keys
    ]


def test_a_few_orders_cost_one_request_after_a_longer_list(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_vendors()
    case.control.call("DELETE", "requests")
    case.erp.fetch_purchase_orders(2)
    case.erp.fetch_subcontracts(2)

    assert [len(case.sent("GET", f"/{entity}")) for entity in ("PurchaseOrder", "Subcontract")] == [1, 1]


@pytest.mark.parametrize("refused", [[], ["Bill.Details"]])
def test_drafts_on_order_lines_are_those_of_unreleased_bills(twin: OpenTwin, refused: list[str]) -> None:
    """acumatica_api.md 4.3, 8.3."""
    case = twin()
    case.control.turn(optimizer_fails=refused)
    link = {"POOrderType": "Normal", "POOrderNbr": "PO-003135", "POLine": 1, "Qty": "1", "ExtendedCost": "6450.00"}
    for reference, finish in (("A", "hold"), ("B", "balance"), ("C", "release")):
        bill = {"Type": "Bill", "Vendor": "V10004", "VendorRef": reference, "Description": reference, "Details": [link]}
        case.control.people("type_bill", bill=bill, finish=finish)
    case.control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "D", **A_LINE})

    drafts = whole(case.erp.fetch_order_drafts())
    assert sorted(drafts, key=lambda draft: draft.description) == [
        OrderDraft(BillKey("Bill", number), "Normal", "PO-003135", 1, Decimal(6450), Decimal(1), description)
        for number, description in (("000001", "A"), ("000002", "B"))
    ]


def test_a_version_without_subcontracts_is_not_asked_for_them(twin: OpenTwin) -> None:
    """acumatica_api.md 6."""
    case = twin(version="22.200.001")

    assert isinstance(case.erp.fetch_subcontracts(), Gap)
    assert case.erp.fetch_purchase_order("Subcontract", "SC-000045") is None
    assert case.sent("GET", "/Subcontract") == []


def test_the_staged_check_passes_on_a_sound_site(twin: OpenTwin) -> None:
    case = twin()
    case.control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "O'Brien 7", **A_LINE})
    stages = case.erp.check_stages(probe=False)

    assert [(stage.stage, stage.result) for stage in stages] == [
        ("address", "pass"),
        ("tls", "skipped"),
        ("sign_in", "pass"),
        ("endpoint_version", "pass"),
        ("read_vendors", "pass"),
        ("read_bills", "pass"),
        ("write_rights", "skipped"),
        ("preferences", "skipped"),
        ("licence", "skipped"),
    ]
    assert "vendor and reference, description" in stages[5].message


def probed(case: TwinCase) -> tuple[str, str, list[str]]:
    """How the writing stage ended, what it said, and the bills of the probe that are left."""
    [stage] = [each for each in case.erp.check_stages(probe=True) if each.stage == "write_rights"]
    left = [bill["ReferenceNbr"] for bill in case.control.bills() if bill["VendorRef"].startswith("ML-PROBE")]
    return stage.result, stage.message, left


def test_a_probe_makes_a_bill_on_hold_and_deletes_it(twin: OpenTwin) -> None:
    case = twin()
    assert probed(case)[0] == "skipped"
    case.control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "TYPED", **A_LINE})
    assert probed(case) == ("pass", "a bill was made, stayed on hold and was deleted again", [])
    case.control.fault("status", method="DELETE", code=500, times=0)
    result, message, left = probed(case)
    assert (result, "stays on hold; delete Bill/" in message, len(left)) == ("pass", True, 1)


def test_a_probe_tells_a_site_that_takes_bills_off_hold_and_a_user_who_may_not_write(twin: OpenTwin) -> None:
    """fault_catalogue.md 91."""
    case = twin()
    case.control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "TYPED", **A_LINE})
    case.control.turn(hold_honoured="no")
    result, message, left = probed(case)
    assert (result, len(left)) == ("fail", 1)
    assert message.startswith("This tenant releases bills at once; the safe mode is not possible here: Bill ")
    case.control.turn(hold_honoured="yes", fields_required=["BillDetail.TaxCategory"])
    result, message, _ = probed(case)
    assert result == "skipped" and message.startswith("the user may write; a bill coded like Bill/"), message
    case.control.fault("status", method="PUT", path="/Bill", code=403, body='{"message":"no"}', times=0)
    assert probed(case)[0] == "fail"


A_LINE: dict[str, Any] = {
    "Description": "Typed by hand",
    "Date": "2026-10-05",
    "Details": [
        {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"}
    ],
}


def test_the_staged_check_stops_at_the_stage_that_fails_and_says_why(twin: OpenTwin) -> None:
    wrong = twin()
    wrong.drawer.secrets["acumatica.password"] = "wrong"
    gone = twin(version="25.200.001")
    away = twin(url="http://127.0.0.1:9")
    failed = []
    for case in (wrong, gone, away):
        stages = case.erp.check_stages(probe=True)
        failed.append([(stage.stage, stage.code) for stage in stages if stage.result == "fail"])
        assert all(stage.fix for stage in stages if stage.result == "fail")

    assert failed == [
        [("sign_in", "acumatica.sign_in_refused")],
        [("endpoint_version", "acumatica.endpoint_version_missing")],
        [("address", "acumatica.not_sent")],
    ]


def test_the_canary_is_chosen_once_and_anew_on_demand(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    assert case.drawer.canary is not None
    assert case.drawer.canary[0] == "V10001"
    case.drawer.canary = ("V10001", "another")

    assert case.erp.choose_canary() == "V10001"
    case.erp.fetch_any_bill()


def test_branches_come_from_the_ledgers_where_the_inquiry_does_not_answer(twin: OpenTwin) -> None:
    """acumatica_api.md 4.3, 7."""
    case = twin()
    inquired = sorted(whole(case.erp.fetch_branches()), key=lambda branch: branch.branch_id)
    for code in (500, 405, 403, 404):
        body = '{"message":"x","exceptionMessage":"Operation failed","exceptionType":"PX.Data.PXException"}'
        case.control.call("DELETE", "faults")
        case.control.fault("status", path="/CompaniesStructure", code=code, body=body, headers=JSON, times=0)

        assert sorted(whole(case.erp.fetch_branches()), key=lambda branch: branch.branch_id) == inquired


def test_a_site_that_knows_no_select_is_read_whole(twin: OpenTwin) -> None:
    """acumatica_api.md 4.2."""
    case = twin()
    case.control.fault("status", path="select", code=400, body="unknown option", times=0)

    assert sorted(vendor.vendor_id for vendor in case.erp.fetch_vendors()) == VENDORS
    assert len(whole(case.erp.fetch_purchase_orders())) == 2
