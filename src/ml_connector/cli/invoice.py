"""``invoice``: list and show; replay runs one again; accept, reject and handled are what a person decides about one."""

from __future__ import annotations

import getpass
from typing import Literal

from ml_connector.bootstrap import open_connection
from ml_connector.bootstrap import replay_invoice as replay
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import ProgressBar, print_findings, print_json, print_line, print_table
from ml_connector.cli.sync import tell_result

Act = Literal["accept", "reject", "handled"]


def list_invoice(name: str, *, state: str | None = None, options: Options = NO_OPTIONS) -> int:
    """List what became of each approved invoice.

    Parameters
    ----------
    name
        The connection.
    state
        Only invoices in this state.
    """
    with open_connection(options.config, name) as house:
        rows = house.list_invoices(state)
    if options.json:
        print_json(rows)
        return DONE
    names = ("id", "external_id", "vendor_id", "invoice_number", "total", "state")
    print_table(
        (*names, "bill", "findings"),
        [[*(row[name] for name in names), _bill(row["bill"]), _codes(row["findings"])] for row in rows],
    )
    return DONE


def show_invoice(name: str, id: str, *, options: Options = NO_OPTIONS) -> int:
    """Tell the whole story of one invoice.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, the external id, or a bill number.
    """
    with open_connection(options.config, name) as house:
        story = house.show_invoice(id)
    if options.json:
        print_json(story)
        return DONE
    print_line(
        f"{story['invoice_number']} of {story['vendor_id']}, {story['total']}: {story['state']} {_bill(story['bill'])}"
    )
    print_findings(_rows(story["findings"]))
    for entry in _rows(story["history"]):
        print_line(f"  {entry['at']}  {entry['state']:<16} {entry['note']}")
    for request in _rows(story["requests"]):
        print_line(f"  {request['at']}  {request['method']} {request['path']} {request['status'] or 'no answer'}")
    file = story["file"]
    if isinstance(file, dict):
        print_line(f"  from {file['name']}, record {file['record']}, lines {file['lines']}")
    for payment in _rows(story["payments"]):
        print_line(f"  payment {payment['payment_id']}: {payment['result']} {payment['code'] or ''}")
    return DONE


def replay_invoice(name: str, id: str, *, options: Options = NO_OPTIONS) -> int:
    """Run an invoice again from its stored original; one that is booked is only held against its bill.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, the external id, or a bill number.
    """
    with ProgressBar() as progress, open_connection(options.config, name, progress=progress) as house:
        result = replay(house, id, actor=getpass.getuser())
    return tell_result(result, print_replayed, options=options)


def print_replayed(shown: dict[str, object]) -> None:
    """What the replay of one invoice came to, in words."""
    place = f"{shown['state']} {_bill(shown['bill'])}".rstrip()
    result = str(shown["result"]).replace("_", " ")
    print_line(f"{shown['invoice_number']} of {shown['vendor_id']}, {shown['total']}: {result}; {place}")
    for each in _rows(shown["differences"]):
        print_line(f"      {each['field']}: sent {each['expected']}, now {each['found']}")
    print_findings(_rows(shown["document"]))
    if not shown["read"]:
        print_line("      It is not in its file any more as that is read now; see the layout.")
    print_findings(_rows(shown["findings"]))


def accept_invoice(name: str, id: str, *, reason: str = "", options: Options = NO_OPTIONS) -> int:
    """Let the findings of an invoice that ask for a review pass; exactly what was accepted is what is posted.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, the external id, or a bill number.
    reason
        Why; it stands on record with your user name.
    """
    return _decide(name, id, "accept", reason, options=options)


def reject_invoice(name: str, id: str, *, reason: str = "", options: Options = NO_OPTIONS) -> int:
    """Refuse an invoice for good; a bill that exists stays in Acumatica as it is.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, the external id, or a bill number.
    reason
        Why; it stands on record with your user name.
    """
    return _decide(name, id, "reject", reason, options=options)


def handled_invoice(
    name: str, id: str, *, bill: str | None = None, reason: str = "", options: Options = NO_OPTIONS
) -> int:
    """An invoice that was booked by hand: it is never posted, and the bill stands for it.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, the external id, or a bill number.
    bill
        Type and number as Acumatica shows them, for example Bill/000123; by default the one bill of that vendor and
        number is looked for.
    reason
        Why; needed where the bill differs from the invoice.
    """
    return _decide(name, id, "handled", reason, bill=bill, options=options)


def _decide(name: str, id: str, act: Act, reason: str, *, bill: str | None = None, options: Options) -> int:
    with open_connection(options.config, name) as house:
        made = house.decide_invoice(id, act, actor=getpass.getuser(), reason=reason, bill=bill)
    shown = made.shown
    if options.json:
        print_json(shown)
        return DONE
    place = f"{shown['state']} {_bill(shown['bill'])}".rstrip()
    print_line(f"{shown['invoice_number']} of {shown['vendor_id']}, {shown['total']}: {place}")
    print_line(f"  {made.told}")
    return DONE


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _bill(bill: object) -> str:
    return f"{bill['type']} {bill['number']} ({bill['status']})" if isinstance(bill, dict) else ""


def _codes(findings: object) -> str:
    return " ".join(str(finding["code"]) for finding in _rows(findings))
