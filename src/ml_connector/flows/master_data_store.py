"""What master data asks of our store: a small protocol that ``store`` fits. Declares only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.feeds import FeedState, SentHead
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import SentFeed
from ml_connector.domain.values.renames import Rename


class MasterDataStore(Protocol):
    """The last snapshot and the last sent state of each feed of one connection."""

    def load_snapshot(self) -> Snapshot | None: ...
    def save_snapshot(self, snapshot: Snapshot) -> None: ...
    def load_renames(self) -> tuple[Rename, ...]:
        """The renames of the last snapshot, without reading the rest of it."""
        ...

    def extend_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the vendors and orders of ``snapshot``, which was read later in part, unless another one came
        meanwhile."""
        ...

    def load_sent_keys(self, feed: str) -> frozenset[str] | None:
        """The keys of the rows that reached Stampli, None where the feed never did."""
        ...

    def load_sent(self, feed: str) -> SentFeed | None: ...
    def load_sent_heads(self) -> Mapping[str, SentHead]:
        """What was last sent of each feed that ever was, by feed, without the rows."""
        ...

    def load_feed_state(self, feed: str) -> FeedState: ...
    def save_feed_state(self, feed: str, state: FeedState, note: AuditNote | None) -> None:
        """Take the place of the feed's state; None for what is worth no entry."""
        ...

    def save_sent(self, sent: SentFeed, note: AuditNote) -> None: ...
