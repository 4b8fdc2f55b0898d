"""The three ways to sign in: password grant, authorization code kept as a refresh token, cookie session.

Each opens one session a grant or a login and says how it is closed (``acumatica_api.md 2``). A refused password is
never tried twice. No secret stands in an error or in a repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlencode

from ml_connector.acumatica.ports import CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, Deadlines, SecretStore
from ml_connector.acumatica.values import encode_json
from ml_connector.acumatica.wire.limiter import limited
from ml_connector.acumatica.wire.outcomes import error_text, exception_of, is_page, json_body, lacks_seat, retry_after
from ml_connector.acumatica.wire.transport import Call, Reply, Transport
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError, UncertainError
from ml_connector.settings import AcumaticaSettings

FULL_SCOPE = "api offline_access"
_TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session: the headers that carry it, how long they last (None: until idle), whether it must be closed."""

    headers: Mapping[str, str] = field(repr=False)
    lasts_seconds: float | None = None
    sign_out: bool = True


@dataclass(frozen=True, slots=True)
class Redeemable:
    """An authorization code as the browser brought it, and what proves that it is ours (2.1)."""

    code: str = field(repr=False)
    redirect: str
    verifier: str = field(repr=False)


class SignIn(Protocol):
    """One way to sign in."""

    def renew(self) -> Opened | None:
        """Go on with what was granted before; None where there is nothing, or it is gone."""
        ...

    def log_in(self) -> Opened:
        """Sign in anew with what a person gave us."""
        ...


@dataclass(frozen=True, slots=True)
class OAuthSignIn:
    """Tokens of the identity server; a refresh token is sealed before its access token is used (2.1)."""

    settings: AcumaticaSettings
    transport: Transport
    secrets: SecretStore
    deadlines: Deadlines
    lasting: bool = True

    def renew(self) -> Opened | None:
        """A new access token for the sealed refresh token, which is used up by it."""
        token = self.secrets.load_secret(REFRESH_TOKEN) if self._keeps_grant() else None
        while token:
            reply = self._ask({"grant_type": "refresh_token", "refresh_token": token})
            if reply.status == 200:
                return replace(self._opened(reply), sign_out=False)
            if _oauth_error(reply) == "invalid_client":
                raise _refused(_REASONS["invalid_client"])
            # Another process may have used the token meanwhile and sealed its successor.
            sealed = self.secrets.load_secret(REFRESH_TOKEN)
            if sealed == token:
                return None
            token = sealed
        return None

    def log_in(self) -> Opened:
        """The password grant; with ``authorization_code`` only a person can sign in."""
        if self.settings.auth == "authorization_code":
            raise ConfigurationError(
                "Acumatica's permission for this connection is missing or has ended.",
                fix="Run connection sign-in for this connection.",
                stage="sign_in",
                code="acumatica.sign_in_needed",
            )
        reply = self._ask(self._password_form(FULL_SCOPE if self.lasting else "api"))
        if _oauth_error(reply) == "invalid_scope":
            # The application allows no refresh tokens (2.1): then each access token is a session of its own.
            reply = self._ask(self._password_form("api"))
        if reply.status != 200:
            raise _refused(_REASONS.get(_oauth_error(reply), "the identity server refused the sign-in"))
        return self._opened(reply)

    def redeem(self, given: Redeemable) -> Opened:
        """The session and the sealed refresh token for a code; a grant that could not be renewed is not taken."""
        form = {
            "grant_type": "authorization_code",
            "code": given.code,
            "redirect_uri": given.redirect,
            "code_verifier": given.verifier,
        }
        reply = self._ask(form)
        if reply.status != 200:
            error = _oauth_error(reply)
            why = "the code was used already or came too late" if error == "invalid_grant" else _REASONS.get(error)
            raise _refused(why or "the identity server refused the code")
        opened = self._opened(reply)
        if opened.sign_out:
            raise ConfigurationError(
                "Acumatica gave no refresh token, so the permission would end within the hour.",
                fix="Allow refresh tokens for the connected application (SM303010), then run connection sign-in again.",
                stage="sign_in",
                code="acumatica.no_refresh_token",
            )
        return opened

    def _keeps_grant(self) -> bool:
        """A person's permission lives in its refresh token alone; a password can sign in anew at any time."""
        return self.lasting or self.settings.auth == "authorization_code"

    def _password_form(self, scope: str) -> dict[str, str]:
        return {
            "grant_type": "password",
            "username": self.settings.username or "",
            "password": need_secret(self.secrets, PASSWORD),
            "scope": scope,
        }

    def _ask(self, form: Mapping[str, str]) -> Reply:
        proof = {"client_id": full_client_id(self.settings)}
        # An application signed in to by a person's browser may be a public one, without a secret.
        if self.settings.auth == "password" or self.secrets.load_secret(CLIENT_SECRET):
            proof["client_secret"] = need_secret(self.secrets, CLIENT_SECRET)
        call = Call(
            "POST",
            "identity/connect/token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode({**form, **proof}).encode("ascii"),
            kind="write",
        )
        reply = ask(self.transport, call, self.deadlines)
        if reply.status >= 500:
            raise unavailable("the identity server has a fault of its own")
        return reply

    def _opened(self, reply: Reply) -> Opened:
        body = json_body(reply)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise unavailable("the identity server's answer cannot be read")
        refresh = body.get("refresh_token")
        if isinstance(refresh, str) and refresh:
            self.secrets.save_secret(REFRESH_TOKEN, refresh)
        lasts = body.get("expires_in")
        seconds = lasts if isinstance(lasts, int) and lasts > 0 else _TOKEN_SECONDS
        # With a refresh token the grant keeps its one session for the next run: nothing to close (2.2).
        return Opened({"Authorization": f"Bearer {token}"}, seconds, sign_out=not refresh)


@dataclass(frozen=True, slots=True)
class CookieSignIn:
    """The legacy login with name and password (2.3); its cookies are the session."""

    settings: AcumaticaSettings
    transport: Transport
    secrets: SecretStore
    deadlines: Deadlines

    def renew(self) -> Opened | None:
        """A cookie session cannot be renewed."""
        return None

    def log_in(self) -> Opened:
        """One login, one seat, until signed out or idle."""
        form = {
            "name": self.settings.username or "",
            "password": need_secret(self.secrets, PASSWORD),
            "tenant": self.settings.tenant,
        }
        if self.settings.branch:
            form["branch"] = self.settings.branch
        call = Call(
            "POST",
            "entity/auth/login",
            headers={"Content-Type": "application/json"},
            content=encode_json(form),
            kind="write",
        )
        reply = ask(self.transport, call, self.deadlines)
        cookies = parse_cookies(reply.set_cookies)
        if reply.status not in (200, 204):
            raise _login_fault(reply)
        if not cookies:
            raise unavailable("the sign-in gave no session")
        return Opened({"Cookie": render_cookies(cookies)})


def full_client_id(settings: AcumaticaSettings) -> str:
    """``GUID@Tenant``, completed with the tenant where the settings name none (2.1)."""
    client = settings.client_id or ""
    return client if "@" in client else f"{client}@{settings.tenant}"


def ask(transport: Transport, call: Call, deadlines: Deadlines) -> Reply:
    """One sign-in request; seats, pace and outages are TransientErrors, what is left is an answer to the credentials.

    A lost answer is transient here: signing in again is always allowed.
    """
    try:
        reply = transport.send(call, deadlines.read_seconds)
    except UncertainError:
        raise unavailable("the answer to the sign-in was lost") from None
    if lacks_seat(reply):
        transport.pause(retry_after(reply) or 0.0)
        raise seats_taken(retry_after(reply))
    if reply.status == 429:
        raise limited(transport.back_off(retry_after(reply)))
    if reply.status == 407:
        raise proxy_login()
    if reply.status == 404:
        raise ConfigurationError(
            "There is no Acumatica sign-in at that address.",
            fix="Check acumatica.url: the full instance URL, virtual directory included.",
            stage="sign_in",
            code="acumatica.not_found",
        )
    if is_page(reply) or (reply.status >= 500 and not isinstance(json_body(reply), dict)):
        raise unavailable("a web page came instead of data, as during maintenance")
    if reply.status in (502, 503, 504):
        raise unavailable("the server is not available")
    return reply


def seats_taken(seconds: float | None) -> TransientError:
    """Every seat of the licence is in use (2.4)."""
    return TransientError(
        "All API seats of Acumatica are in use; other programs hold them.",
        fix="Wait, sign another program out, or ask for a larger licence.",
        stage="sign_in",
        code="acumatica.seats_taken",
        retry_after_seconds=seconds,
    )


def proxy_login() -> ConfigurationError:
    """A proxy on the way asks for a login of its own (``fault_catalogue.md 73``); this program knows no proxy."""
    return ConfigurationError(
        "Your proxy asks for a login: it stands between this machine and Acumatica. Nothing reached Acumatica.",
        fix="Let this machine reach the Acumatica host without that proxy, or have the proxy let it through.",
        stage="address",
        code="acumatica.proxy_login",
    )


def unavailable(why: str) -> TransientError:
    """Acumatica does not serve the sign-in now."""
    return TransientError(
        f"Acumatica cannot be signed in to now: {why}.",
        fix="Wait and run it again.",
        stage="sign_in",
        code="acumatica.unavailable",
    )


def need_secret(secrets: SecretStore, key: str) -> str:
    """A secret that the sign-in cannot do without; ConfigurationError ``acumatica.secret_missing``."""
    found = secrets.load_secret(key)
    if not found:
        raise ConfigurationError(
            f"The secret {key} is not set.",
            fix=f"Run secret set for this connection with {key}.",
            stage="sign_in",
            code="acumatica.secret_missing",
            at="settings",
        )
    return found


_REASONS = {
    "invalid_grant": "user name or password is wrong, or the user is locked",
    "invalid_client": "client id, its tenant or the client secret is wrong",
    "unauthorized_client": "the connected application does not allow this way to sign in",
    "unsupported_grant_type": "the connected application does not allow this way to sign in",
    "invalid_scope": "the connected application does not allow the scope api",
}


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"Acumatica refused the sign-in: {why}.",
        fix="Check tenant, username and client_id, and set the password and the client secret again.",
        stage="sign_in",
        code="acumatica.sign_in_refused",
    )


def _oauth_error(reply: Reply) -> str:
    body = json_body(reply)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) else ""


def _login_fault(reply: Reply) -> ConnectorError:
    body = json_body(reply)
    kind = exception_of(body).type if isinstance(body, dict) else ""
    told = error_text(reply)
    if "undefinedcompany" in kind.lower():
        return ConfigurationError(
            "Acumatica knows no tenant of that name.",
            fix="Check acumatica.tenant against the tenants shown on Acumatica's own sign-in page.",
            stage="sign_in",
            code="acumatica.tenant_unknown",
        )
    if "change your password" in told.lower():
        return _refused("the user must change its password first, on Acumatica's own sign-in page")
    if reply.status >= 500 and not kind.startswith("PX."):
        return unavailable("the server has a fault of its own")
    return _refused(f"user name or password is wrong, or the user is locked ({told or reply.status})")


def parse_cookies(headers: tuple[str, ...]) -> dict[str, str]:
    """Names and values of ``Set-Cookie`` headers, the last one of a name; an emptied one is left out (2.3)."""
    cookies: dict[str, str] = {}
    for header in headers:
        name, _, value = header.partition(";")[0].partition("=")
        name, value = name.strip(), value.strip()
        if not name or not (name + value).isascii() or not (name + value).isprintable():
            continue
        cookies.pop(name, None)
        if value:
            cookies[name] = value
    return cookies


def render_cookies(cookies: Mapping[str, str]) -> str:
    """The ``Cookie`` header of those cookies."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
