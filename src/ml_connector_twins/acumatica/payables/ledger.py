"""The general ledger: batches that balance, also branch by branch (``ap_domain.md`` 1.7).

Entries are in the base currency. A batch out of balance is a fault of the twin and raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.firm.setup import DUE_FROM, DUE_TO
from ml_connector_twins.acumatica.payables.changes import FormException
from ml_connector_twins.acumatica.records.books import Books, LedgerEntry
from ml_connector_twins.acumatica.records.values import ZERO


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount to post: positive is a debit, negative a credit."""

    account: str
    subaccount: str
    branch: str
    amount: Decimal
    project: str = ""
    task: str = ""
    cost_code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the postings of one document share; ``branch`` is the document's own."""

    document: str
    period: str
    on: date
    branch: str
    subaccount: str = "0110000"


def post_batch(books: Books, batch: Batch, postings: list[Posting]) -> str:
    """Adds a balanced batch to the ledger and returns its number.

    Raises FormException where branches are mixed without an account mapping (B05).
    """
    complete = [posting for posting in postings if posting.amount] + _balancing(books, batch, postings)
    if sum((posting.amount for posting in complete), ZERO) != 0:
        raise AssertionError(f"{batch.document}: the batch is out of balance")
    number = books.next_number("Batch")
    entries = [
        LedgerEntry(
            batch=number,
            posted=books.switches.on("auto_post"),
            period=batch.period,
            on=batch.on,
            account=posting.account,
            subaccount=posting.subaccount,
            branch=posting.branch,
            debit=max(posting.amount, ZERO),
            credit=max(-posting.amount, ZERO),
            document=batch.document,
            project=posting.project,
            task=posting.task,
            cost_code=posting.cost_code,
            description=posting.description,
        )
        for posting in complete
    ]
    books.entries += entries
    _enter_journal(books, batch, number, entries)
    return number


def _enter_journal(books: Books, batch: Batch, number: str, entries: list[LedgerEntry]) -> None:
    """The batch as the form Journal Transactions (GL301000) shows it."""
    journal = books.new_row()
    posted = books.switches.on("auto_post")
    journal.fields.update(
        {
            "Module": "AP",
            "BatchNbr": number,
            "BranchID": batch.branch,
            "CurrencyID": books.base_currency,
            "Description": batch.document,
            "LedgerID": "ACTUAL",
            "PostPeriod": batch.period,
            "Status": "Posted" if posted else "Unposted",
            "TransactionDate": batch.on,
            "CreatedDateTime": books.clock.now(),
            "Hold": False,
        }
    )
    for serial, entry in enumerate(entries, start=1):
        row = books.new_row()
        row.fields.update(
            {
                "LineNbr": serial,
                "Account": entry.account,
                "Subaccount": entry.subaccount,
                "BranchID": entry.branch,
                "DebitAmount": entry.debit,
                "CreditAmount": entry.credit,
                "Project": entry.project or "X",
                "ProjectTask": entry.task or None,
                "CostCode": entry.cost_code or None,
                "ReferenceNbr": batch.document.rpartition(" ")[2],
                "TransactionDescription": entry.description,
            }
        )
        journal.rows("Details").append(row)
    books.touch(journal)
    books.table("JournalTransaction").put(journal)


def check_mapping(books: Books, own: str, others: set[str]) -> None:
    """Raises FormException where a branch has no account mapping with the document's own (B05)."""
    for branch in sorted(others - {own}):
        if (own, branch) not in books.branch_mapping:
            raise FormException(f"Account mapping is missing between the branches {own} and {branch}.")


def _balancing(books: Books, batch: Batch, postings: list[Posting]) -> list[Posting]:
    """Due-to and due-from entries so that every branch balances on its own."""
    open_by_branch: dict[str, Decimal] = {}
    for posting in postings:
        open_by_branch[posting.branch] = open_by_branch.get(posting.branch, ZERO) + posting.amount
    found: list[Posting] = []
    for branch, amount in sorted(open_by_branch.items()):
        if branch == batch.branch or not amount:
            continue
        text = f"Balancing {batch.branch} and {branch}"
        owes, owed = (branch, batch.branch) if amount > 0 else (batch.branch, branch)
        found.append(Posting(DUE_TO, batch.subaccount, owes, -abs(amount), description=text))
        found.append(Posting(DUE_FROM, batch.subaccount, owed, abs(amount), description=text))
    return found
