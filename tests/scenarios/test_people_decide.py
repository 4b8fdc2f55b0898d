"""What an AP clerk decides about one invoice, through the commands: exit codes, words, the trail and what is booked."""

from __future__ import annotations

import getpass
from typing import Any

from tests.firm import CONNECTION, Firm, Outcome
from tests.papers import approved, overhead
from tests.scenarios.reading import assert_nothing_booked, codes_of, fate_of, proven


def decide(firm: Firm, act: str, name: str, *options: str) -> Outcome:
    """``invoice act NAME ID --json``."""
    return firm.run("invoice", act, CONNECTION, name, "--json", *options)


def typed(firm: Firm, reference: str, amount: str, **fields: Any) -> str:
    """A person enters a bill and releases it; its number."""
    line = {"Account": "61000", "Branch": "MAIN", "Qty": "1", "ExtendedCost": amount}
    bill = {"Vendor": "V10005", "VendorRef": reference, "Date": "2026-10-05", "Details": [line], **fields}
    return str(firm.people("type_bill", bill=bill, finish="release")["ReferenceNbr"])


def last_words(firm: Firm, name: str) -> tuple[str, str]:
    """Actor and note of the last entry of an invoice's story."""
    entry = firm.show_invoice(name).document["history"][-1]
    return entry["actor"], entry["note"]


def test_a_look_alike_is_accepted_and_booked_and_the_story_names_who_and_why(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-8841"))
    firm.sync()
    near = approved("INV-884I", overhead("50.00"))
    firm.drop_invoices(near, name="approved_invoices_2.csv")
    parked = firm.sync()
    assert (parked.exit_code, codes_of(parked, "INV-884I")) == (1, ["H03"])

    accepted = decide(firm, "accept", near.stampli_id, "--reason", "another meter")

    assert (accepted.exit_code, accepted.document["state"]) == (0, "ready")
    assert set(accepted.document) == set(parked.document["invoices"][0])
    actor, note = last_words(firm, near.stampli_id)
    assert (actor, note.startswith(f"accepted by {actor}: another meter; ")) == (getpass.getuser(), True)
    again = decide(firm, "accept", near.stampli_id)
    assert (again.exit_code, again.document) == (0, accepted.document)
    assert fate_of(firm.sync(), "INV-884I") == ("posted", "Open")
    assert proven(firm) == (0, "0.00", 2, "0.00")
    assert firm.verify_audit().exit_code == 0


def test_what_stops_is_not_accepted(firm: Firm) -> None:
    bad = approved("INV-1", vendor="V99999")
    firm.drop_invoices(bad)
    firm.sync()
    refused = decide(firm, "accept", bad.stampli_id)
    assert (refused.exit_code, refused.document["error"]["code"]) == (1, "invoice.not_possible")
    assert "V01" in refused.document["error"]["message"]


def test_a_refused_invoice_is_never_posted(firm: Firm) -> None:
    invoice = approved("INV-1", vendor="V99999")
    firm.drop_invoices(invoice)
    firm.sync()
    refused = decide(firm, "reject", invoice.stampli_id, "--reason", "not ours")
    assert (refused.exit_code, refused.document["state"]) == (0, "rejected")
    assert firm.sync().exit_code == 0
    assert_nothing_booked(firm)
    in_words = firm.run("invoice", "reject", CONNECTION, invoice.stampli_id)
    assert (in_words.exit_code, "Refused already" in in_words.output) == (0, True)


def test_a_bill_typed_by_hand_stands_for_the_invoice_and_is_proven(firm: Firm) -> None:
    number = typed(firm, "INV-8841", "1284.37")
    invoice = approved("INV-8841", overhead("1284.37"))
    firm.drop_invoices(invoice)
    assert codes_of(firm.sync(), "INV-8841") == ["H02"]

    handled = decide(firm, "handled", invoice.stampli_id, "--bill", f"Bill/{number}")

    assert (handled.exit_code, handled.document["state"]) == (0, "handled_by_hand")
    assert handled.document["bill"] | {"id": ""} == {"type": "Bill", "number": number, "id": "", "status": "Open"}
    assert firm.sync().exit_code == 0
    assert [bill["ReferenceNbr"] for bill in firm.truth().bills] == [number]
    assert proven(firm)[:2] == (0, "0.00")


def test_a_bill_of_another_amount_needs_a_reason(firm: Firm) -> None:
    number = typed(firm, "INV-8841", "1284.00")
    invoice = approved("INV-8841", overhead("1284.37"))
    firm.drop_invoices(invoice)
    firm.sync()
    bill = ("--bill", f"Bill/{number}")
    silent = decide(firm, "handled", invoice.stampli_id, *bill)
    assert (silent.exit_code, silent.document["error"]["code"]) == (1, "invoice.bill_differs")
    assert "its amount is 1,284.00, the invoice's 1,284.37" in silent.document["error"]["message"]
    assert decide(firm, "handled", invoice.stampli_id, *bill, "--reason", "rounded").exit_code == 0


def test_wrong_words_are_told_as_such(firm: Firm) -> None:
    assert decide(firm, "handled", "ST-NONE", "--bill", "000001").document["error"]["code"] == "cli.usage"
    assert decide(firm, "accept", "ST-NONE").document["error"]["code"] == "cli.unknown_invoice"
