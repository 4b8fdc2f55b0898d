"""What people do with documents: type and edit bills, approve, pay, void, close periods.

Called over the control interface with plain JSON (values as the contract has them, unwrapped; amounts as strings).
The forms' rules apply to people too. Master data is in ``masters``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ml_connector_twins.acumatica.control.masters import ACTIONS as MASTER_ACTIONS
from ml_connector_twins.acumatica.control.truth import row_truth
from ml_connector_twins.acumatica.control.wishes import Content, Refusal, change_of, entity_of
from ml_connector_twins.acumatica.payables.bills import prepare_bill, remove_bill, store_bill
from ml_connector_twins.acumatica.payables.changes import Change, Circumstances, FormErrors, FormException
from ml_connector_twins.acumatica.payables.check_release import apply_debit, release_check, void_check
from ml_connector_twins.acumatica.payables.checks import prepare_check, store_check
from ml_connector_twins.acumatica.payables.release import pre_release_bill, release_bill
from ml_connector_twins.acumatica.payables.reversal import reverse_bill
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import BadValue, parse_day, parse_decimal


def act(books: Books, name: str, content: Content) -> Any:
    """Runs the named action, on documents or master data, and returns what it made or changed; raises Refusal."""
    known = {**ACTIONS, **MASTER_ACTIONS}
    action = known.get(name)
    if action is None:
        raise Refusal(f"people cannot '{name}'; they can {', '.join(sorted(known))}")
    try:
        return action(books, content)
    except FormErrors as fault:
        raise Refusal(f"{fault}: {_all_errors(fault.row)}") from fault
    except (FormException, BadValue) as fault:
        raise Refusal(str(fault)) from fault


def _all_errors(row: Row) -> dict[str, str]:
    found = dict(row.errors)
    for name, rows in row.details.items():
        for number, detail in enumerate(rows, start=1):
            found |= {f"{name}[{number}].{field}": text for field, text in _all_errors(detail).items()}
    return found


def _around(books: Books, content: Content) -> Circumstances:
    return Circumstances(str(content.get("branch") or books.default_branch), books.business_on)


def _bill(books: Books, content: Content) -> Row:
    found = books.find("Bill", str(content.get("type") or "Bill"), str(content.get("number")))
    if found is None:
        raise Refusal(f"no bill {content.get('type') or 'Bill'} {content.get('number')}")
    return found


def type_bill(books: Books, content: Content) -> Any:
    """``{"bill": {…}, "finish": "hold|balance|release"}``: a person enters a bill; Amount defaults to its total."""
    change = change_of(content["bill"], entity_of("Bill"))
    bill = store_bill(books, prepare_bill(books, change, None, _around(books, content)))
    if "Amount" not in change.fields:
        bill.fields["Amount"] = bill.fields["Balance"]
    finish = content.get("finish", "hold")
    if finish != "hold":
        bill = _saved(books, bill, Change(fields={"Hold": False}))
    if finish == "release":
        release_bill(books, bill)
    return row_truth(bill)


def _saved(books: Books, bill: Row, change: Change) -> Row:
    around = _around(books, {"branch": bill.text("BranchID")})
    return store_bill(books, prepare_bill(books, change, bill, around))


def edit_bill(books: Books, content: Content) -> Any:
    """``{"type", "number", "fields": {…}, "lines": {"1": {…}}}``: changes header fields and lines by number."""
    bill = _bill(books, content)
    change = change_of(content.get("fields") or {}, entity_of("Bill"))
    for number, fields in (content.get("lines") or {}).items():
        line = change_of(fields, entity_of("BillDetail"))
        line.id = bill.rows("Details")[int(number) - 1].id
        change.details.setdefault("Details", []).append(line)
    changed = _saved(books, bill, change)
    if "Amount" not in change.fields:
        changed.fields["Amount"] = changed.fields["Balance"]
    return row_truth(changed)


def delete_bill(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: deletes an unreleased bill."""
    bill = _bill(books, content)
    remove_bill(books, bill)
    return {"deleted": bill.text("ReferenceNbr")}


def hold_bill(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: puts a bill on hold."""
    return row_truth(_saved(books, _bill(books, content), Change(fields={"Hold": True})))


def unhold_bill(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: takes a bill off hold."""
    return row_truth(_saved(books, _bill(books, content), Change(fields={"Hold": False})))


def release(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: releases a balanced bill."""
    bill = _bill(books, content)
    release_bill(books, bill)
    return row_truth(bill)


def pre_release(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: pre-releases a balanced bill."""
    bill = _bill(books, content)
    pre_release_bill(books, bill)
    return row_truth(bill)


def reverse(books: Books, content: Content) -> Any:
    """``{"type", "number", "release": true}``: reverses a bill; the reversal may be released at once."""
    reversal = reverse_bill(books, _bill(books, content))
    if content.get("release"):
        reversal = _saved(books, reversal, Change(fields={"Hold": False}))
        release_bill(books, reversal)
    return row_truth(reversal)


def approve_bill(books: Books, content: Content) -> Any:
    """``{"type", "number"}``: Pending Approval becomes Balanced."""
    return _decided(books, content, "Balanced")


def reject_bill(books: Books, content: Content) -> Any:
    """``{"type", "number", "reason"}``: Pending Approval becomes Rejected."""
    return _decided(books, content, "Rejected")


def _decided(books: Books, content: Content, status: str) -> Any:
    bill = _bill(books, content)
    if bill.text("Status") != "Pending Approval":
        raise Refusal(f"the bill is {bill.text('Status')}, not Pending Approval")
    bill.fields["Status"] = status
    bill.hidden["reason"] = str(content.get("reason") or "")
    books.touch(bill)
    return row_truth(bill)


def pay_bills(books: Books, content: Content) -> Any:
    """``{"bills": [{"type", "number", "amount"}], "date", "method", "reference", "release": true}``: one check.

    The amount defaults to the balance less the discount due on that day.
    """
    bills = [(_bill(books, entry), entry) for entry in content["bills"]]
    change = Change(fields={"Vendor": bills[0][0].text("Vendor"), "Hold": False})
    if content.get("date"):
        change.fields["ApplicationDate"] = parse_day(content["date"])
    for name, key in (("PaymentMethod", "method"), ("PaymentRef", "reference")):
        if content.get(key):
            change.fields[name] = str(content[key])
    for bill, entry in bills:
        row = Change(fields={"DocType": bill.text("Type"), "ReferenceNbr": bill.text("ReferenceNbr")})
        if entry.get("amount") is not None:
            row.fields["AmountPaid"] = parse_decimal(entry["amount"])
        change.details.setdefault("Details", []).append(row)
    if content.get("payment_amount") is not None:
        change.fields["PaymentAmount"] = parse_decimal(content["payment_amount"])
    check = store_check(books, prepare_check(books, change, None, _around(books, content)))
    if content.get("release", True):
        release_check(books, check)
    return row_truth(check)


def apply_credit(books: Books, content: Content) -> Any:
    """``{"debit": number, "bill": number, "amount"}``: applies a debit adjustment to a bill, all of it unless told."""
    debit = _bill(books, {"type": "Debit Adj.", "number": content["debit"]})
    bill = _bill(books, {"number": content["bill"]})
    most = min(debit.amount("Balance"), bill.amount("Balance"))
    amount = most if content.get("amount") is None else parse_decimal(content["amount"])
    apply_debit(books, debit, bill, amount)
    return row_truth(bill)


def void(books: Books, content: Content) -> Any:
    """``{"number", "type", "release": true}``: voids a payment; the reversing record may be released at once."""
    label = str(content.get("type") or books.switches.at("payment_label"))
    check = books.find("Check", label, str(content.get("number")))
    if check is None:
        raise Refusal(f"no payment {label} {content.get('number')}")
    reversing = void_check(books, check)
    if content.get("release", True):
        reversing.fields.update({"Hold": False, "Status": "Balanced"})
        release_check(books, reversing)
    return row_truth(reversing)


def set_period(books: Books, content: Content) -> Any:
    """``{"company", "period": "MMYYYY", "status", "closed_in_ap"}``: opens or closes a period, for AP or wholly."""
    key = (str(content.get("company", "HRB")), str(content["period"]))
    period = books.periods.get(key)
    if period is None:
        raise Refusal(f"no period {key[1]} in {key[0]}")
    closed = bool(content.get("closed_in_ap", period.closed_in_ap))
    books.periods[key] = replace(period, status=str(content.get("status", period.status)), closed_in_ap=closed)
    for table in ("CompanyFinancialPeriod", "FinancialPeriod"):
        for year in books.table(table):
            if table == "FinancialPeriod" or year.text("Company") == key[0]:
                for row in year.rows("Details"):
                    if row.text("FinancialPeriodID") == key[1]:
                        row.fields.update({"Status": books.periods[key].status, "ClosedInAP": closed})
    return {"period": key[1], "status": books.periods[key].status, "closed_in_ap": closed}


def set_rate(books: Books, content: Content) -> Any:
    """``{"currency", "date", "rate"}``: enters a currency rate; rate null removes it."""
    rates = books.rates.setdefault(str(content["currency"]), {})
    on: date = parse_day(content["date"])
    if content.get("rate") is None:
        rates.pop(on, None)
    else:
        rates[on] = parse_decimal(content["rate"])
    return {"currency": content["currency"], "rates": len(rates)}


ACTIONS: Mapping[str, Callable[[Books, Content], Any]] = {
    "type_bill": type_bill,
    "edit_bill": edit_bill,
    "delete_bill": delete_bill,
    "hold_bill": hold_bill,
    "unhold_bill": unhold_bill,
    "release_bill": release,
    "pre_release_bill": pre_release,
    "reverse_bill": reverse,
    "approve_bill": approve_bill,
    "reject_bill": reject_bill,
    "pay_bills": pay_bills,
    "apply_credit": apply_credit,
    "void_check": void,
    "set_period": set_period,
    "set_rate": set_rate,
}
"""What people can do with documents, by name."""
