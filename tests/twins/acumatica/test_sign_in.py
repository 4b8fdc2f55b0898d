"""Sign-in, sessions and licence seats: acumatica_api.md 2 and 13.3 to 13.6."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from urllib.parse import urlsplit

from ml_connector_twins.acumatica.instance import SiteOptions
from ml_connector_twins.acumatica.server import running_acumatica
from tests.twins.acumatica.wire import Erp, a_bill, signed_in


def test_the_password_grant_gives_a_bearer_token_of_an_hour_without_a_refresh_token() -> None:
    """2.1: refresh_token only with offline_access."""
    with running_acumatica() as twin:
        content = Erp(twin).sign_in().json
    assert {name: content[name] for name in content if name != "access_token"} == {
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "api",
    }


def test_client_credentials_are_refused() -> None:
    """2.1: no client-credentials flow is documented; a live project met unauthorized_client."""
    with running_acumatica() as twin:
        reply = Erp(twin).sign_in(grant_type="client_credentials")
    assert (reply.status, reply.json) == (400, {"error": "unauthorized_client"})


def test_a_wrong_password_is_invalid_grant_at_the_token_endpoint_and_500_at_the_cookie_login() -> None:
    """2.1 and 2.3: the cookie login answers 500, not 401."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        token = erp.sign_in(password="wrong")
        body = json.dumps({"name": "connector", "password": "wrong", "tenant": "HRB"}).encode()
        login = erp.send("POST", "/entity/auth/login", body)
    assert (token.status, token.json["error"]) == (400, "invalid_grant")
    assert login.status == 500
    assert login.json["exceptionMessage"] == "Error: Invalid credentials. Please try again."
    assert login.json["exceptionType"] == "PX.Data.PXException"


def test_a_refresh_token_rotates_and_the_old_one_dies() -> None:
    """2.1."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        first = erp.sign_in("api offline_access").json["refresh_token"]
        client = {"client_id": twin.client_id, "client_secret": twin.options.client_secret}
        form = {"grant_type": "refresh_token", **client}
        second = erp.token({**form, "refresh_token": first})
        again = erp.token({**form, "refresh_token": first})
        third = erp.token({**form, "refresh_token": second.json["refresh_token"]})
    assert (second.status, again.status, third.status) == (200, 400, 200)
    assert again.json == {"error": "invalid_grant"}


def test_an_expired_token_is_401_and_its_seat_is_free_again() -> None:
    """2.2: a session of scope api ends with its token."""
    with signed_in() as erp:
        assert erp.get("Ledger").status == 200
        erp.twin.control.advance(3601)
        reply = erp.get("Ledger")
        seats = erp.twin.control.call("GET", "sessions")
    assert reply.status == 401
    assert seats["open"] == 0


def test_seats_run_out_and_a_logout_with_bearer_frees_one() -> None:
    """2.4: each token of scope api takes a seat; 2.2: logout works with Bearer."""
    with running_acumatica(switches={"api_users_max": 2}) as twin:
        one, two, three = Erp(twin), Erp(twin), Erp(twin)
        assert (one.sign_in().status, two.sign_in().status) == (200, 200)
        full = three.sign_in()
        freed = one.send("POST", "/entity/auth/logout", b"")
        after = three.sign_in()
    assert (full.status, full.body, full.headers.get("content-type")) == (429, b"API Login Limit", "text/plain")
    assert freed.status == 204
    assert after.status == 200


def test_the_login_limit_comes_in_three_dresses() -> None:
    """13.5, 2.4: match on the text whatever the status and content type."""
    seen = []
    for dress in ("429_text", "html", "500"):
        with running_acumatica(switches={"api_users_max": 0, "login_limit_dress": dress}) as twin:
            reply = Erp(twin).sign_in()
        seen.append((reply.status, b"API Login Limit" in reply.body))
    assert seen == [(429, True), (200, True), (500, True)]


def test_with_the_concurrent_scope_every_request_without_its_cookie_takes_a_seat() -> None:
    """2.2 [I]."""
    with running_acumatica(switches={"api_users_max": 2}) as twin:
        erp = Erp(twin)
        erp.sign_in("api:concurrent_access")
        first = erp.get("Ledger")
        cookie = first.cookies[0].partition(";")[0]
        same = erp.send("GET", erp.path("Ledger"), headers={"cookie": cookie})
        second, third = erp.get("Ledger"), erp.get("Ledger")
    assert (first.status, same.status, second.status, third.status) == (200, 200, 200, 429)


def test_the_cookie_login_sets_the_recorded_cookies_and_idles_out() -> None:
    """13.6, 2.3."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        body = json.dumps({"name": "connector", "password": twin.options.password, "tenant": "HRB"}).encode()
        login = erp.send("POST", "/entity/auth/login", body)
        names = [cookie.partition("=")[0] for cookie in login.cookies]
        erp.headers["cookie"] = "; ".join(cookie.partition(";")[0] for cookie in login.cookies)
        used = erp.get("Ledger")
        twin.control.advance(601)
        idle = erp.get("Ledger")
    assert (login.status, used.status, idle.status) == (204, 200, 401)
    assert sorted(set(names)) == sorted(
        {".ASPXAUTH", "ASP.NET_SessionId", "CompanyID", "Locale", "UserBranch", "requestid", "requeststat"}
    )


def test_a_post_without_a_length_is_411() -> None:
    """2.2: IIS answers in HTML."""
    with signed_in() as erp:
        parts = urlsplit(erp.twin.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        connection.putrequest("POST", "/entity/auth/logout")
        connection.putheader("authorization", erp.headers["authorization"])
        connection.endheaders()
        answer = connection.getresponse()
        connection.close()
        with_length = erp.send("POST", "/entity/auth/logout", b"")
    assert (answer.status, answer.headers.get_content_type()) == (411, "text/html")
    assert with_length.status == 204


def test_several_tenants_refuse_an_unknown_name_and_one_tenant_takes_any() -> None:
    """13.3, 1: cookie login only; the client_id names the tenant for OAuth."""
    body = json.dumps({"name": "connector", "password": SiteOptions().password, "tenant": "NOPE"}).encode()
    with running_acumatica() as twin:
        single = Erp(twin).send("POST", "/entity/auth/login", body)
    with running_acumatica(options=SiteOptions(tenants=("HRB", "TEST"))) as twin:
        several = Erp(twin).send("POST", "/entity/auth/login", body)
        guid = twin.options.client_id
        token = Erp(twin).sign_in(client_id=f"{guid}@NOPE")
    assert single.status == 204
    assert (several.status, several.json["exceptionType"]) == (500, "PX.Data.PXUndefinedCompanyException")
    assert (token.status, token.json) == (400, {"error": "invalid_client"})


def test_two_tenants_hold_different_records_under_one_key() -> None:
    """1: landing in another tenant shows by another GUID (the canary of posting_protocol 4.4)."""
    options = replace(SiteOptions(), tenants=("HRB", "TEST"))
    with running_acumatica(options=options) as twin:
        guid = twin.options.client_id
        ids = []
        for tenant in options.tenants:
            erp = Erp(twin)
            erp.sign_in(client_id=f"{guid}@{tenant}")
            ids.append(erp.get("Vendor/V10001").json["id"])
    assert ids[0] != ids[1]


def test_passwords_and_tokens_stay_out_of_the_request_log() -> None:
    with signed_in() as erp:
        erp.put("Bill", a_bill())
        log = json.dumps(erp.twin.control.requests())
    assert "connector-password" not in log
    assert erp.headers["authorization"].partition(" ")[2] not in log
    assert "INV-8841" in log
