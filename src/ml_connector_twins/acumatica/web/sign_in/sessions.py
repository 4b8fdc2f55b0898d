"""Grants, tokens, sessions and licence seats (``acumatica_api.md`` 2).

A seat is an open session. The scope decides how requests share one. Cookies and tokens are random text.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.sign_in.guard import Door


@dataclass(slots=True)
class Session:
    """One open session: one licence seat; ``ends_at`` is None for a cookie login, which ends by idleness."""

    id: str
    tenant: str
    opened_at: datetime
    used_at: datetime
    ends_at: datetime | None = None
    by_cookie: bool = False
    branch: str = "MAIN"


@dataclass(slots=True)
class Token:
    """An access token; ``session_id`` is the session it uses where the scope shares one."""

    text: str
    tenant: str
    expires_at: datetime
    scopes: frozenset[str]
    grant: str
    session_id: str | None = None


@dataclass(slots=True)
class Grant:
    """A sign-in whose refresh token rotates; ``refresh`` is the only live one, None without offline_access."""

    id: str
    tenant: str
    scopes: frozenset[str]
    refresh: str | None
    refresh_until: datetime
    used_at: datetime
    session_id: str | None = None


class LoginLimit(Exception):
    """Every licence seat is taken (2.4)."""


class NotSignedIn(Exception):
    """No valid token or cookie: 401."""


CONCURRENT = "api:concurrent_access"


class Sessions:
    """Every grant, token and session of the site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.tokens: dict[str, Token] = {}
        self.grants: dict[str, Grant] = {}
        self.open: dict[str, Session] = {}
        self.door = Door(site)
        self._recycles = 0

    def now(self) -> datetime:
        """The site's clock."""
        return self._site.clock.now()

    def sweep(self) -> None:
        """Closes sessions whose token ended (OAuth) or that were idle too long (cookie login)."""
        if self._recycles != self._site.recycles:
            self._recycles = self._site.recycles
            self.recycle()
        now, idle = self.now(), timedelta(seconds=self._site.switches.number("session_idle_seconds"))
        for session in list(self.open.values()):
            over = session.ends_at is not None and session.ends_at <= now
            if over or (session.by_cookie and session.used_at + idle <= now):
                del self.open[session.id]

    def open_session(self, tenant: str, *, ends_at: datetime | None = None, by_cookie: bool = False) -> Session:
        """Takes a seat; raises LoginLimit when none is left."""
        self.sweep()
        if len(self.open) >= self._site.switches.number("api_users_max"):
            raise LoginLimit
        now = self.now()
        session = Session(secrets.token_hex(12), tenant, now, now, ends_at, by_cookie)
        session.branch = self._site.books[tenant].default_branch
        self.open[session.id] = session
        return session

    def sign_in(self, tenant: str, scopes: frozenset[str]) -> Token:
        """A new grant and its first access token; opens the session the scope calls for."""
        now = self.now()
        refresh = secrets.token_urlsafe(32) if "offline_access" in scopes else None
        grant = Grant(secrets.token_hex(8), tenant, scopes, refresh, now + self._longest(), now)
        token = self._issue(grant)
        self.grants[grant.id] = grant
        return token

    def _longest(self) -> timedelta:
        """The life a refresh token has at most: absolute, or the cap of a sliding one (2.1)."""
        sliding = self._site.switches.at("refresh_policy") == "sliding"
        return timedelta(days=self._site.switches.number("refresh_cap_days" if sliding else "refresh_days"))

    def refresh(self, text: str) -> Token | None:
        """A new access token for the live refresh token, which rotates; None where it is dead (2.1)."""
        grant = self._grant_of(text)
        if grant is None or grant.refresh_until <= self.now():
            return None
        idle = timedelta(days=self._site.switches.number("refresh_idle_days"))
        if self._site.switches.at("refresh_policy") == "sliding" and grant.used_at + idle <= self.now():
            return None
        token = self._issue(grant)
        grant.refresh, grant.used_at = secrets.token_urlsafe(32), self.now()
        return token

    def _grant_of(self, refresh: str) -> Grant | None:
        for grant in self.grants.values():
            if grant.refresh is not None and secrets.compare_digest(grant.refresh.encode(), refresh.encode()):
                return grant
        return None

    def revoke(self, text: str) -> None:
        """Ends a grant by its refresh token, or a single access token; its session is closed."""
        grant, token = self._grant_of(text), self.tokens.pop(text, None)
        if grant is not None:
            self.end_grant(grant)
        elif token is not None:
            self.open.pop(token.session_id or "", None)

    def end_grant(self, grant: Grant) -> None:
        """Ends a grant with its tokens and its session, as a person does who revokes the application."""
        self.grants.pop(grant.id, None)
        for token in [token for token in self.tokens.values() if token.grant == grant.id]:
            del self.tokens[token.text]
            self.open.pop(token.session_id or "", None)

    def _issue(self, grant: Grant) -> Token:
        expires_at = self.now() + timedelta(seconds=self._site.switches.number("token_seconds"))
        token = Token(secrets.token_urlsafe(32), grant.tenant, expires_at, grant.scopes, grant.id)
        if CONCURRENT not in grant.scopes:
            token.session_id = self._shared_session(grant, expires_at)
        self.tokens[token.text] = token
        return token

    def _shared_session(self, grant: Grant, expires_at: datetime) -> str:
        if "offline_access" not in grant.scopes:
            return self.open_session(grant.tenant, ends_at=expires_at).id
        session = self.open.get(grant.session_id or "")
        if session is None:
            session = self.open_session(grant.tenant)
            grant.session_id = session.id
        # one session a grant, kept across refreshes (2.2); it ends with the last access token
        session.ends_at = expires_at
        return session.id

    def for_token(self, text: str, cookie: str) -> Session:
        """The session of a Bearer request; raises NotSignedIn or LoginLimit."""
        token = self.tokens.get(text)
        if token is None or token.expires_at <= self.now():
            raise NotSignedIn
        self.sweep()
        wanted = cookie if token.session_id is None else token.session_id
        session = self.open.get(wanted)
        if session is None or session.tenant != token.tenant:
            # after a logout the token works on and takes a seat again; concurrent scope: no cookie, new session (2.2)
            session = self.open_session(token.tenant, ends_at=token.expires_at)
            if token.session_id is not None:
                token.session_id = session.id
                self._keep_for_grant(token)
        session.used_at = self.now()
        return session

    def _keep_for_grant(self, token: Token) -> None:
        """A session opened again is the grant's one session from now on (2.2)."""
        grant = self.grants.get(token.grant)
        if grant is not None and "offline_access" in grant.scopes:
            grant.session_id = token.session_id

    def for_cookie(self, cookie: str) -> Session:
        """The session of a cookie login; raises NotSignedIn when it is gone or idled out (2.3)."""
        self.sweep()
        session = self.open.get(cookie)
        if session is None or not session.by_cookie:
            raise NotSignedIn
        session.used_at = self.now()
        return session

    def close(self, session: Session) -> None:
        """Logout: frees the seat."""
        self.open.pop(session.id, None)

    def end_tokens(self) -> None:
        """Ends every access token before its time; grants stay, so a refresh works (401 in the middle of a run)."""
        self.tokens.clear()

    def recycle(self) -> None:
        """An application pool recycle: every session is gone, tokens and grants stay."""
        self.open.clear()

    def revoke_all(self) -> None:
        """Ends every grant, token and session, as an administrator does."""
        self.tokens.clear()
        self.grants.clear()
        self.open.clear()
