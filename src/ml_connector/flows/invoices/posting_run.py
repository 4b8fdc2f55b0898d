"""One posting run: the rows it has claimed, what they send, and the moves every step makes. No step order is decided
here.

Each move is a compare-and-set with its audit entry; a row that another run has taken over is let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.values.bill import Bill, BillKey, BillPlan, BillQuery, BillsFound
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError, RejectedError, TransientError, UncertainError
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Finding

TAKEN_OVER = "store.row_taken_over"
# A later version or a void in Stampli that came while a bill was on its way: told until a person has read it.
CORRECTION_CODES = frozenset({"C04", "R18"})


@dataclass(slots=True)
class Item:
    """One invoice on its way through a run: its record as last saved, what we send for it, its bill as last read."""

    record: InvoiceRecord
    plan: BillPlan
    bill: Bill | None = None

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


@dataclass(slots=True)
class PostingRun:
    """The items of one run, the errors that left one of them where it was, and whether something waits for later."""

    context: FlowContext
    items: list[Item]
    errors: list[ConnectorError] = field(default_factory=list)
    waiting: bool = False

    def in_states(self, *states: PostingState) -> list[Item]:
        """The items that stand in one of these states now."""
        return [item for item in self.items if item.posting.state in states]

    def each(self, items: Iterable[Item], step: Callable[[Item], None]) -> None:
        """One step for every item. A refusal or an uncertain answer concerns the item alone; a transient or
        configuration error concerns the system and passes."""
        for item in items:
            self.context.erp.about(item.posting.id)
            try:
                step(item)
            except (RejectedError, UncertainError) as error:
                self.errors.append(error)
            except TransientError as error:
                if error.code != TAKEN_OVER:
                    raise
                self.items.remove(item)
            finally:
                self.context.erp.about(None)

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

    def look(self, items: Sequence[Item], witness: BillKey | None) -> BillsFound:
        """One look-up for several items, a step of its own."""
        queries = [item.query for item in items]
        return self.context.steps.step(
            "look up", lambda: self.context.erp.look_bills(queries, witness), repeatable=True
        )

    def read_bill(self, item: Item) -> Bill | None:
        """The item's recorded bill by key, with lines; remembered in the item."""
        item.bill = self.context.steps.step("read bill", lambda: self.context.erp.fetch_bill(item.ref), repeatable=True)
        return item.bill


def _joined(before: Iterable[Finding], new: Iterable[Finding]) -> tuple[Finding, ...]:
    kept = [finding for finding in before if finding.severity == "note" or finding.code in CORRECTION_CODES]
    return (*kept, *(finding for finding in new if finding not in kept))


def start_run(context: FlowContext, records: Sequence[InvoiceRecord], facts: Facts) -> PostingRun:
    """Claim the rows and plan their bills; a row that somebody else took over meanwhile is left to him."""
    run = PostingRun(context, [])
    for record in records:
        claimed = _claim(context, record)
        if claimed is not None:
            own = replace(facts, own_key=record.posting.key, received_at=record.received_at)
            run.items.append(Item(claimed, plan_bill(record.invoice, own, marker=record.posting.marker)))
    return run


def _claim(context: FlowContext, record: InvoiceRecord) -> InvoiceRecord | None:
    try:
        return context.steps.step("lease", lambda: context.invoices.claim(record, context.holder))
    except TransientError as error:
        if error.code != TAKEN_OVER:
            raise
        return None
