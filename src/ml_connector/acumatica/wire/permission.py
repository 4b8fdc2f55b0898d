"""A person's permission for unattended use: what is asked of the identity server, and what its answer may look like.

Authorization code with PKCE S256 (``acumatica_api.md 2.1``; RFC 7636, RFC 8252). It opens no browser, listens on no
port and sends nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ml_connector.acumatica.wire.origin import split_url
from ml_connector.acumatica.wire.signing import FULL_SCOPE, Redeemable, full_client_id
from ml_connector.errors import ConfigurationError
from ml_connector.settings import AcumaticaSettings

CALLBACK_PATH = "/callback"


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """What a person opens in a browser, and what the answer is held against."""

    address: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def accepts(self, answer: Mapping[str, str]) -> bool:
        """Whether the answer belongs to this request; one with another state is somebody else's."""
        return hmac.compare_digest(answer.get("state", "").encode(), self.state.encode())

    def redeemable(self, answer: Mapping[str, str]) -> Redeemable:
        """The code of an accepted answer; ConfigurationError ``acumatica.permission_refused`` where there is none."""
        code = answer.get("code", "")
        if not self.accepts(answer) or not code:
            raise _refused(answer.get("error", ""))
        return Redeemable(code, self.redirect, self.verifier)


def plan_permission(settings: AcumaticaSettings, port: int) -> PermissionRequest:
    """A fresh request: state and verifier of 256 random bits each, answered to ``http://localhost:PORT/callback``.

    Raises ConfigurationError where the connection signs in another way.
    """
    if settings.auth != "authorization_code":
        raise ConfigurationError(
            f'This connection signs in with auth = "{settings.auth}"; no person has to.',
            fix='Set auth = "authorization_code" for it, or store its password with secret set.',
            stage="sign_in",
            code="acumatica.permission_not_needed",
            at="settings",
        )
    origin, root = split_url(settings.url)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    redirect = f"http://localhost:{port}{CALLBACK_PATH}"
    asked = {
        "response_type": "code",
        "client_id": full_client_id(settings),
        "redirect_uri": redirect,
        "scope": FULL_SCOPE,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return PermissionRequest(f"{origin}{root}/identity/connect/authorize?{urlencode(asked)}", redirect, state, verifier)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


_WHY = {
    "access_denied": "the person did not allow it",
    "invalid_scope": "the connected application allows no refresh tokens",
    "unauthorized_client": "the connected application does not allow the authorization code flow",
    "invalid_request": "the request was not understood",
}


def _refused(error: str) -> ConfigurationError:
    return ConfigurationError(
        f"Acumatica gave no permission: {_WHY.get(error, 'the answer carries no code')}.",
        fix="Run connection sign-in again, and check redirect address, flow and refresh tokens of the connected"
        " application (Connected Applications, SM303010).",
        stage="sign_in",
        code="acumatica.permission_refused",
    )
