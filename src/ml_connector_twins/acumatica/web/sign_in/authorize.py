"""The authorization endpoint: a person signs in by browser and an application gets a code (``acumatica_api.md`` 2.1).

``GET /identity/connect/authorize`` shows a sign-in page, or answers at once where the browser is signed in already; the
page posts ``username`` and ``password`` to the same URL. A wrong client or redirect address is told on a page and never
by a redirect. Issues codes only; tokens are made in ``identity``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Answer, Call, html_answer
from ml_connector_twins.acumatica.web.sign_in.clients import is_client, scopes_asked, tenant_of
from ml_connector_twins.acumatica.web.sign_in.guard import Door

_CHALLENGE_LENGTH = 43


@dataclass(slots=True)
class Code:
    """An authorization code, good once and for minutes; ``challenge`` is empty where PKCE was not used."""

    text: str
    client_id: str
    tenant: str
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    nonce: str
    expires_at: datetime


class Codes:
    """The codes that were given out."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._codes: dict[str, Code] = {}

    def give(self, asked: Mapping[str, str], tenant: str) -> Code:
        """A new code for what was asked."""
        lifetime = timedelta(seconds=self._site.switches.number("code_seconds"))
        code = Code(
            text=secrets.token_urlsafe(24),
            client_id=asked["client_id"],
            tenant=tenant,
            scopes=scopes_asked(asked) or frozenset(),
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            nonce=asked.get("nonce", ""),
            expires_at=self._site.clock.now() + lifetime,
        )
        self._codes[code.text] = code
        return code

    def take(self, form: Mapping[str, str]) -> Code | None:
        """The code of a token request where everything fits; it is used up by any attempt, None where it is no good."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.expires_at <= self._site.clock.now():
            return None
        if code.client_id != form.get("client_id") or code.redirect_uri != form.get("redirect_uri"):
            return None
        return code if _proves(code.challenge, form.get("code_verifier", "")) else None

    def clear(self) -> None:
        """Forgets every code."""
        self._codes.clear()


def _proves(challenge: str, verifier: str) -> bool:
    """RFC 7636, S256; a verifier without a challenge is refused as well."""
    if not challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def authorize(site: Site, codes: Codes, door: Door, call: Call) -> Answer:
    """One visit of the browser: a page, or a redirect with ``code`` and ``state``, or one with ``error``."""
    asked = dict(parse_qsl(call.query, keep_blank_values=True))
    tenant = tenant_of(site, asked.get("client_id", "").partition("@")[2])
    if not is_client(site, asked.get("client_id", "")) or tenant is None:
        return html_answer("Error: unauthorized_client", status=400)
    if not _redirect_known(site, asked.get("redirect_uri", "")):
        return html_answer("Error: redirect_uri is not registered for this client", status=400)
    fault = _fault(site, asked)
    if fault:
        return _back(asked, {"error": fault})
    if site.switches.at("browser") == "denies":
        return _back(asked, {"error": "access_denied"})
    if call.method == "POST":
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        if door.refusal(form.get("username", ""), form.get("password", "")):
            return _page(asked, "Invalid credentials. Please try again.")
    elif site.switches.at("browser") == "signed_out":
        return _page(asked, "")
    code = codes.give(asked, tenant)
    return _back(asked, {"code": code.text, "scope": " ".join(sorted(code.scopes))})


def _redirect_known(site: Site, address: str) -> bool:
    """An exact match; where none is registered, any loopback address counts as registered."""
    registered = site.switches.words("redirect_uris")
    if registered:
        return address in registered
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and parts.hostname in ("localhost", "127.0.0.1", "::1")


def _fault(site: Site, asked: Mapping[str, str]) -> str:
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    scopes = scopes_asked(asked)
    if scopes is None or ("offline_access" in scopes and site.switches.at("refresh_policy") == "none"):
        return "invalid_scope"
    challenge = asked.get("code_challenge", "")
    if not challenge:
        return "invalid_request" if site.switches.at("pkce") == "required" else ""
    right = asked.get("code_challenge_method") == "S256" and len(challenge) == _CHALLENGE_LENGTH
    return "" if right else "invalid_request"


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Answer:
    content = {**answer, **({"state": asked["state"]} if "state" in asked else {})}
    address = asked["redirect_uri"]
    mark = "&" if "?" in address else "?"
    return Answer(302, headers=(("location", f"{address}{mark}{urlencode(content)}"), ("cache-control", "no-store")))


def _page(asked: Mapping[str, str], fault: str) -> Answer:
    action = html.escape(f"?{urlencode(asked)}", quote=True)
    page = (
        "<!DOCTYPE html><html><head><title>Sign In</title></head><body>"
        f'<p>{html.escape(fault)}</p><form method="post" action="{action}">'
        '<input name="username" autocomplete="username"><input name="password" type="password">'
        '<button type="submit">Sign In</button></form></body></html>'
    )
    return Answer(200, page.encode(), (("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")))
