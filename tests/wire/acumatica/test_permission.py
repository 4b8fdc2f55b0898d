"""``connection sign-in``: authorization code with PKCE, from a browser into the vault (acumatica_api.md 2.1)."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from ml_connector.acumatica.wire.loopback import listening
from ml_connector.acumatica.wire.permission import challenge_of, plan_permission
from ml_connector.bootstrap import sign_in_connection
from ml_connector.clock import SystemClock
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from tests.firm import CONNECTION, Firm, child_environment, running_firm
from tests.processes import running_process
from tests.wire.acumatica.stub import SETTINGS, Answer, Drawer, Scripted, opened, said, token

TOKEN = "/AcumaticaERP/identity/connect/token"
BY_CODE = {"acumatica": {"auth": "authorization_code"}}


@pytest.fixture(scope="module")
def shared_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with running_firm(tmp_path_factory.mktemp("firm"), sections=BY_CODE) as running:
        yield running


@pytest.fixture
def firm(shared_firm: Firm) -> Firm:
    shared_firm.twins.start_over(browser="signed_in")
    return shared_firm


def browse(address: str) -> threading.Thread:
    """A person's browser: it opens the address and follows where it is sent."""

    def visit() -> None:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=10) as page:
            page.read()

    thread = threading.Thread(target=visit)
    thread.start()
    return thread


def sign_in(firm: Firm) -> None:
    """One sign-in of a willing person, on any free port."""
    browsers: list[threading.Thread] = []
    try:
        sign_in_connection(
            firm.settings, CONNECTION, port=0, show=lambda address: browsers.append(browse(address)), wait_seconds=10
        )
    finally:
        for browser in browsers:
            browser.join(10)


def test_a_person_signs_in_once_and_the_connector_runs_on_alone(firm: Firm) -> None:
    sign_in(firm)
    passed = [firm.sync("master-data") for _ in range(2)]

    assert [each.exit_code for each in passed] == [0, 0]
    assert [row["key"] for row in firm.run("secret", "list", CONNECTION, "--json").document] == [
        "acumatica.client_secret",
        "acumatica.password",
        "acumatica.refresh_token",
        "stampli.password",
    ]
    grants = [each["path"] for each in firm.truth().requests if each["path"].endswith("/token")]
    assert len(grants) == 3
    assert firm.twins.erp.control.call("GET", "sessions")["open"] == 1


def test_a_person_who_says_no_is_told_of(firm: Firm) -> None:
    firm.switch(browser="denies")
    with pytest.raises(ConfigurationError) as raised:
        sign_in(firm)

    assert (raised.value.code, raised.value.message) == (
        "acumatica.permission_refused",
        "Acumatica gave no permission: the person did not allow it.",
    )


def test_an_application_without_refresh_tokens_is_named_as_that(firm: Firm) -> None:
    firm.switch(refresh_policy="none")
    with pytest.raises(ConfigurationError) as raised:
        sign_in(firm)

    assert "allows no refresh tokens" in raised.value.message


def test_the_command_shows_the_address_and_seals_what_comes_back(firm: Firm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ["connection", "sign-in", CONNECTION, "--port", str(port), "--no-browser", "--json"]
    command = [sys.executable, "-m", "ml_connector", *words, "--config", str(firm.settings)]
    with running_process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment()) as child:
        assert child.stdout is not None and child.stderr is not None
        address = next(line.strip() for line in child.stderr if line.strip().startswith("http"))
        browser = browse(address)
        shown, notes = child.stdout.read(), child.stderr.read()
        browser.join(10)
        assert child.wait(30) == 0, notes

    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["redirect_uri"] == f"http://localhost:{port}/callback"
    assert (asked["scope"], asked["code_challenge_method"]) == ("api offline_access", "S256")
    assert '"signed_in": true' in shown


def test_a_connection_that_signs_in_by_password_needs_no_person() -> None:
    with pytest.raises(ConfigurationError) as raised:
        plan_permission(SETTINGS, 8123)

    assert raised.value.code == "acumatica.permission_not_needed"


def test_the_challenge_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B.
    """acumatica_api.md 2.1."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def wait_for(visits: list[str], wanted: str, *, seconds: float = 5) -> dict[str, str]:
    with listening(0, "/callback", SystemClock()) as listener:
        browsers = [browse(f"http://localhost:{listener.port}{each}") for each in visits]
        try:
            return dict(listener.wait(lambda answer: answer.get("state") == wanted, seconds))
        finally:
            for browser in browsers:
                browser.join(10)


def test_an_answer_with_another_state_is_waited_past() -> None:
    visits = ["/callback?code=planted&state=other", "/favicon.ico?state=mine", "/callback?code=C1&state=mine"]

    assert wait_for(visits, "mine") == {"code": "C1", "state": "mine"}


def test_nobody_coming_is_told_in_time() -> None:
    with pytest.raises(TransientError) as raised:
        wait_for([], "mine", seconds=0.1)

    assert raised.value.code == "acumatica.permission_awaited"


def test_a_browser_that_opens_a_connection_for_later_does_not_hold_up_the_answer() -> None:
    with listening(0, "/callback", SystemClock()) as listener, socket.create_connection(("127.0.0.1", listener.port)):
        browser = browse(f"http://localhost:{listener.port}/callback?code=C1&state=mine")
        answer = listener.wait(lambda found: found.get("state") == "mine", 10)
        browser.join(10)

    assert answer == {"code": "C1", "state": "mine"}


def test_a_port_that_another_program_has_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as raised, listening(port, "/callback", SystemClock()):
            pass

    assert (raised.value.code, str(port) in raised.value.message) == ("acumatica.port_taken", True)


def redeemed(answer: dict[str, str], answer_of_server: Answer) -> tuple[Scripted, Drawer]:
    drawer, wire = Drawer(secrets={}), Scripted()
    wire.on("POST", TOKEN, answer_of_server)
    case = opened(wire, drawer, auth="authorization_code")
    asked = plan_permission(replace(SETTINGS, auth="authorization_code"), 8123)
    case.erp.accept_permission(asked.redeemable({"state": asked.state, **answer}))
    return wire, drawer


def test_the_code_is_redeemed_with_its_verifier_and_sealed_before_its_token_is_used() -> None:
    """acumatica_api.md 2.1."""
    wire, drawer = redeemed({"code": "C1"}, token("A1", refresh="R1"))
    form = wire.to(TOKEN)[0].form

    assert {name: form[name] for name in ("grant_type", "code", "redirect_uri")} == {
        "grant_type": "authorization_code",
        "code": "C1",
        "redirect_uri": "http://localhost:8123/callback",
    }
    assert len(form["code_verifier"]) >= 43
    assert "client_secret" not in form
    assert drawer.saved == [("acumatica.refresh_token", "R1")]
    assert [sent.headers["authorization"] for sent in wire.sent[1:]] == ["Bearer A1"] * 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (token("A1"), "acumatica.no_refresh_token"),
        (said(400, {"error": "invalid_grant"}), "acumatica.sign_in_refused"),
        (said(400, {"error": "invalid_client"}), "acumatica.sign_in_refused"),
        (said(503, {}), "acumatica.unavailable"),
    ],
)
def test_a_code_that_gives_no_lasting_permission_is_told_as_that(answer: Answer, code: str) -> None:
    with pytest.raises(ConnectorError) as raised:
        redeemed({"code": "C1"}, answer)

    assert raised.value.code == code


def test_an_answer_that_is_not_ours_is_never_redeemed() -> None:
    with pytest.raises(ConfigurationError) as raised:
        redeemed({"code": "C1", "state": "other"}, token("A1", refresh="R1"))

    assert raised.value.code == "acumatica.permission_refused"
