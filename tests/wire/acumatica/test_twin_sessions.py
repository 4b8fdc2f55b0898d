"""Sessions, seats and payments on the twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import CheckApplication
from ml_connector.errors import ConfigurationError, TransientError
from tests.wire.acumatica.stub import Drawer
from tests.wire.acumatica.twin import QUICK, OpenTwin, TwinCase

BILL = {
    "Type": "Bill",
    "Vendor": "V10005",
    "VendorRef": "INV-8841",
    "Date": "2026-10-05",
    "Details": [
        {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "1284.37"},
    ],
}


def seats(case: TwinCase) -> int:
    found: int = case.control.call("GET", "sessions")["open"]
    return found


def test_twenty_runs_of_one_grant_take_one_seat(twin: OpenTwin) -> None:
    """acumatica_api.md 2.2."""
    drawer: Drawer | None = None
    for _ in range(20):
        case = twin() if drawer is None else twin(drawer=drawer)
        drawer = case.drawer
        case.erp.fetch_any_bill()
        case.erp.close()

        assert seats(case) == 1


def test_a_cookie_session_gives_its_seat_back_after_each_run(twin: OpenTwin) -> None:
    """acumatica_api.md 2.4."""
    for run in range(5):
        case = twin(auth="session")
        case.erp.fetch_any_bill()
        assert seats(case) == 1
        case.control.fault("status", path="/Account", code=500, body="<html>", times=0)
        with pytest.raises(TransientError):
            case.erp.fetch_accounts()
        case.erp.close()
        assert seats(case) == 0, run


@pytest.mark.parametrize("dress", ["429_text", "html", "500"])
@pytest.mark.parametrize("auth", ["password", "session"])
def test_a_site_without_a_free_seat_is_told_as_that(twin: OpenTwin, dress: str, auth: str) -> None:
    case = twin(auth=auth)
    case.control.turn(login_limit_dress=dress, api_users_max=0)
    with pytest.raises(TransientError) as raised:
        case.erp.fetch_any_bill()

    assert (raised.value.code, raised.value.stage) == ("acumatica.seats_taken", "sign_in")


@pytest.mark.parametrize("auth", ["password", "session"])
def test_a_wrong_password_is_refused_once(twin: OpenTwin, auth: str) -> None:
    case = twin(auth=auth)
    case.drawer.secrets["acumatica.password"] = "wrong"
    with pytest.raises(ConfigurationError) as raised:
        case.erp.fetch_any_bill()

    assert (raised.value.code, raised.value.stage) == ("acumatica.sign_in_refused", "sign_in")
    assert len(case.control.requests()) == 1


def test_tokens_that_live_a_second_are_renewed_all_along_a_run(twin: OpenTwin) -> None:
    case = twin()
    case.control.turn(token_seconds=1)
    case.erp.fetch_any_bill()
    case.control.advance(2)
    case.erp.fetch_any_bill()
    case.control.advance(2)

    assert len(case.erp.fetch_vendors()) == 12


def test_a_grant_that_was_revoked_is_replaced_by_the_password(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.call("POST", "sessions/revoke")

    assert len(case.erp.fetch_accounts()) == 15


def test_a_cookie_session_that_idled_out_is_opened_again(twin: OpenTwin) -> None:
    """acumatica_api.md 2.3."""
    case = twin(auth="session")
    case.erp.fetch_any_bill()
    case.control.advance(700)

    assert len(case.erp.fetch_accounts()) == 15


def test_a_sign_in_that_lands_in_another_tenant_reads_and_writes_nothing(twin: OpenTwin) -> None:
    """acumatica_api.md 1."""
    case = twin()
    case.erp.fetch_any_bill()
    other = twin(drawer=replace(case.drawer, canary=("V10001", "00000000-0000-0000-0000-000000000000")))
    case.control.call("DELETE", "requests")
    with pytest.raises(ConfigurationError) as raised:
        other.erp.fetch_any_bill()

    assert raised.value.code == "acumatica.wrong_tenant"
    assert not case.sent("GET", "/Bill")


def test_a_missing_version_is_named_before_anything_else_is_asked(twin: OpenTwin) -> None:
    case = twin(version="25.200.001")
    with pytest.raises(ConfigurationError) as raised:
        case.erp.fetch_any_bill()

    assert raised.value.code == "acumatica.endpoint_version_missing"
    assert "22.200.001, 23.200.001, 24.200.001" in raised.value.message
    assert [sent["path"].rpartition("/")[2] for sent in case.control.requests()] == ["token", "entity"]


def paid(case: TwinCase, **more: Any) -> BillKey:
    typed = case.control.people("type_bill", bill={**BILL, **more}, finish="release")
    number = typed["fields"]["ReferenceNbr"] if "fields" in typed else typed["ReferenceNbr"]
    case.control.people("pay_bills", bills=[{"type": "Bill", "number": number}], date="2026-10-14", reference="10460")
    return BillKey("Bill", number)


@pytest.mark.parametrize("label", ["Payment", "Check"])
def test_a_payment_is_read_with_what_it_paid_whatever_its_label(twin: OpenTwin, label: str) -> None:
    """acumatica_api.md 7."""
    case = twin()
    case.control.turn(payment_label=label)
    bill = paid(case)
    [header] = case.erp.fetch_check_headers(None)
    check = case.erp.fetch_check(header.type, header.number)

    assert (header.type, header.status, header.applications) == (label, "Closed", ())
    assert check is not None
    assert (check.vendor, check.amount, check.payment_ref) == ("V10005", Decimal("1284.37"), "10460")
    assert check.applications == (
        CheckApplication(bill, Decimal("1284.37"), Decimal(0), vendor_ref="INV-8841", released=True),
    )
    assert case.erp.fetch_check(label, "999999") is None


def test_payments_are_read_since_an_instant_in_utc(twin: OpenTwin) -> None:
    """acumatica_api.md 4.4."""
    case = twin()
    paid(case)
    [header] = case.erp.fetch_check_headers(None)
    assert header.modified_at is not None
    before = header.modified_at - timedelta(seconds=1)

    assert [check.number for check in case.erp.fetch_check_headers(before)] == [header.number]
    assert case.erp.fetch_check_headers(header.modified_at + timedelta(seconds=1)) == ()
    assert case.erp.fetch_check_headers(datetime(2099, 1, 1, tzinfo=UTC)) == ()


def test_a_voided_payment_has_a_second_record(twin: OpenTwin) -> None:
    """acumatica_api.md 7."""
    case = twin()
    paid(case)
    [header] = case.erp.fetch_check_headers(None)
    case.control.people("void_check", number=header.number)
    found = {check.type: check for check in case.erp.fetch_check_headers(None)}

    assert set(found) == {"Payment", "Voided Payment"}
    assert found["Payment"].status == "Voided"
    assert found["Voided Payment"].amount == Decimal("-1284.37")


def test_the_pace_of_the_settings_is_kept(twin: OpenTwin) -> None:
    """acumatica_api.md 3."""
    case = twin(requests_per_minute=6, deadlines=replace(QUICK, read_seconds=2))
    for _ in range(2):
        case.erp.fetch_any_bill()

    assert case.erp.request_counts().throttled == 0
    assert case.erp.request_counts().sent <= 6
