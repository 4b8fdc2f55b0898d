"""Sign-in and sign-out on the wire: the discovery document, the user's own data, and the legacy cookie login.

``acumatica_api.md`` 2.1 to 2.4. Codes are in ``authorize``, tokens in ``tokens``.
"""

from __future__ import annotations

import json
from typing import Any

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
from ml_connector_twins.acumatica.web.sign_in.clients import KNOWN_SCOPES, tenant_of
from ml_connector_twins.acumatica.web.sign_in.sessions import LoginLimit, NotSignedIn, Session, Sessions

SESSION_COOKIE = "ASP.NET_SessionId"


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


def discovery(site: Site, base: str) -> Answer:
    """``/identity/.well-known/openid-configuration`` (2.1); the revocation endpoint by switch (12)."""
    root = f"{base}/identity"
    content: dict[str, Any] = {
        "issuer": root,
        "authorization_endpoint": f"{root}/connect/authorize",
        "token_endpoint": f"{root}/connect/token",
        "userinfo_endpoint": f"{root}/connect/userinfo",
        "scopes_supported": sorted(KNOWN_SCOPES),
        "grant_types_supported": ["authorization_code", "implicit", "password", "refresh_token"],
        "response_types_supported": ["code", "token", "id_token", "code id_token"],
        "code_challenge_methods_supported": ["S256"],
    }
    if site.switches.on("revocation_endpoint"):
        content["revocation_endpoint"] = f"{root}/connect/revocation"
    return json_answer(content)


def user_info(site: Site, sessions: Sessions, call: Call) -> Answer:
    """``/identity/connect/userinfo`` for a Bearer token with ``openid`` (2.1)."""
    scheme, _, text = call.header("authorization").partition(" ")
    token = sessions.tokens.get(text.strip())
    if scheme.lower() != "bearer" or token is None or token.expires_at <= sessions.now():
        raise NotSignedIn
    if "openid" not in token.scopes:
        return json_answer({"error": "insufficient_scope"}, status=403)
    return json_answer({"sub": site.options.username, "preferred_username": f"{site.options.username}@{token.tenant}"})


def login_tenant(site: Site, asked: str) -> str:
    """The tenant a cookie login lands in (1): one tenant takes any name, several refuse an unknown one with 500."""
    tenants = site.options.tenants
    if len(tenants) == 1 and not site.switches.on("tenant_swap"):
        return tenants[0]
    found = tenant_of(site, asked)
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
    refusal = sessions.door.refusal(str(form.get("name", "")), str(form.get("password", "")))
    if refusal:
        raise px_error(f"Error: {refusal}")
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
