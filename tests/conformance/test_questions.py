"""The questions to a sandbox, tried on the twin as if it were one: what they find is how the twin was set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ml_connector.acumatica.erp import AcumaticaErp
from ml_connector_twins.acumatica.state_file import load_switches
from ml_connector_twins.acumatica.switches import SWITCHES, Switches
from tests.conformance.answers import Told
from tests.conformance.grounds import on_the_twin
from tests.conformance.questions import QUESTIONS, ask_all, found_switches, write_switches

ROOT = Path(__file__).parents[2]
READ_ALONE: Mapping[str, str] = {}
WRITING = {"WRITES": "yes", "PAIRS": "3", "LAG_WRITES": "3", "CLOSED_ORDER": "Normal/PO-000310/1"}
KIND: dict[str, Any] = {}
UNKIND: dict[str, Any] = {
    "revocation_endpoint": "yes",
    "po_filter": "500",
    "filter_offset": "session",
    "query_length_max": 2500,
    "trap_scope": "filter",
    "optimizer_fails": ["Payment.ApplicationHistory", "Check.Details", "Bill.Applications", "Bill.Details"],
    "duplicate_ref_answer": "500_exception",
    "duplicate_ref_scope": "vendor+type",
    "duplicate_ref_compare": "exact",
    "duplicate_check_timing": "racy",
    "racy_seconds": 0.15,
    "own_id": "keep",
    "insert_only": "ignored",
    "release_answer": "204",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A twin set in some way, and what was found out about it."""

    told: Mapping[str, Told]
    left: list[str]


def asked(positions: Mapping[str, Any], given: Mapping[str, str]) -> Asked:
    with on_the_twin(positions) as ground:
        assert isinstance(ground.erp, AcumaticaErp)
        told = {each.question.number: each for each in ask_all(ground.erp, given, poll_seconds=0.02, run="ABC123")}
        left = [bill["VendorRef"] for bill in ground.control().bills() if bill["VendorRef"] != "WITNESS-1"]
        return Asked(told, left)


@pytest.fixture(scope="module")
def kind() -> Iterator[Asked]:
    yield asked(KIND, WRITING)


@pytest.fixture(scope="module")
def unkind() -> Iterator[Asked]:
    yield asked(UNKIND, WRITING)


def test_the_fourteen_calls_and_the_ten_experiments_are_all_there() -> None:
    named = {question.number.rstrip("abcdef") for question in QUESTIONS}
    assert named == {str(number) for number in range(1, 15)} | {f"E{number}" for number in range(1, 11)}


def test_every_question_has_a_line_with_a_verdict_and_a_day(kind: Asked) -> None:
    assert list(kind.told) == [question.number for question in QUESTIONS]
    assert {told.verdict for told in kind.told.values()} <= {"yes", "no", "not asked"}
    assert all(len(told.day) == 10 and told.render().startswith(told.question.number) for told in kind.told.values())


def test_where_nothing_may_be_written_nothing_is() -> None:
    with on_the_twin() as ground:
        assert isinstance(ground.erp, AcumaticaErp)
        told = list(ask_all(ground.erp, READ_ALONE))
        writes = [each for each in ground.control().requests() if each["method"] == "PUT"]
    assert writes == []
    assert {each.question.number for each in told if each.verdict == "not asked"} == {
        each.number for each in QUESTIONS if each.needs != "nothing"
    }


def test_a_site_as_the_documents_have_it_is_found_to_be_that(kind: Asked) -> None:
    found = found_switches(kind.told.values())
    assert {name: value for name, value in found.items() if value != SWITCHES[name].default} == {}
    assert kind.told["5"].answer.startswith("status 500 PX.Api.ContractBased.NoEntitySatisfies")
    assert kind.told["E1"].answer.startswith("On Hold -> Balanced -> On Hold -> Balanced; ")
    assert kind.told["E8"].answer == "same equal, other case equal, trailing blanks another, full-width another"
    assert [number for number, each in kind.told.items() if each.verdict == "not asked"] == ["2", "14", "E7", "E10"]


def test_a_site_that_is_otherwise_is_found_to_be_so(unkind: Asked) -> None:
    found = found_switches(unkind.told.values())
    wanted = {**UNKIND, "query_length_max": found["query_length_max"]}
    assert {name: found.get(name) for name in wanted if name != "racy_seconds"} == {
        name: value for name, value in wanted.items() if name != "racy_seconds"
    }
    assert 0 < int(str(found["query_length_max"])) <= 2500


def test_only_the_bill_that_was_released_stays_behind(kind: Asked) -> None:
    assert kind.left == ["MLABC123-HOLD"]


def test_where_bills_do_not_stay_on_hold_only_one_is_made() -> None:
    found = asked({"hold_honoured": "no"}, WRITING)
    assert (found.left, found.told["E1"].switches) == (["MLABC123-DUP"], {"hold_honoured": "no"})
    assert found.told["E3"].answer == "bills do not stay on hold here: no more are made"


def test_lists_that_lag_behind_are_timed() -> None:
    with on_the_twin() as ground:
        ground.control().turn(list_lag_seconds=0.3)
        assert isinstance(ground.erp, AcumaticaErp)
        told = {each.question.number: each for each in ask_all(ground.erp, {**WRITING, "LAG_WRITES": "1"})}
    assert told["E6"].verdict == "no"
    assert float(str(told["E6"].switches["list_lag_seconds"])) >= 0.2


def test_numbers_of_our_own_are_found_to_be_kept() -> None:
    with on_the_twin() as ground:
        ground.control().turn(manual_numbering="yes")
        assert isinstance(ground.erp, AcumaticaErp)
        [told] = [each for each in ask_all(ground.erp, WRITING, run="ABC123") if each.question.number == "E9"]
    assert (told.verdict, told.switches) == ("yes", {"manual_numbering": "yes", "insert_only": "honoured"})


def test_seats_and_the_minute_are_strained_only_where_that_is_said() -> None:
    given = {"STRAIN": "yes", "USERNAME": "connector", "PASSWORD": "connector-password", "TENANT": "HRB"}
    with on_the_twin({"login_limit_dress": "html"}) as ground:
        assert isinstance(ground.erp, AcumaticaErp)
        limited = {"code": 429, "headers": {"Retry-After": "7"}, "times": 0}
        ground.control().fault("status", method="GET", path=r"/Vendor\?.*select=VendorID$", nth=5, **limited)
        told = {each.question.number: each for each in ask_all(ground.erp, given)}
    assert (told["2"].verdict, told["2"].switches) == ("yes", {"login_limit_dress": "html"}), told["2"].answer
    assert told["E7"].render().endswith("after 4 reads: status 429; Retry-After 7 [retry_after=7]")


def test_the_file_of_the_answers_sets_a_twin(tmp_path: Path, unkind: Asked) -> None:
    path = tmp_path / "found.json"
    write_switches(path, unkind.told.values())
    positions = load_switches(path)
    Switches().turn(positions)
    assert positions["po_filter"] == "500"
    assert json.loads(path.read_text(encoding="utf-8"))["_answers"][0].startswith("1 ")


def test_the_command_asks_the_sandbox_that_the_environment_names(tmp_path: Path) -> None:
    with on_the_twin({"po_filter": "works"}) as ground:
        options = ground.site().options
        words = {
            "URL": ground.site().url,
            "TENANT": options.tenants[0],
            "VERSION": "24.200.001",
            "CLIENT_ID": options.client_id,
            "CLIENT_SECRET": options.client_secret,
            "USERNAME": options.username,
            "PASSWORD": options.password,
        }
        environment = {**os.environ, **{f"ML_CONNECTOR_SANDBOX_{name}": value for name, value in words.items()}}
        done = subprocess.run(
            [sys.executable, "-m", "tests.conformance.questions", str(tmp_path / "found.json")],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", len(QUESTIONS))
    assert load_switches(tmp_path / "found.json")["po_filter"] == "works"
