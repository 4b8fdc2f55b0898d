"""Which payments of Acumatica belong to which claims of Stampli: the edges where one word or one day decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.matching import InvoiceLink, match_payments
from ml_connector.domain.matching.books import entry_order, names_payment, open_books, reference_key
from ml_connector.domain.matching.pairing import claim_order, pair_claims
from ml_connector.domain.matching.values import Claim, Entry
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check, CheckApplication, PaymentApplication, StampliPayment
from tests.builders import usd
from tests.domain.matching.both_sides import PAID_ON, POLICY, a_check, a_link, a_payment


def a_claim(payment: StampliPayment, link: InvoiceLink | None = None) -> Claim:
    application = payment.applications[0]
    return Claim(payment, application, link, payment.vendor_id, application.invoice_number)


def entries(*checks: Check) -> list[Entry]:
    return [Entry(check, application) for check in checks for application in check.applications]


def paired(claims: list[Claim], paid: list[Entry]) -> tuple[dict[str, list[str]], list[str]]:
    pairs, left = pair_claims(claims, paid)
    return {pair.claim.payment.payment_id: [e.name for e in pair.entries] for pair in pairs}, [e.name for e in left]


def test_the_payment_with_the_same_reference_is_chosen_before_the_nearer_one() -> None:
    first = a_claim(a_payment("A", "10.00", payment_id="P-1", reference="CHK-0002"))
    checks = entries(a_check("1", "10.00"), a_check("2", "10.00", payment_ref="chk-0002", dated_on=date(2026, 10, 25)))
    assert paired([first], checks) == ({"P-1": ["Payment 2"]}, ["Payment 1"])


def test_the_same_reference_with_another_amount_is_not_the_payment() -> None:
    claim = a_claim(a_payment("A", "10.00", reference="CHK-0002"))
    checks = entries(a_check("2", "11.00", payment_ref="CHK-0002"), a_check("1", "10.00"))
    assert paired([claim], checks) == ({"P-A": ["Payment 1"]}, ["Payment 2"])


def test_the_nearest_day_is_chosen_and_a_payment_without_a_day_last() -> None:
    claim = a_claim(a_payment("A", "10.00"))
    far, near = a_check("1", "10.00", dated_on=date(2026, 10, 25)), a_check("2", "10.00", dated_on=date(2026, 10, 18))
    undated = a_check("3", "10.00", dated_on=None)
    assert paired([claim], entries(undated, far, near)) == ({"P-A": ["Payment 2"]}, ["Payment 3", "Payment 1"])
    assert paired([claim], entries(undated, far)) == ({"P-A": ["Payment 1"]}, ["Payment 3"])
    without = a_claim(a_payment("A", "10.00", payment_date=None))
    assert paired([without], entries(far, near)) == ({"P-A": ["Payment 1"]}, ["Payment 2"])


def test_amount_and_discount_together_are_the_third_choice() -> None:
    gross = a_claim(a_payment("A", "10.00", payment_id="P-1"))
    net = a_claim(a_payment("A", "8.00", payment_id="P-2", discount=usd("1.00")))
    checks = entries(a_check("1", "9.00", discount="1.00"), a_check("2", "9.00"))
    assert paired([gross, net], checks) == ({"P-1": ["Payment 1"], "P-2": ["Payment 2"]}, [])
    both = a_claim(a_payment("A", "9.00", payment_id="P-1", discount=usd("1.00")))
    other = a_claim(a_payment("A", "4.00", payment_id="P-2"))
    checks = entries(a_check("1", "5.00"), a_check("2", "9.50", discount="0.50"))
    assert paired([both, other], checks) == ({"P-1": ["Payment 2"], "P-2": ["Payment 1"]}, [])


def test_what_fits_nothing_is_told_side_by_side_and_the_last_claim_gets_the_rest() -> None:
    claims = [a_claim(a_payment("A", amount, payment_id=f"P-{amount}")) for amount in ("1.00", "2.00", "3.00")]
    checks = entries(*(a_check(number, f"{number}0.00") for number in ("1", "2", "3", "4")))
    assert paired(claims, checks) == (
        {"P-1.00": ["Payment 1"], "P-2.00": ["Payment 2"], "P-3.00": ["Payment 3", "Payment 4"]},
        [],
    )
    assert paired(claims[:1], []) == ({"P-1.00": []}, [])
    assert paired([claims[0], claims[1]], checks[:1]) == ({"P-1.00": ["Payment 1"], "P-2.00": []}, [])


def test_a_claim_that_found_its_payment_is_passed_over_and_the_next_goes_on() -> None:
    claims = [a_claim(a_payment("A", "1.00", payment_id=f"P-{n}", reference=f"CHK-{n}")) for n in (1, 2)]
    checks = entries(a_check("1", "1.00", payment_ref="CHK-1"), a_check("2", "1.00"))
    assert paired(claims, checks) == ({"P-1": ["Payment 1"], "P-2": ["Payment 2"]}, [])
    behind = [a_claim(a_payment("A", f"{n}.00", payment_id=f"P-{n}")) for n in (3, 4)]
    checks = entries(a_check("1", "1.00", payment_ref="CHK-1"), a_check("4", "4.00"), a_check("3", "3.00"))
    assert paired([claims[0], *behind], checks) == (
        {"P-1": ["Payment 1"], "P-3": ["Payment 3"], "P-4": ["Payment 4"]},
        [],
    )


@pytest.mark.parametrize(
    ("statuses", "taker"),
    [
        (["scheduled", None, "failed", "voided"], "voided"),
        (["scheduled", None, "failed"], "failed"),
        (["scheduled", None], None),
        (["scheduled"], "scheduled"),
    ],
)
@pytest.mark.parametrize("amount", ["1.00", "2.00"])
def test_of_payments_that_paid_nothing_the_voided_one_answers_first(
    statuses: list[Any], taker: str | None, amount: str
) -> None:
    claims = [
        a_claim(a_payment("A", "1.00", status, payment_id=f"P-{number}")) for number, status in enumerate(statuses)
    ]
    pairs, left = pair_claims(claims, entries(a_check("1", amount)))
    assert [(pair.claim.payment.status, [e.name for e in pair.entries]) for pair in pairs if pair.entries] == [
        (taker, ["Payment 1"])
    ]
    assert left == []


def test_beside_a_live_payment_one_that_paid_nothing_takes_no_rest() -> None:
    live = a_claim(a_payment("A", "1.00", payment_id="P-1"))
    voided = a_claim(a_payment("A", "5.00", "voided", payment_id="P-2"))
    checks = entries(a_check("1", "1.00"), a_check("2", "7.00"))
    assert paired([live, voided], checks) == ({"P-1": ["Payment 1"], "P-2": []}, ["Payment 2"])
    assert paired([voided], []) == ({"P-2": []}, [])


def test_claims_and_entries_have_one_order() -> None:
    claim = a_claim(a_payment("A", "1.50"))
    assert claim_order(claim) == ("2026-10-20", "P-A", "A", "1.50")
    bare = replace(claim, payment=replace(claim.payment, payment_date=None), reference=None)
    assert claim_order(bare) == ("", "P-A", "", "1.50")
    check = a_check("7", "2.00", vendor_ref="A-1")
    assert entry_order(entries(check)[0]) == ("2026-10-20", "Payment", "7", "Bill/000001 2.00 A-1")
    assert entry_order(Entry(replace(check, dated_on=None), None)) == ("", "Payment", "7", "")


def test_vendor_and_reference_are_compared_without_case_and_blanks() -> None:
    assert reference_key(" V1 ", "Inv-1 ") == ("v1", "inv-1")
    assert reference_key(None, None) == ("", "")


@pytest.mark.parametrize(
    ("member", "text", "named"),
    [
        ("payment_ref", "CHK-77", True),
        ("description", "re chk-77, October", True),
        ("description", "CHK-778", False),
        ("description", "XCHK-77", False),
        ("description", "nothing", False),
        ("description", None, False),
        ("description", "P-INV", True),
    ],
)
def test_a_payment_is_named_by_a_whole_word(member: str, text: str | None, named: bool) -> None:
    claim = a_claim(a_payment("INV", "1.00", reference="CHK-77"))
    assert names_payment(a_check("1", "1.00", **{member: text}), claim) is named


def test_a_short_reference_is_believed_only_where_it_is_the_whole_text() -> None:
    claim = a_claim(a_payment("A", "1.00", reference="77", payment_id="P"))
    assert names_payment(a_check("1", "1.00", payment_ref=" 77 "), claim)
    assert not names_payment(a_check("1", "1.00", description="the 77 of them"), claim)
    four = a_claim(a_payment("A", "1.00", reference="1077", payment_id="P"))
    assert names_payment(a_check("1", "1.00", description="check 1077"), four)


def test_the_invoice_number_names_a_payment_only_where_it_is_asked_for() -> None:
    claim = a_claim(a_payment("INV-9", "1.00", payment_id="Q-1"))
    check = a_check("1", "1.00", description="INV-9")
    assert (names_payment(check, claim), names_payment(check, claim, by_invoice=True)) == (False, True)


def test_nameless_claims_are_named_by_nothing() -> None:
    claim = replace(a_claim(a_payment("A", "1.00", payment_id="", reference=None)), reference=None)
    assert not names_payment(a_check("1", "1.00", payment_ref="XXXX", description="XXXX"), claim, by_invoice=True)


def test_a_voiding_record_is_passed_over_and_the_others_are_read() -> None:
    voiding = [a_check("1", "-5.00", type=word, applied="-5.00") for word in ("Voided Payment", " voided refund")]
    books = open_books([*voiding, a_check("2", "5.00")], [])
    assert [entry.name for entry in books.by_document[BillKey("Bill", "000001")]] == ["Payment 2"]


def test_only_what_is_live_or_voided_is_kept_as_applied_to_nothing() -> None:
    checks = [a_check(str(n), "5.00", None, status=s) for n, s in enumerate(["Closed", "Voided", "Balanced"])]
    books = open_books([*checks, a_check("9", "5.00")], [])
    assert ([e.name for e in books.unapplied], [e.name for e in books.voided]) == (["Payment 0"], ["Payment 1"])


def test_a_document_of_another_invoice_of_ours_is_nobody_elses() -> None:
    ours, other = a_link("A", "10.00", bill="1"), a_link("B", "10.00", bill="2")
    paid = a_check("1", "10.00", "2", vendor_ref="A")
    lines = match_payments([a_payment("A", "10.00")], [paid], [ours, other], POLICY)
    assert [(line.code, line.checks) for line in lines] == [("R01", ())]
    elsewhere = match_payments([a_payment("A", "10.00")], [replace(paid, vendor="V9")], [ours, other], POLICY)
    assert [line.code for line in elsewhere] == ["R01"]


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (a_check("1", "10.00", "99", vendor="V9", vendor_ref="A"), "R11"),
        (a_check("1", "10.00", "99", vendor="V9", vendor_ref="A", status="Balanced"), "R01"),
        (a_check("1", "11.00", "99", vendor="V9", vendor_ref="A"), "R01"),
        (a_check("1", "10.00", "99", vendor="V9", vendor_ref="B"), "R01"),
    ],
)
def test_money_at_another_vendor_is_seen_only_where_number_and_amount_are_equal(check: Check, code: str) -> None:
    (line,) = match_payments([a_payment("A", "10.00")], [check], [a_link("A", "10.00")], POLICY)
    assert line.code == code


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"payment_ref": "CHK-77"}, "R13"),
        ({"description": "for INV-7"}, "R13"),
        ({"payment_ref": "CHK-77", "vendor": "V9"}, "R01"),
        ({"payment_ref": "CHK-78"}, "R01"),
        ({"payment_ref": "CHK-77", "amount": "11.00"}, "R01"),
    ],
)
def test_a_payment_applied_to_nothing_is_ours_only_by_vendor_amount_and_name(
    members: dict[str, Any], code: str
) -> None:
    check = a_check("1", **{"amount": "10.00", "bill": None, **members})
    payment = a_payment("INV-7", "10.00", reference="CHK-77")
    (line,) = match_payments([payment], [check], [a_link("INV-7", "10.00")], POLICY)
    assert line.code == code


def test_a_voided_payment_of_another_vendor_is_not_this_one() -> None:
    check = a_check("1", "10.00", None, status="Voided", payment_ref="CHK-77", vendor="V9")
    (line,) = match_payments([a_payment("A", "10.00", reference="CHK-77")], [check], [a_link("A", "10.00")], POLICY)
    assert line.code == "R01"


def test_all_claims_of_an_invoice_look_at_all_its_payments() -> None:
    link = a_link("A", "30.00", bill="1")
    payments = [a_payment("A", f"{n}0.00", payment_id=f"P-{n}") for n in (1, 2)]
    checks = [a_check("1", "10.00", "1"), a_check("2", "20.00", "9", vendor_ref="A")]
    lines = match_payments(payments, checks, [link], POLICY)
    assert {line.payment_id: line.checks for line in lines} == {"P-1": ("Payment 1",), "P-2": ("Payment 2",)}


def test_an_invoice_is_found_by_stamplis_id_and_else_by_vendor_and_number() -> None:
    by_id = a_link("A", "10.00", bill="1")
    other_vendor = replace(a_link("A", "10.00", "V9", "2"), invoice_id="i-9", external_id="ST-9")
    other_number = replace(a_link("B", "10.00", bill="3"), external_id=None)
    known = [by_id, other_vendor, other_number]

    def found(application: PaymentApplication, vendor: str | None = "V10004") -> str | None:
        payment = replace(a_payment("A", "10.00"), applications=(application,), vendor_id=vendor)
        (line,) = match_payments([payment], [], known, POLICY)
        return line.invoice_id

    assert found(PaymentApplication("zzz", "ST-A", None, usd("10.00"))) == "i-A"
    assert found(PaymentApplication("a ", None, "V9", usd("10.00"))) == "i-9"
    assert found(PaymentApplication("B", "ST-unknown", None, usd("10.00"))) == "i-B"
    assert found(PaymentApplication("B", None, None, usd("10.00")), vendor="V9") is None
    assert found(PaymentApplication("C", None, None, usd("10.00"))) is None


def test_a_payment_without_vendor_and_number_takes_those_of_its_invoice() -> None:
    application = PaymentApplication(None, "ST-A", None, usd("10.00"))
    payment = replace(a_payment("A", "10.00"), applications=(application,), vendor_id=None)
    (line,) = match_payments([payment], [], [a_link("A", "10.00")], POLICY)
    assert (line.vendor_id, line.invoice_number, line.code) == ("V10004", "A", "R01")


def test_of_two_invoices_with_one_number_the_one_with_a_bill_is_meant() -> None:
    billed, other = a_link("A", "10.00"), replace(a_link("A", "10.00", bill=None), invoice_id="z", external_id="Z")
    application = PaymentApplication("A", None, None, usd("10.00"))
    payment = replace(a_payment("A", "10.00"), applications=(application,))
    for links in ([billed, other], [other, billed]):
        (line,) = match_payments([payment], [], links, POLICY)
        assert line.invoice_id == "i-A"


def test_payments_of_one_unknown_number_at_two_vendors_are_two_matters() -> None:
    payments = [a_payment("A", "10.00", vendor=v, payment_id=f"P-{v}") for v in ("V1", "V2")]
    checks = [a_check("1", "10.00", "1", vendor="V1", vendor_ref="A")]
    lines = match_payments(payments, checks, [], POLICY)
    assert {line.payment_id: line.code for line in lines} == {"P-V1": None, "P-V2": "R11"}


def test_payments_that_name_no_invoice_are_each_their_own_matter() -> None:
    bare = [replace(a_payment("A", "10.00", payment_id=f"P-000{n}"), applications=()) for n in (1, 2)]
    checks = [a_check("1", "10.00", None, payment_ref="P-0001")]
    lines = match_payments(bare, checks, [], POLICY)
    assert {line.payment_id: line.code for line in lines} == {"P-0001": "R13", "P-0002": "R01"}


def test_a_payment_too_many_is_told_with_the_last_live_claim() -> None:
    link = a_link("A", "10.00")
    claims = [a_payment("A", "4.00", payment_id="P-1"), a_payment("A", "6.00", payment_id="P-2")]
    voided = a_payment("A", "9.00", "voided", payment_id="P-3")
    checks = [a_check("1", "4.00"), a_check("2", "6.00"), a_check("3", "5.00")]
    lines = match_payments([*claims, voided], checks, [link], POLICY)
    assert {line.payment_id: (line.code, line.checks) for line in lines} == {
        "P-1": (None, ("Payment 1",)),
        "P-2": ("R14", ("Payment 2", "Payment 3")),
        "P-3": (None, ()),
    }


def test_two_more_payments_applied_to_nothing_are_both_told() -> None:
    again = [a_check(n, "10.00", None, description="INV-7") for n in ("2", "3")]
    (line,) = match_payments(
        [a_payment("INV-7", "10.00")], [a_check("1", "10.00"), *again], [a_link("INV-7", "10.00")], POLICY
    )
    assert (line.code, line.checks) == ("R14", ("Payment 1", "Payment 2", "Payment 3"))


def test_lines_come_the_gravest_and_greatest_first() -> None:
    payments = [a_payment(n, a) for n, a in [("B", "10.00"), ("A", "10.00"), ("C", "90.00")]]
    wrong = a_check("9", "1.00", "9", vendor="V9", vendor_ref="D")
    lines = match_payments([*payments, a_payment("D", "1.00")], [wrong], [], POLICY)
    assert [(line.payment_id, line.code) for line in lines] == [
        ("P-D", "R11"),
        ("P-C", "R01"),
        ("P-A", "R01"),
        ("P-B", "R01"),
    ]


def test_a_check_pays_several_bills_each_with_its_own_part() -> None:
    parts = tuple(
        CheckApplication(BillKey("Bill", n), Decimal(amount), Decimal(0), None, True)
        for n, amount in [("1", "4.00"), ("2", "6.00")]
    )
    check = replace(a_check("1", "10.00"), applications=parts)
    links = [a_link("A", "4.00", bill="1"), a_link("B", "6.00", bill="2")]
    lines = match_payments([a_payment("A", "4.00"), a_payment("B", "6.00")], [check], links, POLICY)
    assert [(line.payment_id, line.result, line.acumatica, line.paid_on) for line in lines] == [
        ("P-A", "matched", Decimal("4.00"), PAID_ON),
        ("P-B", "matched", Decimal("6.00"), PAID_ON),
    ]


def test_of_two_invoices_we_never_saw_each_keeps_its_own_payment_whoever_comes_first() -> None:
    early = a_payment("B", "10.00", payment_id="P-B", payment_date=date(2026, 10, 1))
    lines = match_payments([a_payment("A", "10.00"), early], [a_check("1", "10.00", "1", vendor_ref="A")], [], POLICY)
    assert {line.payment_id: line.code for line in lines} == {"P-A": None, "P-B": "R01"}


def test_of_one_number_at_two_vendors_each_keeps_its_own_payment_whoever_comes_first() -> None:
    early = a_payment("A", "10.00", vendor="V2", payment_id="P-2", payment_date=date(2026, 10, 1))
    own = a_payment("A", "10.00", vendor="V1", payment_id="P-1")
    check = a_check("1", "10.00", "1", vendor="V1", vendor_ref="A")
    lines = match_payments([own, early], [check], [], POLICY)
    assert {line.payment_id: line.code for line in lines} == {"P-1": None, "P-2": "R11"}


def test_two_payments_of_an_invoice_we_never_saw_are_judged_together() -> None:
    payments = [a_payment("A", amount, payment_id=f"P-{amount}") for amount in ("4.00", "6.00")]
    checks = [a_check(str(n), amount, "1", vendor_ref="A") for n, amount in enumerate(("4.00", "6.00"))]
    lines = match_payments(payments, checks, [], POLICY)
    assert [(line.payment_id, line.result) for line in lines] == [("P-4.00", "matched"), ("P-6.00", "matched")]


def test_a_second_payment_of_an_invoice_we_never_saw_is_missing_and_not_at_another_vendor() -> None:
    payments = [a_payment("A", "9.00", payment_id=f"P-{n}") for n in (1, 2)]
    lines = match_payments(payments, [a_check("1", "9.00", "1", vendor_ref="A")], [], POLICY)
    assert {line.payment_id: line.code for line in lines} == {"P-1": None, "P-2": "R01"}


def test_of_two_payments_at_other_vendors_one_is_told() -> None:
    checks = [a_check(n, "10.00", "99", vendor=f"V{n}", vendor_ref="A") for n in ("8", "9")]
    (line,) = match_payments([a_payment("A", "10.00")], checks, [a_link("A", "10.00")], POLICY)
    assert (line.code, line.acumatica, line.checks) == ("R11", Decimal("10.00"), ("Payment 8",))


def test_an_invoice_named_in_two_ways_is_looked_for_under_both() -> None:
    first = a_payment("A", "10.00", payment_id="P-1")
    other_word = PaymentApplication("A/2026", "ST-A", "V10004", usd("5.00"))
    second = replace(a_payment("A", "5.00", payment_id="P-2"), applications=(other_word,))
    checks = [a_check("1", "10.00", "7", vendor_ref="A")]
    lines = match_payments([first, second], checks, [a_link("A", "15.00", bill=None)], POLICY)
    assert {line.payment_id: (line.code, line.checks) for line in lines} == {
        "P-1": (None, ("Payment 1",)),
        "P-2": ("R16", ()),
    }


def test_lines_that_are_alike_come_by_their_number_and_one_without_a_number_first() -> None:
    names = ["INV-2", "INV-1", None]
    applications = tuple(PaymentApplication(name, None, None, usd("1.00")) for name in names)
    payment = replace(a_payment("A", "3.00"), applications=applications)
    lines = match_payments([payment], [], [], POLICY)
    assert [(line.code, line.invoice_number) for line in lines] == [("R01", None), ("R01", "INV-1"), ("R01", "INV-2")]


def test_every_figure_of_a_line_is_a_decimal_where_nothing_was_paid_too() -> None:
    (line,) = match_payments([a_payment("A", "10.00", "scheduled")], [], [], POLICY)
    assert [type(figure) for figure in (line.stampli, line.acumatica)] == [Decimal, Decimal]
