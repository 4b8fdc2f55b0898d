"""Failures below HTTP as families of ours (pure): what kept an answer from coming, and whether anything was sent.

It knows the exception classes of the HTTP library and no status.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx2

from ml_connector.errors import ConfigurationError, ConnectorError, TransientError, UncertainError

# Raised by the HTTP library before it hands a byte to the network; trusted only together with the socket's own note.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)
_TLS_REFUSALS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "RECORD_LAYER_FAILURE",
        "HTTP_REQUEST",
    }
)


def translate_failure(error: Exception, *, first_byte_sent: bool) -> ConnectorError:
    """The family of a failure: TransientError only where nothing can have been sent, UncertainError by default.

    No word of the library's error is carried on: it may quote a URL. ``posting_protocol.md 5``.
    """
    certificate = _certificate_fault(error)
    if certificate is not None and not first_byte_sent:
        return certificate
    if isinstance(error, _NEVER_SENT) and not first_byte_sent:
        return TransientError(
            f"{_reason(error)} Nothing was sent.",
            fix="Check that the url is right and that the instance can be reached from this machine.",
            stage="address",
            code="acumatica.not_sent",
        )
    return UncertainError(
        "Acumatica's answer was lost.",
        fix="Run it again: what was sent is looked up before anything is repeated.",
        code="acumatica.answer_lost",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _reason(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "The name of the Acumatica host cannot be resolved."
        if isinstance(cause, ConnectionRefusedError):
            return "The Acumatica host refuses the connection."
    return "Acumatica does not answer."


def _certificate_fault(error: BaseException) -> ConfigurationError | None:
    for seen in _causes(error):
        if isinstance(seen, ssl.SSLCertVerificationError):
            return ConfigurationError(
                f"Certificate problem: {seen.verify_message}. Nothing was sent.",
                fix="Renew the certificate, correct the url, or name your own authority's certificate as ca_file.",
                stage="tls",
                code="acumatica.certificate",
            )
        if isinstance(seen, ssl.SSLError) and (seen.reason or "") in _TLS_REFUSALS:
            return ConfigurationError(
                "The server does not speak TLS 1.2 or newer at that address. Nothing was sent.",
                fix="Check the url and its port, and the TLS settings of the server.",
                stage="tls",
                code="acumatica.tls_refused",
            )
    return None
