"""The feeds we send, as people look them up: what Stampli has of each, what is held and why; and a person lets it pass.

Our own records only; the next pass sends what was let pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.feeds import Alarm, FeedState, HeldFeed, SentHead
from ml_connector.errors import ConfigurationError, RejectedError
from ml_connector.operations.views import JsonObject, render_change, render_instant

_ROWS_SHOWN = 200


class FeedStates(Protocol):
    """Where the states of one connection's feeds are kept."""

    def load_sent_heads(self) -> Mapping[str, SentHead]: ...
    def load_feed_state(self, feed: str) -> FeedState: ...
    def save_feed_state(self, feed: str, state: FeedState, note: AuditNote | None) -> None: ...


def list_feeds(feeds: Sequence[str], states: FeedStates, now: datetime, overdue_after: timedelta) -> list[JsonObject]:
    """One row a feed: ``state`` is ``held``, ``overdue`` (never sent, or not right for so long) or ``current``."""
    heads = states.load_sent_heads()
    return [_row(feed, heads.get(feed), states.load_feed_state(feed), now - overdue_after) for feed in feeds]


def accept_feed(
    feeds: Sequence[str], feed: str, states: FeedStates, clock: Clock, *, actor: str, reason: str
) -> JsonObject:
    """Let the difference pass for which a feed is held, under that person's name; that difference comes back.

    ConfigurationError ``cli.unknown_feed``; RejectedError ``feed.not_held`` where there is nothing to let pass."""
    if feed not in feeds:
        raise ConfigurationError(
            f"The connection sends no feed {feed!r}",
            fix="Use one of: " + ", ".join(feeds) + ".",
            code="cli.unknown_feed",
            at="settings",
        )
    state = states.load_feed_state(feed)
    if state.held is None:
        raise RejectedError(f"Nothing of {feed} is held.", fix="See feed list.", stage="decision", code="feed.not_held")
    held = replace(state.held, accepted_by=actor, accepted_at=clock.now(), accepted_reason=reason or None)
    told = "; ".join(alarm.message for alarm in held.alarms)
    note = AuditNote("feed.accepted", feed, f"let pass: {told}{f' ({reason})' if reason else ''}", actor)
    states.save_feed_state(feed, replace(state, held=held), note)
    return _held(held)


def _row(feed: str, head: SentHead | None, state: FeedState, late: datetime) -> JsonObject:
    confirmed_at = state.confirmed_at or (None if head is None else head.sent_at)
    overdue = confirmed_at is None or confirmed_at < late
    return {
        "feed": feed,
        "state": "held" if state.held is not None else "overdue" if overdue else "current",
        "overdue": overdue,
        "rows": 0 if head is None else head.rows,
        "file": None if head is None else head.file_name,
        "sent_at": render_instant(None if head is None else head.sent_at),
        "confirmed_at": render_instant(confirmed_at),
        "held": None if state.held is None else _held(state.held),
    }


def _held(held: HeldFeed) -> JsonObject:
    return {
        "held_at": render_instant(held.held_at),
        "added": held.added,
        "changed": held.changed,
        "removed": held.removed,
        "alarms": [_alarm(alarm) for alarm in held.alarms],
        "changes": [render_change(each) for each in held.changes],
        "accepted_by": held.accepted_by,
        "accepted_at": render_instant(held.accepted_at),
        "accepted_reason": held.accepted_reason,
    }


def _alarm(alarm: Alarm) -> JsonObject:
    return {
        "kind": alarm.kind,
        "part": alarm.part or None,
        "message": alarm.message,
        "rows": list(alarm.rows[:_ROWS_SHOWN]),
        "rows_count": len(alarm.rows),
    }
