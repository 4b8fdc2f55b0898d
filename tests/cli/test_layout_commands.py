"""``layout read`` and ``layout check`` as an operator calls them, without a settings file (operator contract 1, 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_connector.cli.main import run

SAMPLES = Path(__file__).parent.parent / "golden" / "samples"
LAYOUTS = Path(__file__).parents[2] / "src" / "ml_connector" / "layouts" / "shipped"


def document_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_file_is_shown_as_its_documents(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["layout", "read", str(SAMPLES / "csv/flat/L01.csv"), "--layout", "l01-flat", "--json"])

    shown = document_of(capsys)
    assert (code, shown["problems"]) == (0, [])
    assert [(each["external_id"], each["kind"], each["total"]) for each in shown["documents"]] == [
        ("900101", "invoice", "1284.50"),
        ("900102", "invoice", "742.10"),
        ("900103", "credit_memo", "215.00"),
        ("900104", "invoice", "1000.00"),
    ]


def test_a_set_reads_the_same_as_files_and_as_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    folder = SAMPLES / "csv/records/L04"
    command = ["layout", "read", "--layout", "l04-file-set", "--json"]

    assert run([*command, *map(str, sorted(folder.iterdir()))]) == 0
    files = document_of(capsys)
    assert run([*command, str(folder)]) == 0
    assert document_of(capsys) == files
    assert [len(each["lines"]) for each in files["documents"]] == [3, 3]


def test_every_data_file_of_a_folder_is_read_and_a_bad_one_needs_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "read", str(SAMPLES / "packed/L17"), "--layout", "l17-plain", "--json"]) == 1

    shown = document_of(capsys)
    assert [each["external_id"] for each in shown["documents"]] == ["900101", "900104", "900121", "900124"]
    assert [(each["code"], each["file"]) for each in shown["problems"]] == [
        ("file.empty", "invoices_20260306_0015.csv")
    ]


def test_the_feed_is_the_one_the_file_fits_or_the_one_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    file = SAMPLES.parent / "standard_csv" / "payments.one-of-each-state.csv"
    command = ["layout", "read", str(file), "--layout", "standard-csv", "--json"]

    assert run(command) == 0
    assert document_of(capsys)["documents"][0]["payment_id"] == "P-7001"
    assert run([*command, "--kind", "invoices"]) == 1
    assert document_of(capsys)["problems"][0]["code"] == "heading.missing"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["no-such-file.csv", "--layout", "l01-flat"], "cli.no_such_file"),
        ([str(SAMPLES / "csv/flat/L01.csv"), "--layout", "l1"], "layout.unknown_name"),
        ([str(SAMPLES / "csv/flat/L01.csv"), "--layout", "nowhere.toml"], "layout.unreadable"),
        ([str(SAMPLES / "csv/flat/L01.csv"), "--layout", "l01-flat", "--kind", "bills"], "cli.unknown_kind"),
        (["--layout", "l01-flat"], "cli.usage"),
    ],
)
def test_wrong_arguments_end_in_exit_2(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "read", *words, "--json"]) == 2
    assert document_of(capsys)["error"]["code"] == code


def test_a_sound_layout_is_checked_alone_and_with_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "check", "l01-flat", "--json"]) == 0
    assert document_of(capsys) == {"ok": True, "problems": []}
    assert run(["layout", "check", "l01-flat", str(SAMPLES / "csv/flat/L01.csv"), "--json"]) == 0
    assert document_of(capsys) == {"ok": True, "problems": []}
    assert run(["layout", "check", "l01-flat", str(SAMPLES / "csv/flat/L02.csv"), "--json"]) == 1
    assert document_of(capsys)["ok"] is False


def test_an_open_question_needs_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "check", "l11b-undecided", "--json"]) == 1

    assert [each["code"] for each in document_of(capsys)["problems"]] == ["layout.undecided"]


def test_a_wrong_key_of_a_layout_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((LAYOUTS / "flat/l01-flat.toml").read_text("utf-8").replace("noun", "nuon"), "utf-8")

    assert run(["layout", "check", str(wrong), "--json"]) == 2

    shown = document_of(capsys)
    assert (shown["ok"], shown["error"]["code"]) == (False, "layout.missing_key")
    assert "feeds.approved_invoices.noun is missing" in shown["problems"][0]["message"]


def test_a_layout_is_proposed_as_toml_that_reads_the_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample, layout = str(SAMPLES / "csv/flat/L01.csv"), tmp_path / "own.toml"

    assert run(["layout", "infer", sample]) == 0
    layout.write_text(capsys.readouterr().out, "utf-8")

    assert run(["layout", "check", str(layout), sample]) == 0


def test_an_open_question_is_told_with_its_choices_and_settled_by_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample, layout = str(SAMPLES / "csv/days/L11b.csv"), str(tmp_path / "own.toml")

    assert run(["layout", "infer", sample, "--output", layout]) == 1
    asked = capsys.readouterr()
    assert asked.out == ""
    assert "--answer days=CHOICE, one of: MM/DD/YYYY | DD/MM/YYYY" in asked.err
    assert run(["layout", "read", sample, "--layout", layout]) == 1
    assert run(["layout", "infer", sample, "--output", layout, "--answer", "days=DD/MM/YYYY"]) == 0
    capsys.readouterr()
    assert run(["layout", "read", sample, "--layout", layout, "--json"]) == 0
    assert [each["invoice_date"] for each in document_of(capsys)["documents"]] == ["2026-04-03", "2026-06-05"]


def test_the_json_of_a_proposal_holds_its_text_and_its_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "infer", str(SAMPLES / "csv/days/L11b.csv"), "--json"]) == 1

    shown = document_of(capsys)
    assert shown["layout"].startswith('name = "l11b"')
    assert shown["questions"] == [
        {
            "id": "days",
            "about": "In which order do day and month stand?",
            "evidence": "No day of the sample is above 12: MM/DD/YYYY or DD/MM/YYYY fits every cell.",
            "choices": ["MM/DD/YYYY", "DD/MM/YYYY"],
        }
    ]


def test_a_sample_nobody_can_read_needs_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "infer", str(SAMPLES / "xml/L15b.xml"), "--json"]) == 1

    assert document_of(capsys)["error"]["code"] == "file.doctype"


@pytest.mark.parametrize("answer", ["days=YYYY", "colour=red", "days"])
def test_an_answer_to_no_question_is_refused(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "infer", str(SAMPLES / "csv/days/L11b.csv"), "--answer", answer, "--json"]) == 2

    assert document_of(capsys)["error"]["code"] in ("layout.unknown_answer", "cli.usage")
