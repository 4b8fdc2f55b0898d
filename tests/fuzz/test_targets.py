"""Whatever bytes come: no crash, no hang, bounded memory. The long run over the same targets is ``make fuzz``."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, any_csv, any_name, any_xml
from tests.golden.test_samples import FOLDER

# Far above what a small file needs; a reader that multiplies its input passes them at once.
_SECONDS_MAX, _BYTES_MAX = 20, 64_000_000
CSV = sorted(path.read_bytes() for path in (FOLDER / "csv").rglob("*") if path.is_file())
XML = sorted(path.read_bytes() for path in (FOLDER / "xml").iterdir())
MARKS = [
    b'"',
    b",",
    b";",
    b"\t",
    b"|",
    b"\r",
    b"\n",
    b"\r\n",
    b"\\",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"-",
    b".",
]
CELLS = [
    b"1e9",
    b"9" * 20,
    b"(1.00)",
    b"NaN",
    b"2026-02-30",
    b"\xc2\xa0",
    b"\xe2\x80\x8b",
    b"Total",
    b"../",
    b"PK\x03\x04",
]
TAGS = [
    b"<",
    b">",
    b"</",
    b"/>",
    b"&amp;",
    b"&x;",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?x?>",
    b"<!DOCTYPE a [",
    b"=''",
]
PIECES = st.sampled_from([*MARKS, *CELLS, *TAGS])


@st.composite
def damaged(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A sample of a customer with a few places changed."""
    content = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 12))
        content = content[:at] + draw(PIECES | st.binary(max_size=8)) + content[end:]
    return content


def bounded(target: Callable[[bytes], None], content: bytes) -> None:
    """Runs the target; fails where it takes far too long or far too much."""
    tracemalloc.start()
    begun = time.process_time()
    try:
        target(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - begun < _SECONDS_MAX
    assert peak < _BYTES_MAX


SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(damaged(CSV) | st.binary(max_size=300))
def test_any_bytes_as_csv(content: bytes) -> None:
    bounded(any_csv, content)


@SETTINGS
@given(damaged(XML) | st.binary(max_size=300))
def test_any_bytes_as_xml(content: bytes) -> None:
    bounded(any_xml, content)


@SETTINGS
@given(st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")) | st.lists(PIECES).map(b"".join))
def test_any_bytes_as_a_name(content: bytes) -> None:
    bounded(any_name, content)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_multiplies_is_bounded(target: str) -> None:
    for content in (b"a," * 5_000, b"<a>" * 5_000, b'"' * 10_000, b"\n" * 2_000, b"9" * 80_000):
        bounded(TARGETS[target], content)
