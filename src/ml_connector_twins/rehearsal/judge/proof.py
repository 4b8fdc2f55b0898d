"""Whether the product proves itself: residual 0.00, exit codes that say what happened, an unbroken trail. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.evidence import Evidence, Expectation, Found, amount
from ml_connector_twins.rehearsal.product import DONE, NEEDS_A_PERSON, mapping, rows

_BILL_PUT = re.compile(r"/Bill(\?|$)")


def proven() -> Expectation:
    """`prove` accounts for every approved invoice: none missing, none twice, residual 0.00 in each currency."""

    def find(evidence: Evidence) -> Found:
        shown = rows(evidence.prove.document)
        words = "; ".join(
            f"{row.get('currency')}: {row.get('approved')} approved, {row.get('booked_once')} booked once, "
            f"{row.get('not_posted')} not posted, residual {row.get('residual')}"
            for row in shown
        )
        sound = all(not row.get("missing") and not row.get("twice") for row in shown)
        even = all(amount(row.get("residual")) == Decimal(0) for row in shown)
        return Found(words or "no answer", bool(shown) and sound and even)

    return Expectation("every approved invoice is accounted for", "residual 0.00, none missing, none twice", find)


def exits_as_planted(*, person_needed: bool) -> Expectation:
    """The day's last pass ends with 0, or with 1 where refusals were planted; nothing else."""
    expected = NEEDS_A_PERSON if person_needed else DONE

    def find(evidence: Evidence) -> Found:
        codes = [sync.exit_code for sync in evidence.syncs]
        return Found(f"exit {', '.join(map(str, codes))}", bool(codes) and codes[-1] == expected)

    return Expectation("the pass says whether somebody is needed", f"exit {expected}", find)


def answer_was_lost() -> Expectation:
    """The planted loss really happened: a create call was committed and its answer never arrived."""

    def find(evidence: Evidence) -> Found:
        lost = [
            request
            for request in evidence.books.requests
            if request.get("method") == "PUT" and _BILL_PUT.search(str(request.get("path"))) and request.get("fault")
        ]
        return Found(f"{len(lost)} create calls met a fault", len(lost) >= 1)

    return Expectation("an answer of Acumatica is lost", "the loss happened; the bill exists once all the same", find)


def trail_unbroken(verified: object) -> Found:
    """`audit verify` at the very end."""
    document = mapping(verified)
    return Found(f"{document.get('entries', 0)} entries", document.get("ok") is True)
