#!/usr/bin/env python3
"""Prove an exported audit trail with Python's standard library alone: python3 verify_audit.py [FOLDER or ZIP].

Every entry must carry the hash of its own facts and of the entry before it, the last one must be the head, and each
signed digest must be of an entry that is in the trail. This file stands alone: it imports nothing of ml-connector.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

ENTRY_FORM, DIGEST_FORM = "ml-connector audit entry 1", "ml-connector audit digest 1"
NOTHING_BEFORE = "0" * 64

# Ed25519 (RFC 8032, 5.1): the field, the order of the base point, the curve's constant.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


class Broken(Exception):
    """The trail does not hold; the words say where."""


def framed(facts: list[str]) -> bytes:
    """Texts with their lengths in front, so that no two lists give the same bytes."""
    return b"".join(b"%d:%b" % (len(each), each) for each in (fact.encode("utf-8") for fact in facts))


def seal(entry: dict[str, Any]) -> str:
    """The hash an entry must carry."""
    facts = [ENTRY_FORM, entry["previous_hash"], str(entry["sequence"]), entry["connection"], entry["at"]]
    facts += [entry["event"], entry["subject"], entry["note"], entry["actor"]]
    for name in sorted(entry["data"]):
        value = entry["data"][name]
        facts += [name, "-" if value is None else "=" + value]
    return hashlib.sha256(framed(facts)).hexdigest()


def add(one: Point, other: Point) -> Point:
    """The sum of two points of the curve (RFC 8032, 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    """A point added to itself so many times."""
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def same(one: Point, other: Point) -> bool:
    """Are two points equal, whatever their scale?"""
    across, along = one[0] * other[2] - other[0] * one[2], one[1] * other[2] - other[1] * one[2]
    return across % P == 0 and along % P == 0


def point_of(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for, None for none (RFC 8032, 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if len(encoded) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Did the holder of the key sign this message? (RFC 8032, 5.1.7)"""
    base, public, r = point_of(bytes([0x58] + [0x66] * 31)), point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if base is None or public is None or r is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same(times(s, base), add(r, times(k, public)))


class Seen:
    """What is kept of the entries that hold: how many, the last hash, whose they are, the hashes of wanted numbers, and
    from when to when a restored backup left entries behind."""

    def __init__(self) -> None:
        self.count, self.last, self.connection = 0, NOTHING_BEFORE, ""
        self.hashes: dict[int, str] = {}
        self.restored: list[tuple[datetime, datetime]] = []

    def is_left_behind(self, at: str) -> bool:
        """Was that moment after a backup that was restored later?"""
        return any(since <= datetime.fromisoformat(at) <= until for since, until in self.restored)


def check_entries(lines: Iterator[bytes], wanted: set[int]) -> Seen:
    """Go through all entries. Raises Broken."""
    seen = Seen()
    for line in lines:
        seen.count += 1
        try:
            entry = json.loads(line)
            seen.connection = seen.connection or entry["connection"]
            told = entry["sequence"], entry["previous_hash"], entry["connection"]
            holds = told == (seen.count, seen.last, seen.connection) and entry["hash"] == seal(entry)
        except (ValueError, KeyError, TypeError, AttributeError):
            holds = False
        if not holds:
            raise Broken(f"BROKEN at entry {seen.count}: it was changed, added or taken away")
        seen.last = entry["hash"]
        if seen.count in wanted:
            seen.hashes[seen.count] = seen.last
        if entry["event"] == "backup.restored" and entry["data"].get("backup_at"):
            since = datetime.fromisoformat(entry["data"]["backup_at"]).replace(microsecond=0)
            seen.restored.append((since, datetime.fromisoformat(entry["at"])))
    return seen


def check_digests(digests: list[dict[str, Any]], key: str, seen: Seen) -> None:
    """Each digest is signed with that key and is of an entry of this trail."""
    for digest in digests:
        facts = [DIGEST_FORM, digest["connection"], str(digest["sequence"]), digest["hash"], digest["at"]]
        name = f"the digest of entry {digest['sequence']} of {digest['at']}"
        if digest["key"] != key:
            raise Broken(f"BROKEN: {name} was signed with another key, {digest['key']}")
        if not is_signed(bytes.fromhex(key), framed(facts), bytes.fromhex(digest["signature"])):
            raise Broken(f"BROKEN: the signature of {name} does not hold")
        fits = digest["connection"] == seen.connection and seen.hashes.get(digest["sequence"]) == digest["hash"]
        if not fits and not seen.is_left_behind(digest["at"]):
            raise Broken(f"BROKEN at or before entry {digest['sequence']}: {name} is of another trail")


def verify(read: Callable[[str], Iterator[bytes]], kept: list[bytes], key: str | None) -> str:
    """Prove a trail, ``read`` giving the lines of its files; what there is to say of it. Raises Broken."""
    try:
        digests = [json.loads(line) for line in (*read("digests.jsonl"), *kept)]
        head = json.loads(b"".join(read("head.json")))
        told = b"".join(read("public_key.txt")).decode("ascii").strip()
        wanted = {int(digest["sequence"]) for digest in digests}
        seen = check_entries(read("entries.jsonl"), wanted)
        if (head["entries"], head["head"]) != (seen.count, seen.last):
            place = f"the head is of entry {head['entries']}, the last one is {seen.count}"
            raise Broken(f"BROKEN at entry {seen.count + 1}: {place}")
        check_digests(digests, key or told, seen)
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"BROKEN: a file of the export cannot be read ({type(error).__name__}: {error})") from error
    return f"ok: {seen.count} entries of {seen.connection}, head {seen.last}, {len(digests)} signed digests"


def lines_of_folder(folder: Path) -> Callable[[str], Iterator[bytes]]:
    """The files of an export that was unpacked."""

    def read(name: str) -> Iterator[bytes]:
        with (folder / name).open("rb") as stream:
            yield from stream

    return read


def lines_of_zip(path: Path) -> Callable[[str], Iterator[bytes]]:
    """The files of an export as it came."""

    def read(name: str) -> Iterator[bytes]:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            yield from stream

    return read


def main(arguments: list[str] | None = None) -> int:
    """The command: 0 where the trail holds, 1 where it is broken, 2 where there is none to look at."""
    parser = argparse.ArgumentParser(description="Prove an exported audit trail.")
    parser.add_argument("export", nargs="?", type=Path, default=Path(__file__).parent, help="folder or zip file")
    parser.add_argument("--digests", type=Path, help="a folder of digests that were kept in another place")
    parser.add_argument("--key", help="the public key you were given, in hex")
    given = parser.parse_args(arguments)
    try:
        read = lines_of_folder(given.export) if given.export.is_dir() else lines_of_zip(given.export)
        kept = [path.read_bytes() for path in sorted(given.digests.rglob("*.json"))] if given.digests else []
        print(verify(read, kept, given.key))
    except Broken as broken:
        print(broken)
        return 1
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        print(f"There is no export to look at: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
