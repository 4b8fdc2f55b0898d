"""Authorization code with PKCE, refresh policies, revocation, lock-out: acumatica_api.md 2.1, 2.3 and 13.4."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.acumatica.switches import SwitchValue
from tests.twins.acumatica.wire import Erp, Reply

_VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
_CALLBACK = "http://localhost:8123/callback"


def _challenge(verifier: str = _VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _asked(twin: RunningTwin, **changes: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": twin.client_id,
        "redirect_uri": _CALLBACK,
        "scope": "api offline_access",
        "state": "s-1",
        "code_challenge": _challenge(),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**asked, **changes}.items() if value}


def _visit(erp: Erp, asked: Mapping[str, str], person: Mapping[str, str] | None = None) -> Reply:
    target = f"/identity/connect/authorize?{urlencode(asked)}"
    if person is None:
        return erp.send("GET", target)
    form = {"content-type": "application/x-www-form-urlencoded"}
    return erp.send("POST", target, urlencode(person).encode(), form)


def _told(reply: Reply) -> dict[str, str]:
    query = parse_qs(urlsplit(reply.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def _exchange(twin: RunningTwin, code: str, **changes: str) -> Reply:
    form = {
        "grant_type": "authorization_code",
        "client_id": twin.client_id,
        "client_secret": twin.options.client_secret,
        "code": code,
        "redirect_uri": _CALLBACK,
        "code_verifier": _VERIFIER,
    }
    return Erp(twin).token({name: value for name, value in {**form, **changes}.items() if value})


def _code(twin: RunningTwin, **changes: str) -> str:
    return _told(_visit(Erp(twin), _asked(twin, **changes)))["code"]


def test_a_person_signs_in_on_the_page_and_the_code_becomes_a_grant_that_refreshes() -> None:
    """13.4, 2.1: code with PKCE S256; offline_access gives the refresh token."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        person = {"username": twin.options.username, "password": twin.options.password}
        page = _visit(erp, _asked(twin))
        wrong = _visit(erp, _asked(twin), {**person, "password": "wrong"})
        back = _visit(erp, _asked(twin), person)
        token = _exchange(twin, _told(back)["code"])
        erp.headers["authorization"] = f"Bearer {token.json['access_token']}"
        read = erp.get("Ledger")
        seats = twin.control.call("GET", "sessions")["open"]
    assert (page.status, b'type="password"' in page.body) == (200, True)
    assert (wrong.status, b"Invalid credentials" in wrong.body) == (200, True)
    assert (back.status, back.headers["location"].startswith(f"{_CALLBACK}?"), _told(back)["state"]) == (
        302,
        True,
        "s-1",
    )
    assert sorted(token.json) == ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    assert (read.status, seats) == (200, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "another-verifier-of-at-least-forty-three-characters-0"},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost:8124/callback"},
        {"code": "never-given"},
    ],
)
def test_a_code_is_refused_where_anything_about_it_differs(changes: dict[str, str]) -> None:
    """2.1: redirect_uri must match exactly; the verifier must prove the challenge; a tried code is used up."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        code = _code(twin)
        refused = _exchange(twin, **{"code": code, **changes})
        again = _exchange(twin, code)
    assert (refused.status, refused.json) == (400, {"error": "invalid_grant"})
    assert again.status == (200 if "code" in changes else 400)


def test_a_code_is_good_once_and_for_minutes_only() -> None:
    """2.1."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        code = _code(twin)
        statuses = [_exchange(twin, code).status, _exchange(twin, code).status]
        late = _code(twin)
        twin.control.advance(301)
        statuses.append(_exchange(twin, late).status)
        unproven = _exchange(twin, _code(twin), client_secret="wrong").json
    assert statuses == [200, 400, 400]
    assert unproven == {"error": "invalid_client"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "api everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_bad_request_for_a_code_comes_back_with_its_error_and_state(changes: dict[str, str], error: str) -> None:
    """2.1: PKCE is S256."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        reply = _visit(Erp(twin), _asked(twin, **changes))
    assert (reply.status, _told(reply)) == (302, {"error": error, "state": "s-1"})


def test_a_person_may_say_no() -> None:
    """2.1."""
    with running_acumatica(switches={"browser": "denies"}) as twin:
        reply = _visit(Erp(twin), _asked(twin))
    assert _told(reply) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "changes", [{"client_id": "00000000-0000-0000-0000-00000000BAD0@HRB"}, {"redirect_uri": "https://evil.example/"}]
)
def test_a_wrong_client_or_address_is_told_on_a_page_and_never_redirected(changes: dict[str, str]) -> None:
    """2.1: redirect_uri must match exactly."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        reply = _visit(Erp(twin), _asked(twin, **changes))
    assert (reply.status, "location" in reply.headers, reply.headers["content-type"][:9]) == (400, False, "text/html")


def test_registered_addresses_are_compared_to_the_letter() -> None:
    """2.1."""
    switches: dict[str, SwitchValue] = {"browser": "signed_in", "redirect_uris": [_CALLBACK]}
    with running_acumatica(switches=switches) as twin:
        statuses = [
            _visit(Erp(twin), _asked(twin, redirect_uri=address)).status
            for address in (_CALLBACK, f"{_CALLBACK}/", "http://127.0.0.1:8123/callback")
        ]
    assert statuses == [302, 400, 400]


def test_an_id_token_comes_only_with_openid() -> None:
    """2.1; the discovery document names what there is."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        content = _exchange(twin, _code(twin, scope="api openid", nonce="n-1")).json
        erp = Erp(twin, headers={"authorization": f"Bearer {content['access_token']}"})
        user = erp.send("GET", "/identity/connect/userinfo")
        found = erp.send("GET", "/identity/.well-known/openid-configuration").json
    claims = content["id_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(f"{claims}==="))["nonce"] == "n-1"
    assert "refresh_token" not in content
    assert user.json["sub"] == "connector"
    assert found["authorization_endpoint"] == f"{twin.url}/identity/connect/authorize"
    assert (found["code_challenge_methods_supported"], "revocation_endpoint" in found) == (["S256"], False)


def test_the_client_may_show_its_secret_in_a_basic_header() -> None:
    """2.1: client authentication by shared secret."""
    with running_acumatica(switches={"browser": "signed_in"}) as twin:
        secret = base64.b64encode(f"{twin.client_id}:{twin.options.client_secret}".encode()).decode()
        form = {
            "grant_type": "authorization_code",
            "code": _code(twin),
            "redirect_uri": _CALLBACK,
            "code_verifier": _VERIFIER,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {secret}"}
        reply = Erp(twin).send("POST", "/identity/connect/token", urlencode(form).encode(), headers)
    assert reply.status == 200


def _refresh(twin: RunningTwin, text: str) -> Reply:
    client = {"client_id": twin.client_id, "client_secret": twin.options.client_secret}
    return Erp(twin).token({"grant_type": "refresh_token", "refresh_token": text, **client})


def test_refresh_tokens_end_by_age_or_by_idleness() -> None:
    """2.1: absolute 30 days; sliding 15 days idle and 90 in all; none refuses offline_access."""
    day = 86_400
    seen: dict[str, list[int]] = {}
    for policy in ("absolute", "sliding"):
        with running_acumatica(switches={"refresh_policy": policy}) as twin:
            text = Erp(twin).sign_in("api offline_access").json["refresh_token"]
            seen[policy] = []
            for days in (14, 14, 14, 16):
                twin.control.advance(days * day)
                reply = _refresh(twin, text)
                seen[policy].append(reply.status)
                text = reply.json.get("refresh_token", text)
    with running_acumatica(switches={"refresh_policy": "none"}) as twin:
        none = Erp(twin).sign_in("api offline_access")
    assert seen == {"absolute": [200, 200, 400, 400], "sliding": [200, 200, 200, 400]}
    assert (none.status, none.json) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize(
    ("position", "status"), [("invalid_grant", 400), ("invalid_client", 400), ("unauthorized", 401)]
)
def test_a_dead_refresh_token_is_refused_with_any_4xx(position: str, status: int) -> None:
    """2.1 [L]: the 400 body is not reliably invalid_grant."""
    with running_acumatica(switches={"refresh_refusal": position}) as twin:
        reply = _refresh(twin, "dead")
    assert (reply.status, reply.json) == (status, {"error": position})


def test_revocation_exists_by_switch_and_ends_grant_tokens_and_seat() -> None:
    """2.1, 12: not established."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        content = erp.sign_in("api offline_access").json
        client = {"client_id": twin.client_id, "client_secret": twin.options.client_secret}
        body = urlencode({"token": content["refresh_token"], **client}).encode()
        absent = erp.send("POST", "/identity/connect/revocation", body)
        twin.control.turn(revocation_endpoint="yes")
        there = erp.send("POST", "/identity/connect/revocation", body)
        after = (erp.get("Ledger").status, _refresh(twin, content["refresh_token"]).status)
        seats = twin.control.call("GET", "sessions")["open"]
    assert (absent.status, there.status, after, seats) == (404, 200, (401, 400), 0)


def test_wrong_passwords_in_a_row_lock_the_user_until_someone_unlocks_it() -> None:
    """2.3 [L]; a forced change of the password cannot be cleared over the API."""
    with running_acumatica(switches={"lockout_after": 3}) as twin:
        wrong = [Erp(twin).sign_in(password="no").status for _ in range(3)]
        locked = Erp(twin).sign_in().status
        body = json.dumps({"name": "connector", "password": twin.options.password}).encode()
        page = Erp(twin).send("POST", "/entity/auth/login", body).json["exceptionMessage"]
        twin.control.call("POST", "sessions/unlock")
        unlocked = Erp(twin).sign_in().status
        twin.control.turn(password_change_due="yes")
        due = Erp(twin).send("POST", "/entity/auth/login", body)
    assert (wrong, locked, unlocked, due.status) == ([400] * 3, 400, 200, 500)
    assert "locked out" in page
    assert due.json["exceptionMessage"].startswith("Error: You need to change your password")


def test_access_tokens_and_sessions_may_end_while_the_grant_lives() -> None:
    """2.2, 5.3: 401 in the middle of a run; 11: a recycle ends sessions only."""
    with running_acumatica() as twin:
        erp = Erp(twin)
        refresh = erp.sign_in("api offline_access").json["refresh_token"]
        twin.control.call("POST", "sessions/recycle")
        after_recycle = erp.get("Ledger").status
        twin.control.call("POST", "sessions/end-tokens")
        after_end = erp.get("Ledger").status
        renewed = _refresh(twin, refresh)
        seats = twin.control.call("GET", "sessions")["open"]
    assert (after_recycle, after_end, renewed.status, seats) == (200, 401, 200, 1)
