"""The token endpoint and, by switch, the revocation endpoint (``acumatica_api.md`` 2.1).

Code with PKCE, password and refresh grants; no client-credentials flow exists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Answer, Call, json_answer
from ml_connector_twins.acumatica.web.sign_in.authorize import Codes
from ml_connector_twins.acumatica.web.sign_in.clients import proven, scopes_asked, tenant_of, with_basic
from ml_connector_twins.acumatica.web.sign_in.identity import login_limit_answer
from ml_connector_twins.acumatica.web.sign_in.sessions import LoginLimit, Sessions, Token

_BY_ORDER = {"invalid_grant": 400, "invalid_client": 400, "unauthorized": 401}
"""What the refusal of a refresh says, by the switch ``refresh_refusal``: a 4xx of any kind (2.1 [L])."""


def token_answer(site: Site, sessions: Sessions, codes: Codes, call: Call) -> Answer:
    """``POST /identity/connect/token``."""
    form = with_basic(call, dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)))
    tenant = tenant_of(site, form.get("client_id", "").partition("@")[2])
    if not proven(site, form) or tenant is None:
        return _refusal("invalid_client")
    try:
        match form.get("grant_type"):
            case "authorization_code":
                return _code_grant(site, sessions, codes, form)
            case "password":
                return _password_grant(site, sessions, form, tenant)
            case "refresh_token":
                return _refresh_grant(site, sessions, form)
            case "client_credentials":
                return _refusal("unauthorized_client")
            case _:
                return _refusal("unsupported_grant_type")
    except LoginLimit:
        return login_limit_answer(site)


def revocation_answer(site: Site, sessions: Sessions, call: Call) -> Answer:
    """``POST /identity/connect/revocation`` (RFC 7009): 200 whatever the token was; the session ends with it."""
    form = with_basic(call, dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)))
    if not proven(site, form):
        return _refusal("invalid_client")
    sessions.revoke(form.get("token", ""))
    return Answer(200)


def _refusal(error: str, description: str = "", *, status: int = 400) -> Answer:
    content = {"error": error} | ({"error_description": description} if description else {})
    return json_answer(content, status=status)


def _code_grant(site: Site, sessions: Sessions, codes: Codes, form: dict[str, str]) -> Answer:
    code = codes.take(form)
    if code is None:
        return _refusal("invalid_grant")
    return _token_content(site, sessions, sessions.sign_in(code.tenant, code.scopes), nonce=code.nonce)


def _password_grant(site: Site, sessions: Sessions, form: dict[str, str], tenant: str) -> Answer:
    scopes = scopes_asked(form)
    if scopes is None or ("offline_access" in scopes and site.switches.at("refresh_policy") == "none"):
        return _refusal("invalid_scope")
    if sessions.door.refusal(form.get("username", ""), form.get("password", "")):
        return _refusal("invalid_grant", "invalid_username_or_password")
    return _token_content(site, sessions, sessions.sign_in(tenant, scopes))


def _refresh_grant(site: Site, sessions: Sessions, form: dict[str, str]) -> Answer:
    token = sessions.refresh(form.get("refresh_token", ""))
    if token is None:
        error = site.switches.at("refresh_refusal")
        return _refusal(error, status=_BY_ORDER[error])
    return _token_content(site, sessions, token)


def _token_content(site: Site, sessions: Sessions, token: Token, nonce: str = "") -> Answer:
    content: dict[str, Any] = {
        "access_token": token.text,
        "expires_in": int(site.switches.number("token_seconds")),
        "token_type": "Bearer",
        "scope": " ".join(sorted(token.scopes)),
    }
    refresh = sessions.grants[token.grant].refresh if token.grant in sessions.grants else None
    if refresh is not None:
        content["refresh_token"] = refresh
    if "openid" in token.scopes:
        content["id_token"] = _id_token(site, token, nonce)
    return json_answer(content, headers=(("cache-control", "no-store"),))


def _id_token(site: Site, token: Token, nonce: str) -> str:
    """A JWT signed with the client's secret; the real one is signed with a key of the server."""
    claims = {
        "aud": f"{site.options.client_id}@{token.tenant}",
        "sub": site.options.username,
        "exp": int(token.expires_at.timestamp()),
        **({"nonce": nonce} if nonce else {}),
    }
    text = ".".join(_segment(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.digest(site.options.client_secret.encode(), text.encode(), hashlib.sha256)
    return f"{text}.{_segment(signature)}"


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
