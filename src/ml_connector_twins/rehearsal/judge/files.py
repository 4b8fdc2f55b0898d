"""How a file in `/outbound` must end in the connector's log: taken, a repeat, waiting or refused. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector_twins.rehearsal.judge.evidence import Evidence, Expectation, Found, Record

READ = ("taken", "settled")


def file_ends(
    case: str, name: str, states: Sequence[str], *, expected: str, documents: int | None = None
) -> Expectation:
    """The newest row of that name is in one of ``states``, with that many documents where a number is given."""

    def find(evidence: Evidence) -> Found:
        row = _newest(evidence.files, name)
        if row is None:
            return Found("not in the log of files", False)
        state, count = str(row.get("state")), row.get("documents")
        words = f"{state}, {count} documents" + _reason(row)
        return Found(words, state in states and (documents is None or count == documents))

    return Expectation(case, expected, find)


def delivered_again(case: str, name: str) -> Expectation:
    """The same bytes under the same name, delivered again: seen as known, and the day's pass takes nothing from it."""

    def find(evidence: Evidence) -> Found:
        states = [str(row.get("state")) for row in evidence.sync_rows("files") if row.get("name") == name]
        return Found(", ".join(states) or "known, not looked at again", all(state == "repeat" for state in states))

    return Expectation(case, "a repeat, nothing of it taken again", find)


def _newest(files: Sequence[Record], name: str) -> Record | None:
    named = [row for row in files if row.get("name") == name]
    return max(named, key=lambda row: str(row.get("first_seen_at", "")), default=None)


def _reason(row: Record) -> str:
    return f" ({row['reason']})" if row.get("reason") else ""
