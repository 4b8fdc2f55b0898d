"""The audit chain: what is sealed into an entry, and that every change, hole, insertion and cut is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.audit.chain import AuditHead, ChainVerdict, chain_note, seal, verify_chain
from ml_connector.audit.entry import AuditEntry, AuditNote

AT = datetime(2026, 11, 24, 9, 30, 0, 5, tzinfo=UTC)
GENESIS = "0" * 64


def a_chain(length: int) -> tuple[list[AuditEntry], AuditHead | None]:
    """A whole chain and its head."""
    entries: list[AuditEntry] = []
    head = None
    for number in range(length):
        note = AuditNote("posting.moved", f"i{number}", f"step {number}", data={"total": "1.00", "none": None})
        entries.append(chain_note(head, "harbor", AT + timedelta(seconds=number), note))
        head = AuditHead(entries[-1].sequence, entries[-1].hash)
    return entries, head


def test_a_whole_chain_is_told_with_its_count_and_its_head() -> None:
    entries, head = a_chain(5)
    assert verify_chain(entries, head) == ChainVerdict(True, 5, entries[-1].hash, None)


def test_a_chain_of_nothing_holds() -> None:
    assert verify_chain([], None) == ChainVerdict(True, 0, None, None)


def test_the_seal_of_an_entry_never_changes_between_versions_of_the_program() -> None:
    note = AuditNote("file.taken", "faaaaaaaa", "12 documents", "connector", {"b": "2", "a": None})
    facts = (
        b"26:ml-connector audit entry 1",
        b"64:" + b"0" * 64,
        b"1:1",
        b"6:harbor",
        b"32:2026-11-24T09:30:00.000005+00:00",
        b"10:file.taken",
        b"9:faaaaaaaa",
        b"12:12 documents",
        b"9:connector",
        b"1:a1:-",
        b"1:b2:=2",
    )
    expected = hashlib.sha256(b"".join(facts)).hexdigest()
    assert seal(GENESIS, 1, connection="harbor", at=AT, note=note) == expected


def test_the_same_instant_in_another_zone_and_facts_in_another_order_give_the_same_seal() -> None:
    note = AuditNote("e", "s", data={"a": "1", "b": "2"})
    turned = AuditNote("e", "s", data={"b": "2", "a": "1"})
    there = AT.astimezone(timezone(timedelta(hours=-5)))
    assert seal(GENESIS, 1, connection="c", at=AT, note=note) == seal(GENESIS, 1, connection="c", at=there, note=turned)


@pytest.mark.parametrize(
    "change",
    [
        lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
        lambda e: replace(e, note=replace(e.note, note=e.note.note + " ")),
        lambda e: replace(e, note=replace(e.note, event="posting.other")),
        lambda e: replace(e, note=replace(e.note, subject="i9")),
        lambda e: replace(e, note=replace(e.note, actor="jane")),
        lambda e: replace(e, note=replace(e.note, data={"total": "1.01", "none": None})),
        lambda e: replace(e, note=replace(e.note, data={"total": "1.00", "none": ""})),
        lambda e: replace(e, note=replace(e.note, data={"total": "1.00"})),
        lambda e: replace(e, connection="other"),
        lambda e: replace(e, previous_hash="f" * 64),
        lambda e: replace(e, hash="f" * 64),
        lambda e: replace(e, sequence=9),
    ],
)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_any_change_of_an_entry_is_found_at_that_entry(change: Callable[[AuditEntry], AuditEntry], place: int) -> None:
    entries, head = a_chain(5)
    entries[place] = change(entries[place])
    before = entries[place - 1].hash if place else None
    assert verify_chain(entries, head) == ChainVerdict(False, place, before, place + 1)


def test_an_entry_sealed_anew_is_found_at_the_one_behind_it() -> None:
    entries, head = a_chain(4)
    forged = replace(entries[1].note, note="nothing happened")
    entries[1] = chain_note(AuditHead(1, entries[0].hash), "harbor", entries[1].at, forged)
    assert verify_chain(entries, head).broken_at == 3


def test_a_last_entry_sealed_anew_is_found_by_the_head() -> None:
    entries, head = a_chain(4)
    forged = replace(entries[3].note, note="nothing happened")
    entries[3] = chain_note(AuditHead(3, entries[2].hash), "harbor", entries[3].at, forged)
    assert verify_chain(entries, head).broken_at == 4


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_removed_entry_is_found(gone: int) -> None:
    entries, head = a_chain(4)
    del entries[gone]
    assert verify_chain(entries, head).broken_at == gone + 1


def test_a_cut_tail_is_found_by_the_head() -> None:
    entries, head = a_chain(4)
    assert verify_chain(entries[:2], head) == ChainVerdict(False, 2, entries[1].hash, 3)
    assert verify_chain([], head) == ChainVerdict(False, 0, None, 1)


def test_an_entry_put_in_is_found() -> None:
    entries, head = a_chain(3)
    longer, _ = a_chain(5)
    assert verify_chain(longer, head) == ChainVerdict(False, 5, longer[4].hash, 4)
    assert verify_chain([entries[0], entries[0], *entries[1:]], head).broken_at == 2


def test_entries_without_a_head_are_a_broken_chain() -> None:
    assert verify_chain(a_chain(3)[0], None).broken_at == 1


@given(st.tuples(st.text(), st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text(), st.text()))
def test_no_two_notes_share_a_seal(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    first, second = AuditNote(*one), AuditNote(*other)
    seals = {seal(GENESIS, 1, connection="c", at=AT, note=note) for note in (first, second)}
    assert len(seals) == (1 if one == other else 2)
