"""``backup`` and ``restore``: all that a connection knows, in one file, into an empty store of another place."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ml_connector.cli.installation import verify_audit
from tests.firm import CONNECTION, Firm
from tests.papers import approved


def test_a_backup_restored_elsewhere_knows_all_and_books_nothing_again(firm: Firm, tmp_path: Path) -> None:
    firm.drop_invoices(approved("INV-1"), approved("INV-2", vendor="V-NOBODY"), name="approved_invoices_1.csv")
    firm.drop("approved_invoices_2.csv", (firm.twins.stampli.folders.outbound / "approved_invoices_1.csv").read_bytes())
    text = firm.settings.read_text(encoding="utf-8")
    firm.settings.write_text(text.replace("[store]", '[store]\ndigests = "second"', 1), encoding="utf-8")
    firm.sync("all")
    known = firm.list_invoices().document
    trail = firm.verify_audit().document
    kept = tmp_path / "kept" / "monday.tar"
    kept.parent.mkdir()

    taken = firm.run("backup", str(kept), "--json")
    elsewhere = moved(firm, tmp_path / "elsewhere")
    back = elsewhere.run("restore", str(kept), "--json")

    assert (taken.exit_code, back.exit_code) == (0, 0), back.notes
    assert back.document == taken.document
    assert taken.document["heads"] == {CONNECTION: {"entries": trail["entries"], "head": trail["head"]}}
    key = (firm.settings.parent / "var" / "master.key").read_bytes().strip()
    assert not any(each in kept.read_bytes() for each in (key, firm.twins.erp.options.password.encode()))
    assert elsewhere.list_invoices().document == known
    assert elsewhere.list_files().document == firm.list_files().document
    verified = elsewhere.verify_audit().document
    assert (verified["ok"], verified["entries"]) == (True, trail["entries"] + 1)
    exported = firm.run("audit", "export", CONNECTION, "--output", str(tmp_path / "trail.zip"), "--json")
    assert (exported.exit_code, exported.document["digests"]) == (0, 2)
    assert verify_audit.main([str(tmp_path / "trail.zip"), "--digests", str(tmp_path / "second")]) == 0
    bills = len(firm.truth().bills)
    elsewhere.sync("all")
    assert len(firm.truth().bills) == bills
    assert elsewhere.run("restore", str(kept), "--json").document["error"]["code"] == "store.not_empty"


def moved(firm: Firm, folder: Path) -> Firm:
    """The same connection set up in another folder, its store empty, the master key put back."""
    (folder / "var").mkdir(parents=True)
    shutil.copy(firm.settings, folder / firm.settings.name)
    shutil.copy(firm.settings.parent / "var" / "master.key", folder / "var" / "master.key")
    return replace(firm, settings=folder / firm.settings.name)
