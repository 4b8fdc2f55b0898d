"""``sync`` by hand from a settings file, against real OpenSSH and the Acumatica twin."""

from __future__ import annotations

from pathlib import Path

from tests.firm import CONNECTION
from tests.office import running_office
from tests.papers import approved, on_rental_order, overhead


def test_one_pass_of_all_does_the_whole_job_and_the_next_has_nothing_to_do(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop_invoices(
            approved("INV-8841", overhead("1284.37")), approved("MR-5531", on_rental_order("6450.00"), vendor="V10004")
        )
        first = office.sync("all")
        landed = sorted(path.name for path in office.inbound.iterdir())
        again = office.sync("all")

        assert (first.exit_code, again.exit_code) == (0, 0), (first.notes, again.notes)
        assert [name.partition("_20")[0] for name in landed] == [
            "accounts",
            "dimensions",
            "purchase_orders",
            "subaccounts",
            "vendors",
        ]
        assert not [name for name in landed if name.startswith(".") or name.endswith(".part")]
        assert office.bills() == [("INV-8841", "1284.37", "Open"), ("MR-5531", "6450.00", "Open")]
        resent = {row["feed"] for row in again.document["feeds"] if row["sent"]}
        assert resent == {"purchase_orders"}
        assert office.files() == {"approved_invoices_1.csv": ("settled", 2)}
        (proof,) = office.run("prove", CONNECTION, "--json").document
        assert (proof["booked_once"], proof["residual"]) == (2, "0.00")


def test_the_document_of_a_pass_has_the_promised_members(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop_invoices(approved("INV-8841", overhead("1284.37")))
        document = office.sync("all").document

        assert {"connection", "flow", "started_at", "ended_at", "dry_run", "requests", "feeds", "files", "invoices",
                "payments", "counts"} <= document.keys()  # fmt: skip
        assert document["dry_run"] is False
        assert document["requests"].keys() == {"acumatica", "retried", "throttled"}
        (invoice,) = document["invoices"]
        assert invoice["bill"].keys() == {"type", "number", "id", "status"}
        assert {"id", "external_id", "vendor_id", "invoice_number", "total", "state", "findings"} <= invoice.keys()
        story = office.run("invoice", "show", CONNECTION, invoice["bill"]["number"], "--json").document
        assert {"document", "history", "requests", "file", "payments"} <= story.keys()
        assert office.run("audit", "verify", CONNECTION, "--json").document["ok"] is True
