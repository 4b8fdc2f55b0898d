"""`connection check`: every stage in its order, reads only, and what it fixes of a connection's identity."""

from __future__ import annotations

import pytest

from tests.cli.refusals import STAGES
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved

SKIPPED = {"tls", "write_rights", "preferences", "licence", "inbound_write", "outbound_read"}


def test_a_good_connection_passes_stage_by_stage_and_nothing_is_written(office: Office) -> None:
    outcome = office.check()

    stages = outcome.document["stages"]
    assert (outcome.exit_code, outcome.notes, outcome.document["ok"]) == (0, "", True)
    assert [(row["system"], row["stage"]) for row in stages] == STAGES
    assert {row["stage"] for row in stages if row["result"] != "pass"} == SKIPPED
    assert all(set(row) == {"system", "stage", "result", "seconds", "message", "fix"} for row in stages)
    assert "error" not in outcome.document
    assert (office.truth().writes(), office.sent_names(), office.bills()) == ([], [], [])


def test_with_a_probe_a_file_is_written_and_taken_away_again(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))

    outcome = office.check("--probe")

    results = {row["stage"]: row["result"] for row in outcome.document["stages"] if row["system"] == "stampli"}
    assert (outcome.exit_code, set(results.values()), office.sent_names()) == (0, {"pass"}, [])


def test_in_words_every_stage_is_a_line_and_a_failed_one_says_what_to_do(office: Office) -> None:
    office.set_up(stampli={"username": "nobody-here"})

    outcome = office.command("connection", "check", CONNECTION)

    lines = [line.split() for line in outcome.output.splitlines() if not line.startswith(" ")]
    assert (outcome.exit_code, [(line[0], line[1]) for line in lines]) == (3, STAGES)
    assert "refused to sign in nobody-here" in outcome.output
    assert "Check stampli.username" in outcome.output


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("stampli", "company", "HRB02", ("stampli.company", "'HRB01'", "'HRB02'")),
        ("acumatica", "url", "http://localhost:{port}", ("acumatica.url", "http://127.0.0.1:", "http://localhost:")),
    ],
)
def test_another_system_than_the_first_checked_one_is_refused_until_confirmed(
    office: Office, section: str, key: str, value: str, words: tuple[str, ...]
) -> None:
    office.drop_invoices(approved("INV-8841"))
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    office.set_up(**{section: {key: value.format(port=office.twins.erp.url.rpartition(":")[2])}})

    for command in (("sync", CONNECTION, "all"), ("prove", CONNECTION), ("reconcile", CONNECTION)):
        refused = office.run(*command, "--json")
        error = refused.document["error"]
        assert (refused.exit_code, error["code"], error["stage"]) == (2, "settings.identity_differs", "settings")
        assert all(word in error["message"] for word in words) and "--new-identity" in error["fix"]
    checked = office.check()
    assert (checked.exit_code, checked.document["error"]["code"]) == (2, "settings.identity_differs")
    assert (checked.document["ok"], len(checked.document["stages"])) == (False, len(STAGES))
    assert (office.bills(), office.sent_names()) == ([], [])

    assert office.check("--new-identity").exit_code == 0
    assert (office.run("sync", CONNECTION, "all").exit_code, office.bills()) == (0, [("INV-8841", "Open")])


def test_an_invoice_keeps_its_identity_when_the_system_moves(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.run("sync", CONNECTION, "all")
    office.set_up(acumatica={"url": office.twins.erp.url.replace("127.0.0.1", "localhost")})
    assert office.check("--new-identity").exit_code == 0
    office.drop_invoices(approved("INV-8841"), approved("INV-8842"), name="approved_invoices_2.csv")

    outcome = office.run("sync", CONNECTION, "all", "--json")

    assert (outcome.exit_code, office.bills()) == (0, [("INV-8841", "Open"), ("INV-8842", "Open")])
    assert [row["residual"] for row in office.prove().document] == ["0.00"]


def test_another_tenant_is_refused_by_the_canary_and_nothing_is_posted(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    (vendor,) = office.read("SELECT canary_vendor FROM connection")[0]
    office.people("change_key", entity="Vendor", keys=[vendor], to=["V99998"])
    office.people("add_vendor", code=vendor, name="Somebody else", status="Active", terms="30D", currency="USD")

    refused = office.run("sync", CONNECTION, "all", "--json")

    error = refused.document["error"]
    assert (refused.exit_code, error["code"], error["stage"]) == (3, "acumatica.wrong_tenant", "sign_in")
    assert vendor in error["message"] and "--new-canary" in error["fix"]
    assert (office.bills(), office.sent_names(), office.leases_held()) == ([], [], [])
    assert office.check("--new-canary").exit_code == 0
    assert office.run("sync", CONNECTION, "all").exit_code == 0
