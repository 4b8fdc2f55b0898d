"""``sync``: one pass now, in the foreground."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Literal

from cyclopts import Parameter

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import NEEDS_PERSON, SYSTEM, exit_code_of, first_of
from ml_connector.cli.feed import print_changes
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import (
    ProgressBar,
    print_error,
    print_findings,
    print_json,
    print_line,
    render_json,
)
from ml_connector.errors import ConfigurationError, ConnectorError, render_error
from ml_connector.operations.passes import SyncResult

# What a person reads of one feed; the document has more.
_CHANGES_SHOWN = 20


def sync(
    name: str,
    flow: Literal["master-data", "invoices", "payments", "results", "sweep", "all"],
    *,
    options: Options = NO_OPTIONS,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    feed: str | None = None,
    record: str | None = None,
) -> int:
    """Run one pass of a connection's flow now.

    Parameters
    ----------
    name
        The connection.
    flow
        What to carry.
    dry_run
        Write to neither system and keep nothing: show what would be written.
    feed
        With --record: the feed of master data that the record belongs to.
    record
        Send this one record out of turn: a vendor's id, an order's number or TYPE/NUMBER, a row's key.
    """
    _require_one_record(flow, feed, record)
    with ProgressBar() as progress, open_connection(options.config, name, progress=progress, dry_run=dry_run) as house:
        result = house.sync(flow) if feed is None or record is None else house.sync_record(feed, record)
    return tell_result(result, _print_words, options=options)


def _require_one_record(flow: str, feed: str | None, record: str | None) -> None:
    if (feed is None) == (record is None) and (feed is None or flow == "master-data"):
        return
    raise ConfigurationError(
        "--feed and --record go together, with master-data alone",
        fix="Write sync NAME master-data --feed FEED --record KEY.",
        code="arguments.record",
        at="settings",
    )


def tell_result(result: SyncResult, in_words: Callable[[dict[str, object]], None], *, options: Options) -> int:
    """Show what a pass, or a part of one, came to: its document, or words for people; the exit code comes back."""
    code = _exit_code(result)
    shown = dict(result.shown)
    if result.errors:
        worst = next((error for error in result.errors if exit_code_of(error) == code), result.errors[0])
        shown["error"] = render_error(worst)
    if options.json:
        print_json(shown)
    else:
        in_words(shown)
    for error in _told_once(result.errors):
        print_error(error)
    return code


def _told_once(errors: Iterable[ConnectorError]) -> Iterable[ConnectorError]:
    """What stopped several flows in the same way is told to people once."""
    return {(error.code, error.stage, error.message): error for error in errors}.values()


def _exit_code(result: SyncResult) -> int:
    codes = [exit_code_of(error) for error in result.errors]
    codes += [SYSTEM] if result.waiting else []
    codes += [NEEDS_PERSON] if result.needs_person else []
    return first_of(codes)


def _print_words(shown: dict[str, object]) -> None:
    for feed in _rows(shown, "feeds"):
        named = f", as {feed['file']}" if feed["file"] else ""
        fate = f"sent as {feed['file']}" if feed["sent"] else f"{feed['reason'] or 'not sent'}{named}"
        counts = ", ".join(f"{feed[name]} {name}" for name in ("added", "changed", "removed") if feed[name])
        print_line(f"{feed['feed']}: {feed['rows']} rows, {fate}{f' ({counts})' if counts else ''}")
        print_changes(_rows(feed, "changes")[:_CHANGES_SHOWN])
        for row in _rows(feed, "inactivated"):
            named = ", ".join(str(each["invoice_number"]) for each in _rows(row, "invoices"))
            print_line(
                f"      {row['key']} may be picked no more ({row['reason']}); named by {named or 'no open invoice'}"
            )
    for file in _rows(shown, "files"):
        print_line(
            f"file {file['name']}: {file['state']}, {file['documents']} documents {file['reason'] or ''}".rstrip()
        )
        for problem in _rows(file, "problems"):
            print_line(f"      {problem['code']}: {problem['message']}")
    for invoice in _rows(shown, "invoices"):
        bill = invoice["bill"]
        link = f" as {bill['type']} {bill['number']} ({bill['status']})" if isinstance(bill, dict) else ""
        name = f"invoice {invoice['invoice_number']} of {invoice['vendor_id']}, {invoice['total']}"
        print_line(f"{name}: {invoice['state']}{link}")
        print_findings(_rows(invoice, "findings"))
        for write in _rows(invoice, "would_write"):
            print_line(f"      would write: {write['method']} {write['path']} {render_json(write['body'])}")
        for entry in _rows(invoice, "entries"):
            place = " ".join(str(entry[name]) for name in ("account", "subaccount", "branch") if entry[name])
            print_line(
                f"      entry: {place or 'account by Acumatica'}: debit {entry['debit']}, credit {entry['credit']}"
            )
    for payment in _rows(shown, "payments"):
        fate = f"{payment['result']} {payment['code'] or ''}".rstrip()
        print_line(f"payment {payment['payment_id']}, {payment['amount']}: {fate}")
    swept = shown.get("sweep")
    for message in swept["messages"] if isinstance(swept, dict) else ():
        print_line(f"sweep: {message}")
    for notice in _texts(shown, "notices"):
        print_line(f"note: {notice}")
    if shown.get("paused"):
        print_line(f"paused: {shown['paused']}")
    requests = shown["requests"]
    if isinstance(requests, dict):
        print_line(f"requests to Acumatica: {requests['acumatica']}")


def _texts(shown: dict[str, object], name: str) -> list[str]:
    texts = shown.get(name)
    return [str(text) for text in texts] if isinstance(texts, list) else []


def _rows(shown: dict[str, object], name: str) -> list[dict[str, object]]:
    rows = shown.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
