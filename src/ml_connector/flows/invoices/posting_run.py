"""One posting run: the rows it has claimed, what they send, and the moves every step makes. No step order is decided
here.

Each move is a compare-and-set with its audit entry; a row that another run has taken over is let go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.codes.renames import follow_plan
from ml_connector.domain.keys import payload_hash
from ml_connector.domain.protocol import restarted_bills
from ml_connector.domain.protocol.approvals import WAITS
from ml_connector.domain.protocol.people.acceptance import bills_named, last_acceptance
from ml_connector.domain.protocol.people.correcting import CORRECTED
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.values.bill import Bill, BillKey, BillPlan, BillQuery, BillsFound
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError, ProgramError, RejectedError, TransientError, UncertainError
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Finding

TAKEN_OVER = "store.row_taken_over"
WITHDRAWN = "R18"
# A later version or a void in Stampli that came while a bill was on its way: told until a person has read it.
CORRECTION_CODES = frozenset({CORRECTED, WITHDRAWN})
# So many faults of the program in one run are not the fault of single invoices any more.
_FAULTS_MAX = 3
_GOES_ON = frozenset(
    {
        PostingState.READY,
        PostingState.INTENT,
        PostingState.UNCERTAIN,
        PostingState.RECORDED,
        PostingState.CORRECTING,
        PostingState.VERIFIED,
        PostingState.RELEASED,
    }
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pardon:
    """Bills with our reference that a person said are something else: by their keys, or all of another year and amount
    where the vendor is known to begin his numbers anew (``restarts``)."""

    bills: frozenset[BillKey] = frozenset()
    restarts: bool = False


@dataclass(slots=True)
class Item:
    """One invoice on its way through a run: its record as last saved, what we send for it, its bill as last read.

    ``sent`` is true where this run asked for its bill, ``unseen`` where that answer alone tells of the bill, no read
    yet; ``answer`` is the bill as the last call told it; ``release_asked`` is true where its release was called and no
    read has shown yet what came of it, ``release_refused`` where Acumatica refused to release it once.
    """

    record: InvoiceRecord
    plan: BillPlan
    pardon: Pardon = field(default_factory=Pardon)
    bill: Bill | None = None
    answer: Bill | None = None
    sent: bool = False
    unseen: bool = False
    release_asked: bool = False
    release_refused: bool = False

    @property
    def posting(self) -> Posting:
        """The intent row as last saved."""
        return self.record.posting

    @property
    def query(self) -> BillQuery:
        """What a look-up asks for this invoice."""
        return BillQuery(self.plan.vendor, self.plan.vendor_ref, self.posting.marker)

    @property
    def ref(self) -> BillKey:
        """The recorded bill; only for rows that have one."""
        if self.posting.ref is None:
            raise AssertionError(f"posting {self.posting.id} has no bill yet")
        return self.posting.ref

    def accepted(self, found: BillsFound) -> frozenset[BillKey]:
        """The foreign bills of a look-up that do not stand in the way of this invoice."""
        restarted = restarted_bills(self.plan, found.bills) if self.pardon.restarts else ()
        return self.pardon.bills.union(restarted)

    @property
    def corrections(self) -> tuple[Finding, ...]:
        """What came from Stampli about this invoice after its bill was asked for and is not settled yet."""
        told = (finding for finding in self.record.findings if finding.code in CORRECTION_CODES)
        return tuple(finding for finding in told if finding.severity != "note")


@dataclass(slots=True)
class PostingRun:
    """The items of one run, and the errors that left one of them where it was. ``hold_ignored`` once it is seen that
    the site does not keep bills on hold: no bill is made any more."""

    context: FlowContext
    items: list[Item] = field(default_factory=list)
    errors: list[ConnectorError] = field(default_factory=list)
    hold_ignored: bool = False
    _finished: tuple[InvoiceRecord, ...] | None = None

    def finished(self) -> tuple[InvoiceRecord, ...]:
        """The invoices that were done before, read once a run."""
        if self._finished is None:
            self._finished = self.context.invoices.load_in((PostingState.DONE,))
        return self._finished

    @property
    def waiting(self) -> bool:
        """Does an item stand where a later pass can take it further without a person?"""
        return any(goes_on(item.posting) for item in self.items)

    def in_states(self, *states: PostingState) -> list[Item]:
        """The items that stand in one of these states now."""
        return [item for item in self.items if item.posting.state in states]

    def each(self, items: Iterable[Item], step: Callable[[Item], None]) -> None:
        """One step for every item that was not taken over. A refusal, an uncertain answer or a fault of the program
        concerns the item alone; a transient or configuration error concerns the system and passes."""
        for item in tuple(items):
            if not any(own is item for own in self.items):
                continue
            self.context.erp.about(item.posting.id)
            try:
                step(item)
            except (RejectedError, UncertainError) as error:
                self.errors.append(error)
            except TransientError as error:
                if error.code != TAKEN_OVER:
                    raise
                self.items.remove(item)
            except ConnectorError:
                raise
            except Exception as error:
                self.note_fault(error, item.posting.id)
            finally:
                self.context.erp.about(None)

    def note_fault(self, error: Exception, invoice_id: str) -> None:
        """Keep a fault of the program as an error of one invoice; too many of them pass."""
        _log.error("a fault of the program on invoice %s", invoice_id, exc_info=error)
        self.errors.append(ProgramError(error, f"working on invoice {invoice_id}"))
        if sum(1 for each in self.errors if isinstance(each, ProgramError)) >= _FAULTS_MAX:
            raise error

    def move(
        self,
        item: Item,
        after: Posting,
        note: str,
        *,
        findings: Sequence[Finding] | None = None,
        step: str | None = None,
    ) -> None:
        """Save the item's new state, durable before it returns; its notes stay, new findings join them."""
        before = item.posting
        kept = None if findings is None else _joined(item.record.findings, findings)
        audit = AuditNote(
            event=f"posting.{after.state.value}",
            subject=before.id,
            note=note,
            data={
                "from": before.state.value,
                "bill": str(after.ref) if after.ref else None,
                "attempt": str(after.attempts),
                "payload": after.payload_hash,
                "reason": after.reason,
            },
        )
        saved = self.context.steps.step(
            step or after.state.value, lambda: self.context.invoices.save_posting(before, after, audit, kept)
        )
        item.record = replace(item.record, posting=saved, findings=item.record.findings if kept is None else kept)

    def ask_person(self, item: Item, reason: str, findings: Sequence[Finding]) -> None:
        """Put the row before a person; a bill that exists stays as it is."""
        told = "; ".join(finding.message for finding in findings)
        after = replace(item.posting, state=PostingState.PERSON, reason=reason)
        self.move(item, after, f"a person is asked ({reason}): {told}", findings=findings)

    def look(self, items: Sequence[Item], witness: BillKey | None, *, lines: bool = False) -> BillsFound:
        """One look-up for several items, with the lines of bills where lists show them; a step of its own."""
        queries = [item.query for item in items]
        return self.context.steps.step(
            "look up", lambda: self.context.erp.look_bills(queries, witness, lines=lines), repeatable=True
        )

    def read_bill(self, item: Item) -> Bill | None:
        """The item's recorded bill by key, with lines; remembered in the item."""
        item.bill = self.context.steps.step("read bill", lambda: self.context.erp.fetch_bill(item.ref), repeatable=True)
        return item.bill


def goes_on(posting: Posting) -> bool:
    """Can a later pass take this row further without a person?"""
    if posting.state is PostingState.OFF_HOLD:
        return posting.bill_status != "Pending Approval"
    return posting.state in _GOES_ON


def start_run(context: FlowContext, records: Sequence[InvoiceRecord], facts: Facts | None) -> PostingRun:
    """Claim the rows and plan their bills: what was asked for before is what its bill is held against. A row that
    somebody else took over meanwhile is left to him; without facts, rows that need a plan are left where they are."""
    run = PostingRun(context)
    decisions = context.invoices.load_decisions([record.posting.id for record in records])
    restarting = context.invoices.load_restarting()
    renames = context.master_data.load_renames()
    for record in records:
        accepted = last_acceptance(decisions.get(record.posting.id, ()))
        try:
            plan = follow_plan(record.posting.plan, renames) if record.posting.plan else _plan(record, facts)
            claimed = None if plan is None else _claim(context, record)
        except ConnectorError:
            raise
        except Exception as error:
            run.note_fault(error, record.posting.id)
            continue
        if plan is not None and claimed is not None:
            noted = [finding for finding in record.findings if finding.severity == "note" and finding.code == "H02"]
            bills = frozenset((*bills_named(noted), *(accepted.bills if accepted else ())))
            run.items.append(Item(claimed, plan, Pardon(bills, plan.vendor.casefold() in restarting)))
    return run


def _plan(record: InvoiceRecord, facts: Facts | None) -> BillPlan | None:
    """None, too, where a person let another bill pass than this one: the next check puts it before him again."""
    if facts is None:
        return None
    own = replace(facts, own_key=record.posting.key, received_at=record.received_at)
    plan = plan_bill(record.invoice, own, marker=record.posting.marker)
    bound = record.posting.payload_hash
    return plan if bound is None or bound == payload_hash(plan) else None


def _claim(context: FlowContext, record: InvoiceRecord) -> InvoiceRecord | None:
    try:
        return context.steps.step("lease", lambda: context.invoices.claim(record, context.holder))
    except TransientError as error:
        if error.code != TAKEN_OVER:
            raise
        return None


def _joined(before: Iterable[Finding], new: Iterable[Finding]) -> tuple[Finding, ...]:
    found = tuple(new)
    refused = any(finding.code == WAITS for finding in found)
    kept = [
        finding
        for finding in before
        if (finding.severity == "note" or finding.code in CORRECTION_CODES)
        # That it waits for approval is over once that is refused.
        and not (refused and finding.code == WAITS)
    ]
    return (*kept, *(finding for finding in found if finding not in kept))
