"""Connected applications: which client asks, for which tenant, for which scopes (``acumatica_api.md`` 1, 2.1).

Judges only; keeps nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Call
from ml_connector_twins.acumatica.web.sign_in.sessions import CONCURRENT

KNOWN_SCOPES = frozenset({"api", "offline_access", CONCURRENT, "openid", "profile", "email", "phone"})
"""Every documented scope (2.1)."""


def is_client(site: Site, client_id: str) -> bool:
    """True where the GUID before the ``@`` is the registered one."""
    return client_id.partition("@")[0].upper() == site.options.client_id.upper()


def proven(site: Site, form: Mapping[str, str]) -> bool:
    """True where a token request comes from the registered application and shows its secret."""
    return is_client(site, form.get("client_id", "")) and form.get("client_secret") == site.options.client_secret


def with_basic(call: Call, form: Mapping[str, str]) -> dict[str, str]:
    """The form with the client's name and secret taken from a Basic header where one came instead."""
    scheme, _, text = call.header("authorization").partition(" ")
    if scheme.lower() != "basic" or "client_secret" in form:
        return dict(form)
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return dict(form)
    return {**form, "client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}


def tenant_of(site: Site, asked: str) -> str | None:
    """The tenant a sign-in lands in, None where there is none of that name."""
    tenants = site.options.tenants
    if site.switches.on("tenant_swap"):
        return tenants[-1]
    if not asked:
        return tenants[0]
    return next((tenant for tenant in tenants if tenant.casefold() == asked.casefold()), None)


def scopes_asked(form: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes of a request, None where one is unknown or none opens the API."""
    scopes = frozenset(form.get("scope", "").split())
    return scopes if scopes <= KNOWN_SCOPES and scopes & {"api", CONCURRENT} else None
