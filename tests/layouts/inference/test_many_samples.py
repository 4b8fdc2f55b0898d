"""The same invoices under many headings, orders, delimiters and styles: none of them is read wrong in silence."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal
from random import Random

from ml_connector.layouts.inference.infer import infer_layout
from ml_connector.layouts.inference.interview import Proposal
from ml_connector.layouts.reading import read_document_file

WORDS = {
    "vendor_id": ["Vendor ID", "Supplier Code", "Lieferantennummer", "Kreditor", "Code fournisseur", "Proveedor"],
    "invoice_number": ["Invoice #", "InvoiceNbr", "Bill No", "Rechnungsnummer", "N° facture", "Número de factura"],
    "invoice_date": ["Invoice Date", "INV_DT", "Date", "Rechnungsdatum", "Date facture", "Fecha factura"],
    "due_date": ["Due Date", "DUE_DT", "Fälligkeit", "Échéance", "Vencimiento"],
    "total": ["Invoice Total", "INV_AMT", "Total", "Gesamtbetrag", "Montant TTC", "Importe total"],
    "description": ["Line Description", "LN_DESC", "Buchungstext", "Libellé", "Descripción línea"],
    "account": ["GL Account", "Account", "Sachkonto", "Compte", "Cuenta"],
    "amount": ["Line Amount", "LN_AMT", "Net Amount", "Nettobetrag", "Montant HT", "Importe línea"],
}
HEADER = ("vendor_id", "invoice_number", "invoice_date", "due_date", "total")
PAPER = [("61000", "Copy paper", "1200.00"), ("61900", "Freight", "84.50")]
DOCUMENTS = [
    ("V001042", "NG-55871", date(2026, 3, 14), date(2026, 4, 13), PAPER),
    ("V003007", "CM-118", date(2026, 3, 16), date(2026, 4, 15), [("61250", "Returned lamps", "-215.00")]),
    ("V001500", "8812-2026-02", date(2026, 3, 1), date(2026, 3, 31), [("64100", "Power Feb", "1000.00")]),
]
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y")
STYLES = ((".", ""), (".", ","), (",", "."), (",", ""), (",", " "))
SAMPLES = 80
Read = list[tuple[object, ...]]


def figure(amount: Decimal, style: tuple[str, str]) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", style[0]).replace("_", style[1])


def sample(random: Random) -> str:
    """The documents as one customer might send them."""
    names = {member: random.choice(words) for member, words in WORDS.items()}
    order = list(WORDS)
    if random.random() < 0.2:
        random.shuffle(order)
    day, style = random.choice(DAYS), random.choice(STYLES)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=random.choice(",;\t|"), lineterminator="\n")
    writer.writerow([names[each] for each in order])
    carried = random.random() < 0.2
    for vendor, number, on, due, lines in DOCUMENTS:
        total = sum((Decimal(amount) for _, _, amount in lines), Decimal(0))
        for at, (account, words, amount) in enumerate(lines):
            cells = {
                "vendor_id": vendor,
                "invoice_number": number,
                "invoice_date": on.strftime(day),
                "due_date": due.strftime(day),
                "total": figure(total, style),
                "description": words,
                "account": account,
                "amount": figure(Decimal(amount), style),
            }
            writer.writerow(["" if carried and at and each in HEADER else cells[each] for each in order])
    return text.getvalue()


def read(proposal: Proposal, text: str) -> Read:
    found: Read = []
    for each in read_document_file(proposal.layout, "approved_invoices", name="s.csv", content=text.encode()).documents:
        lines = each.values["lines"]
        assert isinstance(lines, list)
        parts = [(line["account"], line["amount"]) for line in lines]
        found.append((*(each.values[member] for member in HEADER[:4]), parts))
    return found


def test_no_sample_is_read_wrong_without_a_question() -> None:
    wanted: Read = [
        (vendor, number, on, due, [(account, abs(Decimal(amount))) for account, _, amount in lines])
        for vendor, number, on, due, lines in DOCUMENTS
    ]
    counted: Counter[str] = Counter()
    for seed in range(SAMPLES):
        text = sample(Random(seed))
        proposal = infer_layout({"s.csv": text.encode()}, answers={})
        assert isinstance(proposal, Proposal), text
        if proposal.questions:
            counted["asked"] += 1
        else:
            counted["right" if read(proposal, text) == wanted else f"wrong {seed}"] += 1

    assert counted["right"] >= SAMPLES * 0.9
    assert counted["right"] + counted["asked"] == SAMPLES, counted
