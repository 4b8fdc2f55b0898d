"""Switches of sign-in, sessions, long operations and the licence. Data only."""

from __future__ import annotations

from ml_connector_twins.acumatica.switches.kinds import choice, free

SESSION = (
    free("api_users_max", 2, "licence: sessions open at once", "acumatica_api.md 2.4 (trial)"),
    choice("login_limit_dress", "429_text html 500", "form of 'API Login Limit'", "acumatica_api.md 2.4"),
    free("token_seconds", 3600, "life of an access token", "acumatica_api.md 2.1"),
    choice("refresh_policy", "absolute sliding none", "how long refresh tokens live", "acumatica_api.md 2.1 [D]"),
    free("refresh_idle_days", 15, "sliding: life of an unused refresh token", "acumatica_api.md 2.1 [D]"),
    free("refresh_cap_days", 90, "sliding: life of the grant", "acumatica_api.md 2.1 [D]"),
    choice(
        "refresh_refusal",
        "invalid_grant invalid_client unauthorized",
        "refusal of a dead refresh token (400, 400, 401)",
        "acumatica_api.md 2.1 [L]",
    ),
    free("code_seconds", 300, "life of an authorization code", "acumatica_api.md 2.1 [I]"),
    choice("pkce", "required optional", "a code needs a S256 challenge", "acumatica_api.md 2.1 [I]"),
    choice(
        "browser",
        "signed_out signed_in denies",
        "the person's browser at the authorize URL: sees the sign-in page, is signed in, or says no",
        "acumatica_api.md 2.1",
    ),
    free(
        "redirect_uris",
        [],
        "redirect addresses registered, compared exactly; empty = any loopback address",
        "acumatica_api.md 2.1 [D]",
    ),
    choice("revocation_endpoint", "no yes", "/connect/revocation exists", "acumatica_api.md 2.1 not established"),
    free("lockout_after", 10, "wrong passwords in a row that lock the user, 0 = never", "acumatica_api.md 2.3 [L]"),
    choice("password_change_due", "no yes", "the user must change the password first", "acumatica_api.md 2.3 [L]"),
    free("refresh_days", 30, "absolute life of a refresh token", "acumatica_api.md 2.1"),
    free("session_idle_seconds", 600, "cookie session ends after so much idleness", "acumatica_api.md 2.3 [D]"),
    choice("tenant_swap", "no yes", "sign-in lands in another tenant than asked", "acumatica_api.md 1 [L]"),
    choice(
        "busy_session", "refuse allow", "second request of a session while a long operation runs", "acumatica_api.md 3"
    ),
    choice("release_effect", "at_end at_start", "when a release takes effect", "acumatica_api.md 5.4 [I]"),
    free("release_seconds", 0.05, "how long a release runs", "acumatica_api.md 5.4"),
    choice("release_answer", "202 204", "answer to a release action", "acumatica_api.md 5.4"),
)

THROTTLE = (
    free("concurrent_requests_max", 6, "requests worked on at once; more wait", "acumatica_api.md 3 [T]"),
    free("queue_seconds_max", 600, "a request that waited longer is answered 429", "acumatica_api.md 3 [D]"),
    choice("throttle_minute", "sliding calendar", "which minute the limit counts", "acumatica_api.md 3 [D], two ways"),
    free("queue_max", 20, "waiting requests before 429", "acumatica_api.md 3 [D]"),
    free("requests_per_minute_max", 0, "licence limit, 0 = none", "acumatica_api.md 3"),
    choice(
        "throttle_delay",
        "off on virtual",
        "delay requests after half of the minute limit; virtual moves the server's clock instead of waiting",
        "acumatica_api.md 3 [D], 13.7",
    ),
    free("retry_after", "", "Retry-After header of a 429, empty = none", "acumatica_api.md 3 [I]"),
)
