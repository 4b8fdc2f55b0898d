"""Fetch what was listed, in its order: several files at once on the way, a group at a time in hand, so that the time of
the line and of the disk is shared and memory stays bounded. What a file says is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from ml_connector.domain.values.arrivals import Arrival, Fetched, NotTaken
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext

GROUP_FILES, GROUP_BYTES = 64, 16 * 1024 * 1024
Group = Sequence[tuple[Arrival, Fetched | NotTaken]]


def fetch_groups(context: FlowContext, feed: str, arrivals: Sequence[Arrival]) -> Iterator[Group]:
    """The arrivals with their bytes, or why they are not taken; a group ends at 64 files or 16 MiB. An error of the
    connection is raised after what came whole before it was given out."""
    with closing(_Stream(context, arrivals)) as stream:
        while stream.done < len(arrivals):
            group = context.steps.step("fetch file", stream.next_group, repeatable=True)
            context.progress.report(f"Fetching {feed}", stream.done, len(arrivals))
            yield group


class _Stream:
    """Where the fetching stands; after an error it begins again behind what was given out."""

    def __init__(self, context: FlowContext, arrivals: Sequence[Arrival]) -> None:
        self._context = context
        self._arrivals = arrivals
        self._coming: Iterator[Fetched | NotTaken] | None = None
        self.done = 0

    def next_group(self) -> Group:
        """What comes next."""
        group: list[tuple[Arrival, Fetched | NotTaken]] = []
        weight = 0
        try:
            while self.done < len(self._arrivals) and len(group) < GROUP_FILES and weight < GROUP_BYTES:
                if self._coming is None:
                    self._coming = self._context.exchange.fetch_arrivals(self._arrivals[self.done :])
                fetched = next(self._coming)
                group.append((self._arrivals[self.done], fetched))
                self.done += 1
                weight += _weight(fetched)
        except ConnectorError:
            self.close()
            if not group:
                raise
        return group

    def close(self) -> None:
        """Nothing more is on its way."""
        coming, self._coming = self._coming, None
        if coming is not None and hasattr(coming, "close"):
            coming.close()


def _weight(fetched: Fetched | NotTaken) -> int:
    if isinstance(fetched, NotTaken):
        return 0
    return len(fetched.content) + sum(len(each) for each in fetched.parts.values())
