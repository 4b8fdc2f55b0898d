"""The score card a person reads: feeds sent, each invoice's fate in a line, the proof, the reconciliation, the cases.

Renders text from judged days; must not judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ml_connector_twins.rehearsal.driver import DayResult
from ml_connector_twins.rehearsal.judge.evidence import Evidence, Verdict
from ml_connector_twins.rehearsal.judge.invoices import fate
from ml_connector_twins.rehearsal.product import mapping, rows


def render_score_card(results: Sequence[DayResult], ending: Sequence[Verdict], *, seconds: float) -> str:
    """The whole card, ending in one line that says whether everything went as planted."""
    lines: list[str] = []
    for result in results:
        lines += _day(result)
    verdicts = [verdict for result in results for verdict in result.verdicts] + list(ending)
    lines += [_verdict(verdict) for verdict in ending]
    good = sum(1 for verdict in verdicts if verdict.ok)
    failed = "" if good == len(verdicts) else f", {len(verdicts) - good} NOT"
    lines += ["", f"{good} of {len(verdicts)} cases as planted{failed}; days: {len(results)}, seconds: {seconds:.1f}"]
    return "\n".join(lines) + "\n"


def _day(result: DayResult) -> Iterator[str]:
    evidence = result.evidence
    yield ""
    yield f"Day {evidence.day}, {evidence.on:%A %Y-%m-%d}"
    yield from _feeds(evidence)
    yield from _fates(evidence)
    yield from _proof(evidence)
    runs = (f"{run.words} (exit {run.exit_code}, {run.seconds:.1f} s)" for run in evidence.commands)
    yield f"  commands: {', '.join(runs)}"
    yield "  cases"
    for verdict in result.verdicts:
        yield _verdict(verdict)


def _feeds(evidence: Evidence) -> Iterator[str]:
    yield "  sent to Stampli"
    for feed in evidence.sync_rows("feeds"):
        if feed.get("sent"):
            counts = ", ".join(f"{feed.get(name)} {name}" for name in ("added", "changed", "removed"))
            yield f"    {feed.get('feed')}: {feed.get('file')}, {feed.get('rows')} rows ({counts})"
        else:
            yield f"    {feed.get('feed')}: not sent, {feed.get('reason') or 'no reason given'}"


def _fates(evidence: Evidence) -> Iterator[str]:
    yield "  approved invoices"
    for row in evidence.invoices:
        name = " ".join(str(row.get(part)) for part in ("external_id", "vendor_id", "invoice_number", "total"))
        yield f"    {name}: {fate(row)}"


def _proof(evidence: Evidence) -> Iterator[str]:
    for row in rows(evidence.prove.document):
        yield f"  proof {row.get('currency')}: {row.get('booked_once')} booked once, residual {row.get('residual')}"
    totals = mapping(mapping(evidence.reconcile.document).get("totals"))
    yield (
        f"  reconciliation: Stampli paid {totals.get('stampli_paid')}, Acumatica paid {totals.get('acumatica_paid')}, "
        f"explained {totals.get('explained')}, unexplained {totals.get('unexplained')}"
    )
    for row in rows(mapping(evidence.reconcile.document).get("breaks")):
        yield f"    break {row.get('code')} {row.get('invoice_number')} {row.get('difference')}: {row.get('message')}"


def _verdict(verdict: Verdict) -> str:
    mark = "ok  " if verdict.ok else "FAIL"
    return f"    {mark} {verdict.case}: {verdict.found}" + ("" if verdict.ok else f" (expected: {verdict.expected})")
