"""``layout infer`` on every sample: with what people answer it reads the sample exactly, without it reads nothing.

The answers say what no sample of these families can know: which of day and month comes first, whose codes are whose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ml_connector.layouts.document import render_documents
from ml_connector.layouts.inference.infer import infer_layout
from ml_connector.layouts.inference.interview import Known, Proposal
from ml_connector.layouts.inference.rendering import render_layout
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.reading import read_file_set
from ml_connector.layouts.shipped import SHIPPED_NAMES, example_names, load_shipped_layout
from ml_connector.layouts.writer import write_rows
from ml_connector.problems import Problem
from tests.golden.test_samples import FOLDER, comparable, expected_of, files_of

RECORDS = {
    "vendor_id": "column 4",
    "L-column-8": "po_number",
    "L-column-9": "po_line",
    "S-column-5": "account",
    "S-column-6": "subaccount",
    "S-column-7": "branch",
}
# Expected documents, sample, the questions it leaves open with their answers.
CASES: list[tuple[str, str, Mapping[str, str]]] = [
    ("flat/L01", "csv/flat/L01.csv", {}),
    ("flat/L02", "csv/flat/L02.csv", {"days": "MM/DD/YYYY", "account-parts": "account and branch"}),
    ("records/L03", "csv/records/L03.csv", RECORDS),
    ("records/L03_bad_trailer", "csv/records/L03_bad_trailer.csv", {**RECORDS, "FT-column-4": "total"}),
    ("records/L03b", "csv/records/L03b.csv", {}),
    ("records/L04", "csv/records/L04", {}),
    ("flat/L05b", "csv/flat/L05b.csv", {}),
    ("flat/L05c", "csv/flat/L05c.csv", {"shares": "account branch"}),
    ("flat/L05d", "csv/flat/L05d.csv", {"shares": "account branch"}),
    ("flat/L07a", "csv/flat/L07a.csv", {}),
    (
        "flat/L07b",
        "csv/flat/L07b.txt",
        {"vendor_id": "column 2", "invoice_number": "column 3", "column-6": "account", "column-7": "branch"},
    ),
    ("flat/L07c", "csv/flat/L07c.txt", {}),
    ("flat/L07d", "csv/flat/L07d.txt", {}),
    ("flat/L08", "csv/flat/L08.csv", {}),
    ("texts/L09a", "csv/texts/L09a_utf8.csv", {}),
    ("texts/L09b", "csv/texts/L09b_utf8_bom.csv", {}),
    ("texts/L09c", "csv/texts/L09c_utf16le.txt", {}),
    ("texts/L09d", "csv/texts/L09d_utf16be.csv", {}),
    ("texts/L09e", "csv/texts/L09e_cp1252.csv", {"encoding": "cp1252"}),
    ("xml/L09f", "xml/L09f_iso8859_2.xml", {}),
    ("texts/L09g", "csv/texts/L09g_twice_utf8.csv", {}),
    ("days/L11a", "csv/days/L11a.csv", {"invoice_date": "exported_date", "zone": "America/New_York"}),
    ("days/L11b_month_first", "csv/days/L11b.csv", {"days": "MM/DD/YYYY"}),
    ("days/L11b_day_first", "csv/days/L11b.csv", {"days": "DD/MM/YYYY"}),
    ("days/L11c", "csv/days/L11c.csv", {}),
    ("xml/L12", "xml/L12.xml", {}),
    ("xml/L14", "xml/L14.xml", {}),
    ("xml/L15a_ignore", "xml/L15a.xml", {"doctype": "ignore"}),
    ("xml/L15a_reject", "xml/L15a.xml", {"doctype": "refuse"}),
    ("xml/L16a", "xml/L16a.xml", {}),
    ("packed/L16b", "packed/L16b", {}),
    ("packed/L16c", "packed/L16c", {}),
    ("packed/L18", "packed/L18.csv.gz", {}),
    ("packed/L18", "packed/L18.zip", {}),
    ("packed/L19b", "packed/L19b", {}),
    ("packed/L19b_bad", "packed/L19b_bad", {}),
    ("flat/L19c", "csv/flat/L19c.csv", {}),
    ("xml/L19d", "xml/L19d.xml", {}),
    ("packed/L21_20260305", "packed/L21/invoices_20260305.csv", {}),
    ("packed/L21_20260306", "packed/L21/invoices_20260306.csv", {}),
    ("flat/L24", "csv/flat/L24.csv", {}),
]
# Nothing names the columns of these, so that each needs an answer.
WITHOUT_HEADING = ("records/L03", "records/L03_bad_trailer", "flat/L07b")
QUESTIONS_MAX = 2


def proposed(files: Mapping[str, bytes], answers: Mapping[str, str], known: Known | None = None) -> Proposal:
    found = infer_layout(files, answers=answers, known=known)
    assert isinstance(found, Proposal), found
    return found


def read(proposal: Proposal, files: Mapping[str, bytes]) -> Any:
    feed = next(iter(proposal.layout.feeds))
    return render_documents(read_file_set(proposal.layout, feed, files=files))


@pytest.mark.parametrize(("expected", "sample", "answers"), CASES)
def test_a_sample_and_the_answers_to_its_questions_give_a_layout_that_reads_it_exactly(
    expected: str, sample: str, answers: Mapping[str, str]
) -> None:
    files = files_of(FOLDER / sample)
    proposal = proposed(files, answers)

    shown = read(proposal, files)
    wanted = expected_of(expected)
    assert proposal.questions == ()
    assert comparable(shown["documents"]) == comparable(wanted["documents"])
    assert len(shown["problems"]) == len(wanted["problems"])


@pytest.mark.parametrize(("expected", "sample", "answers"), [each for each in CASES if each[2]])
def test_what_a_sample_leaves_open_is_asked_and_nothing_is_read_until_it_is_answered(
    expected: str, sample: str, answers: Mapping[str, str]
) -> None:
    files = files_of(FOLDER / sample)
    proposal = proposed(files, {})

    shown = read(proposal, files)
    assert {each.id for each in proposal.questions} == set(answers)
    assert (shown["documents"], {each["code"] for each in shown["problems"]}) == ([], {"layout.undecided"})
    assert all(answers[each.id] in each.choices and each.evidence for each in proposal.questions)


def test_a_sample_with_a_heading_leaves_two_questions_at_most() -> None:
    headed = [each for each in CASES if each[0] not in WITHOUT_HEADING]
    counted = {sample: len(proposed(files_of(FOLDER / sample), {}).questions) for _, sample, _ in headed}

    assert max(counted.values()) <= QUESTIONS_MAX


CODES = ("vendor_id", "vendor_name", "account", "subaccount", "branch", "project", "task", "cost_code", "po_number")


def codes_of(value: object) -> Iterator[tuple[str, str]]:
    """Member and code, wherever one stands in the documents."""
    if isinstance(value, dict):
        yield from ((name, each) for name, each in value.items() if name in CODES and isinstance(each, str))
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from codes_of(each)


@pytest.fixture(scope="module")
def known() -> Known:
    """Master data of a firm that has every code of the samples."""
    found: dict[str, set[str]] = {}
    for expected, _, _ in CASES:
        for name, code in codes_of(expected_of(expected)["documents"]):
            found.setdefault(name, set()).add(code)
    return Known({name: frozenset(each) for name, each in found.items()}, "America/New_York")


@pytest.mark.parametrize(("expected", "sample", "answers"), [each for each in CASES if each[0] not in WITHOUT_HEADING])
def test_with_the_codes_of_a_connection_one_question_is_left_at_most(
    expected: str, sample: str, answers: Mapping[str, str], known: Known
) -> None:
    files = files_of(FOLDER / sample)
    asked = proposed(files, {}, known).questions
    proposal = proposed(files, {each.id: answers[each.id] for each in asked}, known)

    assert (len(asked) <= 1, proposal.questions) == (True, ())
    assert comparable(read(proposal, files)["documents"]) == comparable(expected_of(expected)["documents"])


@pytest.mark.parametrize("name", ["L22_vendors", "L22_purchase_orders", "L23"])
def test_a_sample_of_what_we_write_gives_a_layout_that_writes_its_bytes(name: str) -> None:
    wanted = expected_of(f"written/{name}")
    content = (FOLDER / "written" / f"{name}.csv").read_bytes()
    proposal = proposed({f"{name}.csv": content}, {})

    assert proposal.questions == ()
    assert write_rows(proposal.layout, wanted["feed"], wanted["rows"]) == content


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *example_names()])
def test_every_layout_is_the_same_after_it_was_rendered(name: str) -> None:
    layout = load_shipped_layout(name)

    assert parse_layout(render_layout(layout), name) == layout


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("xml/L15b.xml", "file.doctype"),
        ("xml/L15c.xml", "file.doctype"),
        ("packed/L18_nested.zip", "file.archive_refused"),
        ("packed/L17/readme.txt", "file.no_table"),
        ("packed/L17/invoices_20260306_0015.csv", "file.empty"),
    ],
)
def test_a_sample_that_no_layout_reads_is_refused_with_its_reason(sample: str, code: str) -> None:
    found = infer_layout(files_of(FOLDER / sample), answers={})

    assert isinstance(found, Problem)
    assert found.code == code
