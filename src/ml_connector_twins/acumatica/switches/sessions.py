"""Switches of sign-in, sessions, long operations and the licence. Data only."""

from __future__ import annotations

from ml_connector_twins.acumatica.switches.kinds import choice, free

SESSION = (
    free("api_users_max", 2, "licence: sessions open at once", "acumatica_api.md 2.4 (trial)"),
    choice("login_limit_dress", "429_text html 500", "form of 'API Login Limit'", "acumatica_api.md 2.4"),
    free("token_seconds", 3600, "life of an access token", "acumatica_api.md 2.1"),
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
    free("queue_max", 20, "waiting requests before 429", "acumatica_api.md 3 [D]"),
    free("requests_per_minute_max", 0, "licence limit, 0 = none", "acumatica_api.md 3"),
    choice("throttle_delay", "off on", "delay requests after half of the minute limit", "acumatica_api.md 3 [D]"),
    free("retry_after", "", "Retry-After header of a 429, empty = none", "acumatica_api.md 3 [I]"),
)
