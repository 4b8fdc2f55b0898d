"""Signing in, staying signed in, signing out (acumatica_api.md 2)."""

from __future__ import annotations

import threading

import httpx2
import pytest

from ml_connector.acumatica.wire.session import OwnTurn, Session
from ml_connector.acumatica.wire.signing import Opened as OpenedSession
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from tests.wire.acumatica.stub import CANARY, ROOT, Drawer, Scripted, failed, opened, page, said, token, wrapped

TOKEN = "/AcumaticaERP/identity/connect/token"
LOGIN = "/AcumaticaERP/entity/auth/login"
LOGOUT = "/AcumaticaERP/entity/auth/logout"
COOKIES = [
    ("set-cookie", ".ASPXAUTH=AUTH1; path=/; secure; HttpOnly; SameSite=None"),
    ("set-cookie", "ASP.NET_SessionId=S1; path=/; HttpOnly; SameSite=Lax"),
    ("set-cookie", "Locale=Culture=en-US&TimeZone=GMTM0800A; path=/"),
    ("set-cookie", "ASP.NET_SessionId=S2; path=/; HttpOnly; SameSite=Lax"),
]
JAR = ".ASPXAUTH=AUTH1; Locale=Culture=en-US&TimeZone=GMTM0800A; ASP.NET_SessionId=S2"


def with_cookies() -> Scripted:
    wire = Scripted()
    wire.on("POST", LOGIN, httpx2.Response(204, headers=COOKIES))
    wire.on("GET", f"{ROOT}/Bill", said(200, []))
    return wire


def with_bills(*tokens: httpx2.Response) -> Scripted:
    wire = Scripted()
    if tokens:
        wire.on("POST", TOKEN, *tokens)
    wire.on("GET", "Bill", said(200, []))
    return wire


def refused(wire: Scripted, drawer: Drawer | None = None, *, auth: str = "password") -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        opened(wire, drawer, auth=auth).erp.fetch_any_bill()
    assert "planted" not in f"{raised.value!r} {raised.value} {raised.value.fix}"
    return raised.value


def test_the_password_grant_names_the_tenant_and_asks_for_one_session_a_grant() -> None:
    """acumatica_api.md 1, 2.1."""
    case = opened(with_bills())
    case.erp.fetch_any_bill()

    assert case.wire.to(TOKEN)[0].form == {
        "grant_type": "password",
        "client_id": "8D6E1C3A-0000-0000-0000-000000000000@HRB",
        "client_secret": "cs-planted",
        "username": "connector",
        "password": "pw-planted",
        "scope": "api offline_access",
    }
    assert case.wire.to("Bill")[0].headers["authorization"] == "Bearer A1"


def test_secrets_and_tokens_stand_in_no_path_and_no_log() -> None:
    case = opened(with_bills())
    case.erp.fetch_any_bill()

    assert [(method, path, status) for _, _, method, path, status in case.drawer.requests] == [
        ("POST", "identity/connect/token", 200),
        ("GET", "entity", 200),
        ("GET", f"entity/Default/24.200.001/Vendor/{CANARY[0]}", 200),
        ("GET", "entity/Default/24.200.001/Bill", 200),
    ]


def test_the_refresh_token_is_sealed_before_its_access_token_is_used() -> None:
    """acumatica_api.md 2.1."""
    drawer, wire = Drawer(), with_bills()
    seen: list[list[tuple[str, str]]] = []

    def first_use(_: httpx2.Request) -> httpx2.Response:
        seen.append(list(drawer.saved))
        return page(503)

    wire.on("GET", "/AcumaticaERP/entity", first_use)
    refused(wire, drawer)

    assert seen[0] == [("acumatica.refresh_token", "R1")]


def test_a_sealed_refresh_token_saves_the_seat_of_a_new_sign_in() -> None:
    drawer = Drawer()
    drawer.secrets["acumatica.refresh_token"] = "R0"
    case = opened(with_bills(token("A9", refresh="R9")), drawer)
    case.erp.fetch_any_bill()
    case.erp.close()

    forms = [sent.form for sent in case.wire.to(TOKEN)]
    assert [(form["grant_type"], form["refresh_token"]) for form in forms] == [("refresh_token", "R0")]
    assert drawer.secrets["acumatica.refresh_token"] == "R9"
    assert case.wire.to(LOGOUT) == []


@pytest.mark.parametrize("status", [400, 401, 403])
def test_any_4xx_of_a_refresh_means_signing_in_again(status: int) -> None:
    """acumatica_api.md 2.1."""
    drawer = Drawer()
    drawer.secrets["acumatica.refresh_token"] = "dead"
    case = opened(with_bills(said(status, {"error": "whatever"}), token("A2", refresh="R2")), drawer)
    case.erp.fetch_any_bill()

    assert [sent.form["grant_type"] for sent in case.wire.to(TOKEN)] == ["refresh_token", "password"]


def test_a_refresh_token_another_process_used_up_is_taken_from_the_vault_anew() -> None:
    drawer = Drawer()
    drawer.secrets["acumatica.refresh_token"] = "R0"

    def rotated_meanwhile(_: httpx2.Request) -> httpx2.Response:
        drawer.secrets["acumatica.refresh_token"] = "R1-theirs"
        return said(400, {"error": "invalid_grant"})

    wire = with_bills()
    wire.on("POST", TOKEN, rotated_meanwhile, token("A2", refresh="R2"))
    case = opened(wire, drawer)
    case.erp.fetch_any_bill()

    assert [sent.form["refresh_token"] for sent in wire.to(TOKEN)] == ["R0", "R1-theirs"]


def test_a_lost_answer_to_a_refresh_keeps_the_old_token() -> None:
    drawer = Drawer()
    drawer.secrets["acumatica.refresh_token"] = "R0"
    wire = with_bills()
    wire.on("POST", TOKEN, httpx2.ReadError("x"))

    assert isinstance(refused(wire, drawer), TransientError)
    assert drawer.secrets["acumatica.refresh_token"] == "R0"


def test_an_application_without_refresh_tokens_gets_a_session_that_is_signed_out() -> None:
    """acumatica_api.md 2.1, 2.2."""
    case = opened(with_bills(said(400, {"error": "invalid_scope"}), token("A1")))
    case.erp.fetch_any_bill()
    case.erp.close()

    assert [sent.form["scope"] for sent in case.wire.to(TOKEN)] == ["api offline_access", "api"]
    [out] = case.wire.to(LOGOUT)
    assert (out.headers["authorization"], out.headers["content-length"]) == ("Bearer A1", "0")


def test_a_permission_that_ended_asks_for_a_person() -> None:
    """acumatica_api.md 2.1."""
    error = refused(with_bills(), auth="authorization_code")

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.stage, error.at) == ("acumatica.sign_in_needed", "sign_in", "system")
    assert "connection sign-in" in error.fix


@pytest.mark.parametrize(
    "answer",
    [
        said(400, {"error": "invalid_grant", "error_description": "invalid_username_or_password"}),
        said(400, {"error": "invalid_client"}),
        said(400, {"error": "unauthorized_client"}),
        said(401, {"error": "x"}),
    ],
)
def test_a_refused_sign_in_is_told_once_and_never_tried_twice(answer: httpx2.Response) -> None:
    """acumatica_api.md 2.3."""
    wire = with_bills(answer)
    error = refused(wire)

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.stage, error.at) == ("acumatica.sign_in_refused", "sign_in", "system")
    assert len(wire.to(TOKEN)) == 1


def test_a_missing_secret_is_named_before_anything_is_sent() -> None:
    wire, drawer = with_bills(), Drawer(secrets={"acumatica.client_secret": "cs"})
    error = refused(wire, drawer)

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.at) == ("acumatica.secret_missing", "settings")
    assert "acumatica.password" in error.message
    assert wire.sent == []


@pytest.mark.parametrize(
    "answer",
    [
        said(429, "API Login Limit"),
        page(200, "<html><title>API Login Limit</title></html>"),
        failed("Error: API Login Limit. Users limit exceeded."),
    ],
)
@pytest.mark.parametrize("auth", ["password", "session"])
def test_the_login_limit_is_known_in_each_of_its_dresses(answer: httpx2.Response, auth: str) -> None:
    """acumatica_api.md 2.4."""
    wire = with_cookies()
    wire.on("POST", TOKEN, answer)
    wire.on("POST", LOGIN, answer)
    error = refused(wire, auth=auth)

    assert (type(error), error.code, error.stage) == (TransientError, "acumatica.seats_taken", "sign_in")


@pytest.mark.parametrize("answer", [page(200), page(503), said(502), failed("x", "System.Exception"), said(200, [])])
def test_an_identity_server_that_cannot_answer_is_transient(answer: httpx2.Response) -> None:
    """acumatica_api.md 2.1."""
    error = refused(with_bills(answer))

    assert (type(error), error.code, error.stage) == (TransientError, "acumatica.unavailable", "sign_in")


def test_a_wrong_directory_is_told_as_that() -> None:
    error = refused(with_bills(said(404)))

    assert (type(error), error.code) == (ConfigurationError, "acumatica.not_found")


def test_a_cookie_session_keeps_all_its_cookies_and_is_signed_out() -> None:
    """acumatica_api.md 2.3."""
    case = opened(with_cookies(), auth="session", branch="MAIN")
    case.erp.fetch_any_bill()
    case.erp.close()

    assert case.wire.to(LOGIN)[0].body == {
        "name": "connector",
        "password": "pw-planted",
        "tenant": "HRB",
        "branch": "MAIN",
    }
    assert case.wire.to("Bill")[0].headers["cookie"] == JAR
    [out] = case.wire.to(LOGOUT)
    assert (out.headers["cookie"], out.headers["content-length"], out.content) == (JAR, "0", b"")


def test_a_cookie_session_is_signed_out_after_an_error_too() -> None:
    wire = with_cookies()
    wire.on("GET", "Bill", page(503))
    case = opened(wire, auth="session")
    with pytest.raises(TransientError):
        case.erp.fetch_any_bill()
    case.erp.close()
    case.erp.close()

    assert len(wire.to(LOGOUT)) == 1


def test_a_sign_out_that_fails_harms_nothing() -> None:
    wire = with_cookies()
    wire.on("POST", LOGOUT, httpx2.ReadError("x"))
    case = opened(wire, auth="session")
    case.erp.fetch_any_bill()
    case.erp.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (failed("Error: Invalid credentials. Please try again."), "acumatica.sign_in_refused"),
        (failed("You need to change your password."), "acumatica.sign_in_refused"),
        (failed("x", "PX.Data.PXUndefinedCompanyException"), "acumatica.tenant_unknown"),
        (failed("x", "System.Data.SqlClient.SqlException"), "acumatica.unavailable"),
        (said(400, {"message": "x"}), "acumatica.sign_in_refused"),
        (said(204), "acumatica.unavailable"),
    ],
)
def test_each_refusal_of_the_cookie_login_has_its_cause(answer: httpx2.Response, code: str) -> None:
    """acumatica_api.md 1, 2.3."""
    wire = with_cookies()
    wire.on("POST", LOGIN, answer)

    error = refused(wire, auth="session")

    assert (error.code, error.stage) == (code, "sign_in")
    assert len(wire.to(LOGIN)) == 1


def test_a_token_that_ends_is_renewed_before_the_next_request() -> None:
    """acumatica_api.md 2.1."""
    case = opened(with_bills(token("A1", refresh="R1"), token("A2", refresh="R2")))
    case.erp.fetch_any_bill()
    case.clock.sleep(3580)
    case.erp.fetch_any_bill()

    assert [sent.headers["authorization"] for sent in case.wire.to("Bill")] == ["Bearer A1", "Bearer A2"]


def test_a_401_on_a_read_refreshes_once_and_reads_again() -> None:
    wire = with_bills(token("A1", refresh="R1"), token("A2", refresh="R2"))
    wire.on("GET", "Bill", said(401, {}), said(200, []))
    case = opened(wire)
    case.erp.fetch_any_bill()

    assert [sent.headers["authorization"] for sent in wire.to("Bill")] == ["Bearer A1", "Bearer A2"]
    assert len(wire.to(TOKEN)) == 2
    assert case.erp.request_counts().retried == 1


def test_the_tenant_is_proven_again_after_each_sign_in_and_the_endpoints_are_read_once() -> None:
    wire = with_bills(token("A1", refresh="R1"), token("A2", refresh="R2"))
    wire.on("GET", "Bill", said(401, {}), said(200, []))
    opened(wire).erp.fetch_any_bill()

    assert len(wire.to(f"Vendor/{CANARY[0]}")) == 2
    assert len(wire.to("/AcumaticaERP/entity")) == 1


def test_a_session_that_is_ended_again_and_again_is_not_signed_in_to_more_than_once_a_minute() -> None:
    wire = with_cookies()
    wire.on("GET", "Bill", said(401, {}))
    case = opened(wire, auth="session")
    with pytest.raises(TransientError):
        case.erp.fetch_any_bill()
    with pytest.raises(TransientError) as raised:
        case.erp.fetch_any_bill()

    assert (raised.value.code, len(wire.to(LOGIN))) == ("acumatica.signed_out", 2)
    assert raised.value.retry_after_seconds == 60


def test_threads_with_one_dead_token_cause_one_renewal() -> None:
    calls: list[int] = []

    class Counting:
        def renew(self) -> OpenedSession:
            calls.append(1)
            return OpenedSession({"Authorization": f"Bearer {len(calls)}"}, 3600, sign_out=False)

        def log_in(self) -> OpenedSession:
            raise AssertionError("nobody has to sign in")

    case = opened()
    session = Session(Counting(), case.erp._transport, case.clock, case.erp._client._deadlines, turn=OwnTurn())
    stale = session.credential()
    threads = [threading.Thread(target=session.renew, args=(stale,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(calls), session.credential().number) == (2, 2)


def test_a_login_page_instead_of_data_signs_in_anew() -> None:
    wire = with_bills(token("A1", refresh="R1"), token("A2", refresh="R2"))
    wire.on("GET", "Bill", page(200), said(302, None, {"location": "http://evil.example/"}), said(200, []))
    case = opened(wire)
    case.erp.fetch_any_bill()

    assert len(wire.to("Bill")) == 3
    assert not [sent for sent in wire.sent if "evil" in sent.path]


def test_the_first_sign_in_of_a_tenant_chooses_its_first_active_vendor_by_id() -> None:
    wire, drawer = with_bills(), Drawer(canary=None)
    rows = [
        wrapped(id="AAAA-3", VendorID="V3", Status="Active"),
        wrapped(id="AAAA-1", VendorID="V1", Status="Inactive"),
        wrapped(id="AAAA-2", VendorID="v2  ", Status="Active"),
    ]
    wire.on("GET", "Vendor", said(200, rows), said(200, []))
    opened(wire, drawer).erp.fetch_any_bill()

    assert drawer.canary == ("v2", "aaaa-2")


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"id": "99999999-0000-0000-0000-000000000009", "VendorID": {"value": "V10001"}}),
        failed("No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"),
    ],
)
def test_another_tenant_than_set_up_is_never_read_from_or_written_to(answer: httpx2.Response) -> None:
    wire = with_bills()
    wire.on("GET", f"Vendor/{CANARY[0]}", answer)
    error = refused(wire)

    assert (type(error), error.code) == (ConfigurationError, "acumatica.wrong_tenant")
    assert wire.to("Bill") == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"endpoints": [{"name": "Default", "version": v} for v in ("25.200.001", "23.200.001")]},
            "it has 23.200.001, 25",
        ),
        ([{"name": "default", "version": "22.200.001"}], "it has 22.200.001"),
        ([], "no endpoint of that name"),
    ],
)
def test_a_pinned_version_that_is_gone_is_named_with_those_there_are(body: object, told: str) -> None:
    """acumatica_api.md 6."""
    wire = with_bills()
    wire.on("GET", "/AcumaticaERP/entity", said(200, body))
    error = refused(wire)

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.stage, error.at) == ("acumatica.endpoint_version_missing", "endpoint_version", "system")
    assert "Default/24.200.001" in error.message
    assert told in error.message


def test_a_404_in_the_middle_of_a_run_asks_whether_the_endpoint_is_still_there() -> None:
    """acumatica_api.md 4.5."""
    wire = with_bills()
    gone = said(200, [{"name": "Default", "version": "25.200.001"}])
    there = said(200, [{"name": "Default", "version": "24.200.001"}])
    wire.on("GET", "/AcumaticaERP/entity", there, gone)
    wire.on("GET", "Bill", said(404))
    error = refused(wire)

    assert error.code == "acumatica.endpoint_version_missing"
