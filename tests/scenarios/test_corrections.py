"""An invoice that Stampli exports again with other content after its bill exists: on hold it is changed by its key, row
by row; released it is a person's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.firm import CONNECTION, Firm, running_firm
from tests.papers import approved, on_job, overhead
from tests.scenarios.reading import codes_of, codings_of, fate_of, proven

FIRST = approved("INV-8841", overhead("100.00"), on_job("50.00", "50300", "J2401/01/31-200"), overhead("25.00"))
LATER = replace(
    approved("INV-8841", overhead("90.00"), on_job("50.00", "50300", "J2401/03/03-300"), total=Decimal("140.00")),
    stampli_id=FIRST.stampli_id,
)


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[Firm]:
    """The firm with bills left on hold."""
    with running_firm(tmp_path, policy={"finish": "hold"}) as firm:
        yield firm


def correct(firm: Firm) -> None:
    """Stampli exports the first version, a pass books it, then the later one."""
    firm.drop_invoices(FIRST)
    assert firm.sync().exit_code == 0
    firm.drop_invoices(LATER, name="approved_invoices_2.csv")


def test_the_bill_on_hold_is_changed_row_by_row_and_stays_one(holding: Firm) -> None:
    correct(holding)

    outcome = holding.sync()

    (bill,) = holding.truth().bills
    assert (outcome.exit_code, fate_of(outcome, "INV-8841")) == (0, ("on_hold", "On Hold"))
    assert (bill["ReferenceNbr"], Decimal(bill["Balance"])) == ("000001", Decimal("140.00"))
    assert sorted(codings_of(bill)) == [
        (Decimal("50.00"), "50300/J2401/03/03-300"),
        (Decimal("90.00"), "61000/X/-/-"),
    ]
    assert proven(holding) == (0, "0.00", 1, "0.00")
    change = holding.truth().writes()[-1]
    assert change["method"] == "PUT"
    rows = json.loads(change["body"])["Details"]
    assert sorted((row.get("delete", False), "id" in row) for row in rows) == [
        (False, False),
        (False, True),
        (True, True),
        (True, True),
    ]
    again = holding.sync()
    assert (again.exit_code, len(holding.truth().writes())) == (0, 2)


def test_a_dry_run_shows_the_change_and_writes_nothing(holding: Firm) -> None:
    correct(holding)
    before = len(holding.truth().writes())

    drafted = holding.run("sync", CONNECTION, "invoices", "--dry-run", "--json")

    (write,) = drafted.document["invoices"][0]["would_write"]
    assert (drafted.exit_code, write["method"], len(holding.truth().writes())) == (0, "PUT", before)
    assert holding.sync().exit_code == 0
    assert json.loads(holding.truth().writes()[-1]["body"]) == write["body"]


def test_a_released_bill_stays_and_a_person_reads_what_differs(firm: Firm) -> None:
    correct(firm)

    outcome = firm.sync()

    (bill,) = firm.truth().bills
    assert (outcome.exit_code, fate_of(outcome, "INV-8841")) == (1, ("needs_attention", "Open"))
    assert set(codes_of(outcome, "INV-8841")) == {"C04"}
    told = {each["field"]: (each["expected"], each["found"]) for each in outcome.invoice("INV-8841")["findings"]}
    assert told["total"] == ("175.00", "140.00")
    assert Decimal(bill["Balance"]) == Decimal("175.00")
