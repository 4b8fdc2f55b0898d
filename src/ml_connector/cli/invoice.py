"""``invoice list`` and ``invoice show``."""

from __future__ import annotations

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_findings, print_json, print_line, print_table


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


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _bill(bill: object) -> str:
    return f"{bill['type']} {bill['number']} ({bill['status']})" if isinstance(bill, dict) else ""


def _codes(findings: object) -> str:
    return " ".join(str(finding["code"]) for finding in _rows(findings))
