"""Sign-in and sign-out on the wire: the token endpoint, its discovery document, and the legacy cookie login.

``acumatica_api.md`` 2.1 to 2.4. No client-credentials flow exists.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import (
    Answer,
    Call,
    Refused,
    bad_request,
    exception_answer,
    html_answer,
    json_answer,
    px_error,
)
from ml_connector_twins.acumatica.web.sign_in.sessions import CONCURRENT, LoginLimit, Session, Sessions, Token

SESSION_COOKIE = "ASP.NET_SessionId"
_KNOWN_SCOPES = frozenset({"api", "offline_access", CONCURRENT, "openid", "profile", "email", "phone"})


def login_limit_answer(site: Site) -> Answer:
    """'API Login Limit' in the chosen dress (2.4): match on the text whatever the status."""
    match site.switches.at("login_limit_dress"):
        case "html":
            return html_answer("API Login Limit")
        case "500":
            return exception_answer("Error: API Login Limit. Users limit exceeded.")
        case _:
            headers: tuple[tuple[str, str], ...] = (("content-type", "text/plain"),)
            retry_after = site.switches.at("retry_after")
            if retry_after:
                headers = (*headers, ("retry-after", retry_after))
            return Answer(429, b"API Login Limit", headers)


def discovery(base: str) -> Answer:
    """``/identity/.well-known/openid-configuration`` (2.1)."""
    root = f"{base}/identity"
    content = {
        "issuer": root,
        "authorization_endpoint": f"{root}/connect/authorize",
        "token_endpoint": f"{root}/connect/token",
        "userinfo_endpoint": f"{root}/connect/userinfo",
        "scopes_supported": sorted(_KNOWN_SCOPES),
        "grant_types_supported": ["authorization_code", "implicit", "password", "refresh_token"],
        "response_types_supported": ["code", "token", "id_token", "code id_token"],
        "code_challenge_methods_supported": ["plain", "S256"],
    }
    return json_answer(content)


def _refusal(error: str, description: str = "") -> Answer:
    content = {"error": error} | ({"error_description": description} if description else {})
    return json_answer(content, status=400)


def token_answer(site: Site, sessions: Sessions, call: Call) -> Answer:
    """``POST /identity/connect/token`` for the password and refresh grants; anything else is refused (2.1)."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    guid, _, asked_tenant = form.get("client_id", "").partition("@")
    if guid.upper() != site.options.client_id.upper() or form.get("client_secret") != site.options.client_secret:
        return _refusal("invalid_client")
    tenant = _tenant_of(site, asked_tenant)
    if tenant is None:
        return _refusal("invalid_client")
    grant_type = form.get("grant_type")
    try:
        if grant_type == "password":
            return _password_grant(site, sessions, form, tenant)
        if grant_type == "refresh_token":
            token = sessions.refresh(form.get("refresh_token", ""))
            return _refusal("invalid_grant") if token is None else _token_content(site, sessions, token)
    except LoginLimit:
        return login_limit_answer(site)
    if grant_type == "client_credentials":
        return _refusal("unauthorized_client")
    return _refusal("unsupported_grant_type")


def _password_grant(site: Site, sessions: Sessions, form: dict[str, str], tenant: str) -> Answer:
    scopes = frozenset(form.get("scope", "").split())
    if not scopes or not scopes <= _KNOWN_SCOPES or not scopes & {"api", CONCURRENT}:
        return _refusal("invalid_scope")
    if form.get("username", "").casefold() != site.options.username.casefold():
        return _refusal("invalid_grant", "invalid_username_or_password")
    if form.get("password") != site.options.password:
        return _refusal("invalid_grant", "invalid_username_or_password")
    return _token_content(site, sessions, sessions.sign_in(tenant, scopes))


def _token_content(site: Site, sessions: Sessions, token: Token) -> Answer:
    content: dict[str, Any] = {
        "access_token": token.text,
        "expires_in": int(site.switches.number("token_seconds")),
        "token_type": "Bearer",
        "scope": " ".join(sorted(token.scopes)),
    }
    refresh = sessions.grants[token.grant].refresh if token.grant in sessions.grants else None
    if refresh is not None:
        content["refresh_token"] = refresh
    return json_answer(content, headers=(("cache-control", "no-store"),))


def _tenant_of(site: Site, asked: str) -> str | None:
    tenants = site.options.tenants
    if site.switches.on("tenant_swap"):
        return tenants[-1]
    if not asked:
        return tenants[0]
    return next((tenant for tenant in tenants if tenant.casefold() == asked.casefold()), None)


def login_tenant(site: Site, asked: str) -> str:
    """The tenant a cookie login lands in (1): one tenant takes any name, several refuse an unknown one with 500."""
    tenants = site.options.tenants
    if len(tenants) == 1 and not site.switches.on("tenant_swap"):
        return tenants[0]
    found = _tenant_of(site, asked)
    if found is None:
        raise px_error(f"Error: The tenant '{asked}' is not defined.", "PX.Data.PXUndefinedCompanyException")
    return found


def need_length(call: Call) -> None:
    """IIS answers 411 to a POST without a length (2.2)."""
    if "content-length" not in call.headers and "transfer-encoding" not in call.headers:
        raise Refused(html_answer("Length Required", status=411))


def login(site: Site, sessions: Sessions, call: Call) -> Answer:
    """``POST /entity/auth/login``: 204 and cookies; a wrong password is a 500 body (2.3)."""
    need_length(call)
    try:
        form = json.loads(call.body or b"null")
    except ValueError as fault:
        raise bad_request("", "The request body is not valid JSON.") from fault
    if not isinstance(form, dict):
        raise bad_request("", "The request body should not be empty.")
    if str(form.get("name", "")).casefold() != site.options.username.casefold():
        raise px_error("Error: Invalid credentials. Please try again.")
    if form.get("password") != site.options.password:
        raise px_error("Error: Invalid credentials. Please try again.")
    tenant = login_tenant(site, str(form.get("tenant") or form.get("company") or ""))
    try:
        session = sessions.open_session(tenant, by_cookie=True)
    except LoginLimit:
        return login_limit_answer(site)
    branch = str(form.get("branch") or "")
    if branch in site.books[tenant].branches:
        session.branch = branch
    return Answer(204, headers=_login_cookies(session))


def _login_cookies(session: Session) -> tuple[tuple[str, str], ...]:
    cookies = (
        f".ASPXAUTH={session.id}; path=/; HttpOnly; SameSite=None",
        f"{SESSION_COOKIE}={session.id}; path=/; HttpOnly; SameSite=Lax",
        f"CompanyID={session.tenant}; path=/; Max-Age=259200",
        "Locale=Culture=en-US&TimeZone=GMTM0800A; path=/",
        "UserBranch=16; path=/",
        "requestid=1; path=/",
        "requeststat=+st:1+sc:~/entity/auth/login; path=/",
        f"{SESSION_COOKIE}={session.id}; path=/; HttpOnly; SameSite=Lax",
    )
    return tuple(("set-cookie", cookie) for cookie in cookies)


def session_of(sessions: Sessions, call: Call) -> Session:
    """The session a request acts in; raises NotSignedIn or LoginLimit."""
    cookie = call.cookies().get(SESSION_COOKIE, "")
    scheme, _, text = call.header("authorization").partition(" ")
    if scheme.lower() == "bearer":
        return sessions.for_token(text.strip(), cookie)
    return sessions.for_cookie(cookie)


def logout(sessions: Sessions, session: Session) -> Answer:
    """``POST /entity/auth/logout``: 204, cookies expired; with Bearer too (2.2)."""
    sessions.close(session)
    gone = "Thu, 01 Jan 1970 00:00:00 GMT"
    cookies = (f".ASPXAUTH=; path=/; expires={gone}", f"{SESSION_COOKIE}=; path=/; expires={gone}")
    return Answer(204, headers=tuple(("set-cookie", cookie) for cookie in cookies))
