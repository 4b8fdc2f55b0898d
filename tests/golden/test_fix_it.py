"""Refused rows go back as they came: what is given back of a sample reads to the refused documents again."""

from __future__ import annotations

import pytest

from ml_connector.layouts.reading import read_file_set
from ml_connector.layouts.returning.fix_it import return_refused
from ml_connector.layouts.shipped import load_shipped_layout
from tests.golden.test_samples import CASES, FOLDER, files_of

REASON = 'Vendor "V1", on hold; see | it.'
# What these files state of their documents holds for all of them, until a person mends it with the rows.
STATING = ("l03-record-types", "l19b-side-file", "l19c-counted-rows", "l19d-xml-batch")
# Attachments in an archive are not given back with the rows.
PACKED = ("l16b-archive",)
READ = [
    (layout, sample)
    for _, layout, sample in CASES
    if layout not in (*STATING, *PACKED, "l11b-undecided", "l15-xml-elements") and "h_mixed" not in sample
]


@pytest.mark.parametrize(("layout", "sample"), READ)
def test_what_is_given_back_reads_to_the_refused_documents_alone(layout: str, sample: str) -> None:
    known = load_shipped_layout(layout)
    feed, files = next(iter(known.feeds)), files_of(FOLDER / sample)
    documents = read_file_set(known, feed, files=files).documents
    refused = documents[1::2] or documents[:1]
    returned = return_refused(known, feed, files=files, refused={each.source.record: REASON for each in refused})
    if not refused:
        assert returned.files == ()
        return
    again = read_file_set(known, feed, files=dict(returned.files))
    assert [each.values for each in again.documents] == [each.values for each in refused]
    assert len(again.problems) <= sum(len(each.problems) for each in returned.unread)
    once = return_refused(
        known, feed, files=dict(returned.files), refused={each.source.record: REASON for each in again.documents}
    )
    # Where a heading names the reason, one that stands there makes room; the reader's own names the row it stands in.
    if not returned.unread and (known.format == "xml" or known.dialect.heading):
        assert once.files == returned.files


@pytest.mark.parametrize("layout", STATING)
def test_what_a_file_states_of_itself_goes_back_as_it_came(layout: str) -> None:
    known = load_shipped_layout(layout)
    feed = next(iter(known.feeds))
    files = next(files_of(FOLDER / sample) for _, each, sample in CASES if each == layout)
    first = read_file_set(known, feed, files=files).documents[0]
    returned = return_refused(known, feed, files=files, refused={first.source.record: REASON})
    beside = {name: content for name, content in files.items() if name not in dict(returned.files)}
    (problem,) = read_file_set(known, feed, files={**beside, **dict(returned.files)}).problems
    assert (problem.scope, problem.code) == ("file", "file.controls_differ")
