"""``sync --dry-run``: exactly what a pass would write and book, and nothing written anywhere."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.firm import CONNECTION, Firm, Outcome, running_firm
from tests.papers import approved, on_job, overhead, with_tax
from tests.scenarios.reading import SUB, fate_of
from tests.scenarios.test_payments import type_bill

TO_COME = "<NEW>"


def test_it_shows_the_very_requests_that_the_pass_then_sends(firm: Firm) -> None:
    firm.drop_invoices(
        approved("INV-1", overhead("84.30"), on_job("1200.07", "50300", "J2401/01/31-200")), approved("INV-2")
    )

    shown = dry(firm)
    firm.sync()

    planned = [(each["method"], each["path"], each["body"]) for row in rows(shown) for each in row["would_write"]]
    assert shown.exit_code == 0
    assert [(each["invoice_number"], each["state"], each["bill"]) for each in rows(shown)] == [
        ("INV-1", "ready", None),
        ("INV-2", "ready", None),
    ]
    assert by_request(planned) == by_request(
        [
            (each["method"], each["path"].lstrip("/"), with_number_to_come(exact(each["body"])))
            for each in firm.truth().writes()
        ]
    )


def test_it_shows_no_step_beyond_what_the_policy_asks(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy={"finish": "hold"}) as firm:
        firm.drop_invoices(approved("INV-1"))

        (row,) = rows(dry(firm))

    assert [each["method"] for each in row["would_write"]] == ["PUT"]


def test_the_entries_are_those_of_the_ledger_where_the_connector_decides_them(firm: Firm) -> None:
    firm.drop_invoices(
        approved("INV-1", overhead("1300.00"), overhead("-15.63", kind="Discount")),
        approved("CM-1", overhead("250.00"), kind="Credit Memo"),
        with_tax("INV-2", "7.25", overhead("100.00", tax_category="TAXABLE")),
    )

    shown = dry(firm)
    firm.sync()

    truth = firm.truth()
    for number, vendor in (("INV-1", "V10005"), ("CM-1", "V10005")):
        booked = truth.ledger_of(truth.bill_of(vendor, number))
        # The payables account's own subaccount is Acumatica's to choose.
        assert [(each[0], each[2], each[3], each[4]) for each in booked] == sorted(
            (each["account"], each["branch"], Decimal(each["debit"]), Decimal(each["credit"]))
            for each in shown.invoice(number)["entries"]
        )
    assert [tuple(each.values()) for each in shown.invoice("INV-2")["entries"]] == [
        ("61000", SUB, "MAIN", "100.00", "0.00"),
        (None, None, "MAIN", "7.25", "0.00"),
        ("20000", None, "MAIN", "0.00", "107.25"),
    ]
    assert shown.invoice("CM-1")["would_write"][0]["body"]["Type"] == {"value": "Debit Adj."}


def test_nothing_is_written_to_either_system_nor_kept(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"), name="approved_invoices_1.csv")
    assert firm.sync("all").exit_code == 0
    firm.drop_invoices(approved("INV-2"), approved("INV-3", vendor="V-NOBODY"), name="approved_invoices_2.csv")
    before, writes = everything_kept(firm), len(firm.truth().writes())

    shown = dry(firm, "all")

    assert (shown.exit_code, fate_of(shown, "INV-2"), fate_of(shown, "INV-3")) == (
        1,
        ("ready", None),
        ("needs_attention", None),
    )
    assert everything_kept(firm) == before
    assert len(firm.truth().writes()) == writes
    assert [row["invoice_number"] for row in firm.list_invoices().document] == ["INV-1"]


def test_feeds_are_shown_as_they_would_be_sent(firm: Firm) -> None:
    shown = dry(firm, "master-data").document["feeds"]
    sent = firm.sync("master-data").document["feeds"]

    assert [each["sent"] for each in shown] == [False] * len(sent)
    assert [each["file"] is None for each in shown] == [each["file"] is None for each in sent]
    for name in ("feed", "rows", "added", "changed", "removed"):
        assert [each[name] for each in shown] == [each[name] for each in sent]


def test_what_is_there_already_would_not_be_written(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"))
    type_bill(firm, "V10005", "INV-1", "1284.37")

    shown = dry(firm)

    assert fate_of(shown, "INV-1") == ("needs_attention", None)
    assert (rows(shown)[0]["would_write"], rows(shown)[0]["entries"]) == ([], [])
    assert [each["code"] for each in rows(shown)[0]["findings"]] == ["H02"]


def test_people_read_the_requests_and_the_entries_in_lines(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"))

    told = firm.run("sync", CONNECTION, "invoices", "--dry-run").output

    assert "would write: PUT entity/Default/24.200.001/Bill {" in told
    assert '"Amount": {"value": 1284.37}' in told
    assert "entry: 20000 MAIN: debit 0.00, credit 1284.37" in told


def dry(firm: Firm, flow: str = "invoices") -> Outcome:
    """``sync NAME flow --dry-run --json``."""
    outcome = firm.run("sync", CONNECTION, flow, "--dry-run", "--json")
    assert outcome.document["dry_run"] is True
    return outcome


def rows(outcome: Outcome) -> list[dict[str, Any]]:
    """The invoices of a pass."""
    return list(outcome.document["invoices"])


def exact(body: str) -> Any:
    """A body as it was sent."""
    return json.loads(body)


def with_number_to_come(body: Any) -> Any:
    """A body as it could be known before its bill had a number."""
    key = body.get("entity", body)
    if "ReferenceNbr" in key:
        key["ReferenceNbr"] = {"value": TO_COME}
    return body


def by_request(requests: list[tuple[str, str, Any]]) -> Counter[str]:
    """Requests without their order, which differs where several bills are finished together."""
    return Counter(json.dumps(each, sort_keys=True) for each in requests)


def everything_kept(firm: Firm) -> dict[str, str]:
    """Every file beside the settings and in Stampli's folders by its hash; the pace of requests is no record."""
    folder = firm.settings.parent
    files = [path for path in folder.rglob("*") if path.is_file() and ".pace" not in path.name]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
