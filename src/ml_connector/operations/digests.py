"""Signed digests of a connection's audit trail: one more after each pass that added entries, one with each export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ml_connector.audit.chain import AuditHead
from ml_connector.audit.digest import Digest, compare_digests, instant_of, message_of
from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError
from ml_connector.operations.views import JsonObject
from ml_connector.store.audit import AuditRepository
from ml_connector.store.copies.digests import DigestFolder
from ml_connector.store.copies.export import Trail, write_export
from ml_connector.vault.audit_key import AuditKey, KeySecrets


@dataclass(frozen=True, slots=True)
class TrailKeeper:
    """One connection's trail and where its digests go, None where no second place is set."""

    name: str
    audit: AuditRepository
    secrets: KeySecrets
    second_place: DigestFolder | None
    clock: Clock

    def catch_up(self) -> None:
        """Bring the second place up to the head of the chain: after a process ended in between, its next pass does it,
        and no entry is left out, since each digest covers all entries before it."""
        if self.second_place is None or self.audit.load_head() is None:
            return
        key = AuditKey(self.secrets)
        head = self._head()
        if not self.second_place.has_digest(head):
            self.second_place.save_digest(self._sign(key, head))

    def verify(self) -> JsonObject:
        """Is the trail unbroken, and does it hold every head that was signed before? A trail cut off at its end, or
        rewritten as a whole, is found by the second place alone (``fault_catalogue.md 279``)."""
        verdict = self.audit.verify()
        shown: JsonObject = {
            "ok": verdict.ok,
            "entries": verdict.entries,
            "head": verdict.head,
            "broken_at": verdict.broken_at,
        }
        if self.second_place is None:
            return shown
        digests = tuple(self.second_place.load_digests())
        shown |= {"digests": len(digests), "reason": None}
        stray = compare_digests(self.audit.load_entries(), digests) if verdict.ok else None
        if stray is None:
            return shown
        shorter = stray.sequence > verdict.entries
        told = "shorter than" if shorter else "another than"
        broken_at = verdict.entries + 1 if shorter else stray.sequence
        return {**shown, "ok": False, "broken_at": broken_at, "reason": f"the trail is {told} the digest of {stray.at}"}

    def export(self, path: Path, script: bytes) -> JsonObject:
        """Write the whole trail with all digests, and one of its head now, at ``path``."""
        if self.audit.load_head() is None:
            raise ConfigurationError(
                f"Nothing has happened on connection {self.name} yet; there is no trail to export",
                fix="Run connection check or sync first.",
                stage="audit",
                code="store.no_trail",
                at="settings",
            )
        key = AuditKey(self.secrets)
        head = self._head()
        earlier = () if self.second_place is None else tuple(self.second_place.load_digests())
        digests = (*earlier, self._sign(key, head))
        count = write_export(path, Trail(self.name, head, self.audit.load_entries(), digests, key.public), script)
        return {
            "file": str(path),
            "entries": head.sequence,
            "head": head.hash,
            "digests": count,
            "public_key": key.public,
        }

    def _head(self) -> AuditHead:
        head = self.audit.load_head()
        if head is None:
            raise AssertionError("a trail that had a head has one")
        return head

    def _sign(self, key: AuditKey, head: AuditHead) -> Digest:
        at = instant_of(self.clock.now())
        signature = key.sign(message_of(self.name, head, at))
        return Digest(self.name, head.sequence, head.hash, at, key.public, signature)
