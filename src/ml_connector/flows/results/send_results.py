"""Results out: tell Stampli what became of each approved invoice. A row that says nothing new is not sent again; rows
that are refused are given back once, to be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ml_connector.domain.codes.renames import find_vendor
from ml_connector.domain.protocol.people.reversal import REVERSES
from ml_connector.domain.results import InvoiceResult, judge_result
from ml_connector.domain.snapshot import Difference, compare_rows
from ml_connector.domain.values.records import FeedRow, InvoiceRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing, Rows, hand_over, put_file, render_outgoing
from ml_connector.flows.results.give_back import UNREAD, GivenBack, give_back, name_files

FEED = "results"
_AT = "At"


@dataclass(frozen=True, slots=True)
class _Judged:
    """An invoice with what is told of it."""

    record: InvoiceRecord
    result: InvoiceResult


def send_results(context: FlowContext) -> PassReport:
    """One pass; without the feed it does nothing."""
    started_at = context.clock.now()
    feeds: tuple[FeedReport, ...] = ()
    errors: tuple[ConnectorError, ...] = ()
    if FEED in context.exchange.feeds():
        try:
            feeds = (_send(context),)
        except ConnectorError as error:
            errors = (error,)
    return PassReport("results", started_at, context.clock.now(), feeds=feeds, errors=errors)


def _send(context: FlowContext) -> FeedReport:
    sent = context.master_data.load_sent(FEED)
    before: Rows = sent.rows if sent else {}
    judged = _judge(context)
    rows = _keep_unchanged(before, _render(context, {key: each.result for key, each in judged.items()}))
    news = _news(compare_rows(before, rows))
    refused = [each.record for key, each in judged.items() if key in news and _is_refused(each.result)]
    given = give_back(context, refused, before)
    rows = _without_mended({**rows, **_render(context, given.unread)}, judged.values())
    difference = compare_rows(before, rows)
    if not difference:
        return FeedReport(FEED, None, 0, reason="nothing new to tell")
    whole = context.exchange.mode_of(FEED) == "snapshot"
    written = [row for key, row in rows.items() if whole or key in _news(difference)]
    if not written:
        return FeedReport(FEED, None, 0, reason="nothing new to tell")
    files = render_outgoing(context, FEED, written, sent)
    put = _hand_back(context, given)
    report = hand_over(context, Outgoing(FEED, files, len(written), rows, difference))
    return replace(report, fix_it=put)


def _hand_back(context: FlowContext, given: GivenBack) -> tuple[str, ...]:
    """Put the fix-it files into the feed's folder before their rows count as told: one that is killed in between puts
    them again."""
    files = name_files(given.files, context.clock.now())
    if context.drafting is not None:
        return tuple(each.name for each in files)
    return tuple(put_file(context, FEED, each) for each in files)


def _judge(context: FlowContext) -> Mapping[str, _Judged]:
    """Every invoice of which there is something to tell, by its key."""
    snapshot = context.master_data.load_snapshot()
    judged: dict[str, _Judged] = {}
    for record in context.invoices.load_in():
        if REVERSES in record.invoice.custom:
            # Ours alone: Stampli has no such invoice.
            continue
        vendor = find_vendor(record.invoice.vendor_id, snapshot)
        result = judge_result(record, context.terms.finish, vendor)
        if result is not None:
            judged[record.posting.key] = _Judged(record, result)
    return judged


def _render(context: FlowContext, results: Mapping[str, InvoiceResult]) -> Rows:
    return context.exchange.render_result_rows(results)


def _is_refused(result: InvoiceResult) -> bool:
    """Refused with nothing of it in Acumatica."""
    return result.result == "REJECTED" and result.bill is None


def _news(difference: Difference) -> frozenset[str]:
    return frozenset((*difference.added, *difference.changed))


def _keep_unchanged(before: Rows, now: Rows) -> Rows:
    """The rows as they should stand: a row sent before stays while nothing but its time is new, or nothing is decided
    anew."""
    fresh = {key: row for key, row in now.items() if not _same(before.get(key), row)}
    return {**before, **fresh}


def _without_mended(rows: Rows, judged: Iterable[_Judged]) -> Rows:
    """The rows without those of unread invoices that came again and could be read."""
    come = [each.record.invoice for each in judged]
    ids = {each.external_id for each in come if each.external_id}
    numbers = {(each.vendor_id, each.invoice_number) for each in come}

    def mended(key: str, row: FeedRow) -> bool:
        external_id = row.get("ExternalID")
        named = external_id in ids if external_id else (row.get("VendorID"), row.get("InvoiceNumber")) in numbers
        return key.startswith(UNREAD) and named

    return {key: row for key, row in rows.items() if not mended(key, row)}


def _same(before: FeedRow | None, now: FeedRow) -> bool:
    return before is not None and {**before, _AT: ""} == {**now, _AT: ""}
