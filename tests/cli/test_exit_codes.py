"""What an error is worth as an exit code, and which one counts where several apply (`operator_contract.md 1`)."""

from __future__ import annotations

import pytest

from ml_connector.cli.exit_codes import exit_code_of, first_of
from ml_connector.errors import (
    ConfigurationError,
    ConnectorError,
    IntegrityError,
    ProgramError,
    RejectedError,
    TransientError,
    UncertainError,
)
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TransientError("later"), 3),
        (UncertainError("who knows"), 3),
        (ConfigurationError("there"), 3),
        (ConfigurationError("here", at="settings"), 2),
        (IntegrityError("broken"), 4),
        (RejectedError("refused"), 1),
        (ProgramError(ValueError("ours"), "trying"), 70),
        (ConnectorError("of no family"), 70),
    ],
)
def test_each_family_has_its_code(error: ConnectorError, code: int) -> None:
    assert exit_code_of(error) == code


@pytest.mark.parametrize(
    ("codes", "first"),
    [((), 0), ((0, 1), 1), ((1, 3), 3), ((1, 3, 2), 2), ((2, 4, 3), 4), ((1, 2, 3, 4, 70), 70)],
)
def test_the_gravest_counts(codes: tuple[int, ...], first: int) -> None:
    assert first_of(codes) == first


def test_a_system_out_of_reach_counts_before_a_person_who_is_needed(office: Office) -> None:
    office.drop_invoices(approved("INV-8842", vendor="V99999"))
    office.set_up(stampli={"inbound": "/nowhere"})

    outcome = office.run("sync", CONNECTION, "all", "--json")

    assert (outcome.exit_code, outcome.document["counts"]["invoices"]) == (3, {"needs_attention": 1})
    assert office.run("sync", CONNECTION, "invoices").exit_code == 1


def test_a_booked_invoice_whose_bill_is_gone_is_a_matter_of_integrity(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"), approved("INV-8842"))
    office.run("sync", CONNECTION, "invoices")
    office.people("remove_record", entity="Bill", keys=["Bill", "000001"])

    outcome = office.command("prove", CONNECTION, "--json")

    (row,) = outcome.document
    assert (outcome.exit_code, [entry["invoice_number"] for entry in row["missing"]]) == (4, ["INV-8841"])
    in_words = office.run("prove", CONNECTION)
    assert (in_words.exit_code, "missing" in in_words.output and "INV-8841" in in_words.output) == (4, True)


def test_foreign_letters_reach_any_terminal_and_stay_whole_in_json(office: Office) -> None:
    office.drop_invoices(approved("ÄÖ-8841"))
    plain = {"PYTHONIOENCODING": "ascii", "ML_CONNECTOR_CONFIG": str(office.settings)}

    synced = office.command("sync", CONNECTION, "invoices", "--json", variables=plain)
    in_words = office.command("invoice", "list", CONNECTION, variables=plain)

    assert (synced.exit_code, [row["invoice_number"] for row in synced.document["invoices"]]) == (0, ["ÄÖ-8841"])
    assert (in_words.exit_code, "-8841" in in_words.output, in_words.notes) == (0, True, "")
