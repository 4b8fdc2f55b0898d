"""Results out: tell Stampli what became of each approved invoice. A row that says nothing new is not sent again."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.codes.renames import find_vendor
from ml_connector.domain.protocol.people.reversal import REVERSES
from ml_connector.domain.results import InvoiceResult, judge_result
from ml_connector.domain.snapshot import compare_rows
from ml_connector.domain.values.records import FeedRow
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing, Rows, hand_over, render_outgoing

FEED = "results"
_AT = "At"


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
    rows = _keep_unchanged(before, context.exchange.render_result_rows(_results(context)))
    difference = compare_rows(before, rows)
    if not difference:
        return FeedReport(FEED, None, 0, reason="nothing new to tell")
    whole = context.exchange.mode_of(FEED) == "snapshot"
    news = {*difference.added, *difference.changed}
    written = [row for key, row in rows.items() if whole or key in news]
    files = render_outgoing(context, FEED, written, sent)
    return hand_over(context, Outgoing(FEED, files, len(written), rows, difference))


def _results(context: FlowContext) -> Mapping[str, InvoiceResult]:
    snapshot = context.master_data.load_snapshot()
    results: dict[str, InvoiceResult] = {}
    for record in context.invoices.load_in():
        if REVERSES in record.invoice.custom:
            # Ours alone: Stampli has no such invoice.
            continue
        vendor = find_vendor(record.invoice.vendor_id, snapshot)
        result = judge_result(record, context.terms.finish, vendor)
        if result is not None:
            results[record.posting.key] = result
    return results


def _keep_unchanged(before: Rows, now: Rows) -> Rows:
    """The rows as they should stand: a row sent before stays while nothing but its time is new, or nothing is decided
    anew."""
    fresh = {key: row for key, row in now.items() if not _same(before.get(key), row)}
    return {**before, **fresh}


def _same(before: FeedRow | None, now: FeedRow) -> bool:
    return before is not None and {**before, _AT: ""} == {**now, _AT: ""}
