"""What is told of a request that brought no answer, or a refusal: whole errors, no word of the library's own."""

from __future__ import annotations

import socket
import ssl

import httpx2
import pytest

from ml_connector.acumatica.wire.failures import translate_failure
from ml_connector.acumatica.wire.outcomes import ServerFault
from ml_connector.acumatica.wire.refusals import ForbiddenError, ReadFault
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError, UncertainError

_REACH = "Check that the url is right and that the instance can be reached from this machine."


def told(error: ConnectorError) -> tuple[type, str, str, str, str]:
    return type(error), error.message, error.fix, error.stage, error.code


def caused(error: Exception, cause: BaseException, *, as_context: bool = False) -> Exception:
    """The error as the library raises it: over what the operating system said."""
    if as_context:
        error.__context__ = cause
    else:
        error.__cause__ = cause
    return error


def refused_by_tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "told by the library with a URL in it")
    error.reason = reason  # type: ignore[assignment]
    return error


def bad_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "told by the library")
    error.verify_message = "certificate has expired"
    return error


NAME, REFUSED, SILENT = (
    "The name of the Acumatica host cannot be resolved. Nothing was sent.",
    "The Acumatica host refuses the connection. Nothing was sent.",
    "Acumatica does not answer. Nothing was sent.",
)
LOST = (
    UncertainError,
    "Acumatica's answer was lost.",
    "Run it again: what was sent is looked up before anything is repeated.",
    "",
    "acumatica.answer_lost",
)
CERTIFICATE = (
    ConfigurationError,
    "Certificate problem: certificate has expired. Nothing was sent.",
    "Renew the certificate, correct the url, or name your own authority's certificate as ca_file.",
    "tls",
    "acumatica.certificate",
)
NO_TLS = (
    ConfigurationError,
    "The server does not speak TLS 1.2 or newer at that address. Nothing was sent.",
    "Check the url and its port, and the TLS settings of the server.",
    "tls",
    "acumatica.tls_refused",
)


@pytest.mark.parametrize("as_context", [False, True])
@pytest.mark.parametrize(
    ("cause", "message"), [(socket.gaierror(-2, "x"), NAME), (ConnectionRefusedError(), REFUSED), (OSError(), SILENT)]
)
def test_what_kept_the_request_from_being_sent_is_told(cause: BaseException, message: str, as_context: bool) -> None:
    error = caused(
        httpx2.ConnectError("http://secret.example"), caused(OSError("between"), cause), as_context=as_context
    )
    expected = (TransientError, message, _REACH, "address", "acumatica.not_sent")
    assert told(translate_failure(error, first_byte_sent=False)) == expected
    assert told(translate_failure(error, first_byte_sent=True)) == LOST


def test_an_answer_that_was_lost_is_told() -> None:
    assert told(translate_failure(httpx2.ReadTimeout("x"), first_byte_sent=True)) == LOST
    assert told(translate_failure(httpx2.ReadTimeout("x"), first_byte_sent=False)) == LOST


def test_a_certificate_that_does_not_hold_is_told_before_anything_was_sent_and_uncertain_after() -> None:
    error = caused(httpx2.ConnectError("x"), bad_certificate())
    assert told(translate_failure(error, first_byte_sent=False)) == CERTIFICATE
    assert told(translate_failure(error, first_byte_sent=True)) == LOST


@pytest.mark.parametrize(
    "reason",
    [
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "RECORD_LAYER_FAILURE",
        "HTTP_REQUEST",
    ],
)
def test_a_server_without_tls_is_told(reason: str) -> None:
    error = caused(httpx2.ConnectError("x"), refused_by_tls(reason))
    assert told(translate_failure(error, first_byte_sent=False)) == NO_TLS


@pytest.mark.parametrize("reason", [None, "", "BAD_SIGNATURE", "XXXX"])
def test_another_fault_of_tls_is_no_answer(reason: str | None) -> None:
    error = caused(httpx2.ConnectError("x"), refused_by_tls(reason))
    assert told(translate_failure(error, first_byte_sent=False))[1] == SILENT


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Error: Field 'X   ' is missing", "Field 'X' is missing"),
        ("", "status 500"),
        ("y" * 400, "y" * 300),
    ],
)
def test_a_refused_read_tells_the_servers_own_words(message: str, shown: str) -> None:
    fault = ServerFault("PX.Data.PXException", message)
    error = ReadFault(500, fault)
    assert told(error) == (
        ReadFault,
        f"Acumatica refused a read: {shown}",
        "Run it again; if it stays, show this message to the Acumatica administrator.",
        "",
        "acumatica.read_refused",
    )
    assert (error.status, error.fault) == (500, fault)


@pytest.mark.parametrize(
    ("status", "kind", "seen"),
    [
        (404, "", (True, False, False)),
        (500, "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException", (True, False, False)),
        (500, "PX.Data.PXSetupNotEnteredException`1", (False, True, False)),
        (500, "PX.Api.ContractBased.CannotOptimizeException", (False, False, True)),
        (500, "PX.Data.PXException", (False, False, False)),
    ],
)
def test_some_refused_reads_lead_to_another_way(status: int, kind: str, seen: tuple[bool, bool, bool]) -> None:
    error = ReadFault(status, ServerFault(kind, "x"))
    assert (error.is_absent, error.is_set_up_missing, error.is_lasting) == seen


@pytest.mark.parametrize(("words", "end"), [("", "."), ("You have no rights", ": You have no rights.")])
def test_a_form_that_is_forbidden_is_named(words: str, end: str) -> None:
    assert told(ForbiddenError("Bill", words)) == (
        ForbiddenError,
        f"The Acumatica user may not use Bill{end}",
        "Give the user's role the rights to that form, or switch the feature on.",
        "",
        "acumatica.forbidden",
    )
