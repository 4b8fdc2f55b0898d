"""``prove`` and ``reconcile``: every invoice and its bill, every payment, to the cent."""

from __future__ import annotations

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE, INTEGRITY, NEEDS_PERSON
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import ProgressBar, print_json, print_line, print_table


def prove(name: str, *, options: Options = NO_OPTIONS) -> int:
    """Hold every approved invoice ever received against its bill in Acumatica."""
    with ProgressBar() as progress, open_connection(options.config, name, progress=progress) as house:
        rows = house.prove()
    if options.json:
        print_json(rows)
    else:
        names = (
            "currency",
            "approved",
            "booked_once",
            "in_flight",
            "not_posted",
            "approved_total",
            "booked_total",
            "residual",
        )
        print_table(names, [[row[name] for name in names] for row in rows])
        for row in rows:
            for each in _list(row.get("differences")):
                if isinstance(each, dict):
                    name = f"{each['invoice_number']} of {each['vendor_id']}"
                    print_line(f"  {each['code']}: {name}, approved {each['expected']}, booked {each['found']}")
                    print_line(f"      {each['message']} {each['who']}: {each['fix']}")
    if any(row["missing"] or row["twice"] for row in rows):
        return INTEGRITY
    return NEEDS_PERSON if any(row["not_posted"] or row["held_doubles"] for row in rows) else DONE


def reconcile(name: str, *, period: str | None = None, options: Options = NO_OPTIONS) -> int:
    """Match Stampli's payments with Acumatica's, to the cent.

    Parameters
    ----------
    name
        The connection.
    period
        Only payments of this month, YYYY-MM.
    """
    with ProgressBar() as progress, open_connection(options.config, name, progress=progress) as house:
        shown = house.reconcile(period)
    breaks = _list(shown["breaks"])
    if options.json:
        print_json(shown)
    else:
        print_line(f"matched {shown['matched']}, explained {shown['explained']}, breaks {len(breaks)}")
        for entry in breaks:
            if isinstance(entry, dict):
                print_line(f"  {entry['code']} {entry['vendor_id']} {entry['invoice_number']}: {entry['message']}")
                print_line(f"      {entry['who']}: {entry['fix']}")
        totals = shown["totals"]
        if isinstance(totals, dict):
            print_table(list(totals), [list(totals.values())])
    return NEEDS_PERSON if breaks else DONE


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
