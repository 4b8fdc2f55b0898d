"""Every row of sections B, C and F of the fault catalogue is a test; this tells where those are that need no house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.network_faults import NETWORK
from tests.faults.test_business_rows import PEOPLE, REFUSED
from tests.faults.test_file_rows import REFUSED as REFUSED_FILES

_TESTS = Path(__file__).parents[1]
_SOCKETS, _SIGN_IN = "wire/acumatica/test_sockets.py", "wire/acumatica/test_sign_in.py"
_OUTCOMES, _TWIN_BILLS = "wire/acumatica/test_outcomes.py", "wire/acumatica/test_twin_bills.py"
_FINISH = "flows/test_finish_bills.py"
_HEAD, _TAKE = "domain/rules/test_vendor_and_header.py", "flows/test_take_invoices.py"

ELSEWHERE: dict[int, tuple[str, str]] = {
    25: (_SOCKETS, "test_nothing_is_sent_to_a_name_that_does_not_exist"),
    26: (_SOCKETS, "test_an_address_inside_is_judged_when_it_is_connected_to"),
    27: (_SOCKETS, "test_a_bad_certificate_rests_the_connection_before_a_byte_is_sent"),
    28: (_SOCKETS, "test_a_handshake_that_never_ends_has_sent_nothing"),
    29: (_OUTCOMES, "test_only_failures_before_the_first_byte_are_not_sent"),
    36: (_SOCKETS, "test_whatever_goes_wrong_after_the_first_byte_is_uncertain_and_not_repeated"),
    38: (_SOCKETS, "test_an_answer_larger_than_the_cap_is_cut"),
    39: (_SOCKETS, "test_an_answer_larger_than_the_cap_is_cut"),
    49: (_SOCKETS, "test_one_write_reaches_the_network_once"),
    57: (_SIGN_IN, "test_a_permission_that_ended_asks_for_a_person"),
    58: (_SIGN_IN, "test_a_lost_answer_to_a_refresh_keeps_the_old_token"),
    69: (_TWIN_BILLS, "test_a_release_longer_than_the_cap_is_uncertain"),
    70: (_SOCKETS, "test_reads_share_a_connection_and_every_write_has_its_own"),
    76: ("flows/test_posting_under_fire.py", "test_never_two_payable_bills_and_none_lost"),
    83: ("scenarios/test_tax_and_totals.py", "test_s17_tax_a_cent_off_is_set_to_what_the_invoice_states"),
    84: (_FINISH, "test_a_bill_that_is_not_as_sent_stays_on_hold_before_a_person"),
    201: (_HEAD, "test_a_name_that_looks_like_another_vendors_is_read_by_a_person"),
    202: (_HEAD, "test_the_lines_must_make_the_total_to_the_cent"),
    203: (_HEAD, "test_tax_counts_once_as_total_or_as_lines"),
    206: (_TAKE, "test_the_same_invoice_in_another_file_adds_nothing"),
    # What is missing of the lines is missing of their sum, as in row 202.
    207: (_HEAD, "test_the_lines_must_make_the_total_to_the_cent"),
    208: (_TAKE, "test_what_is_not_final_waits_until_it_is"),
    224: ("wire/acumatica/test_values.py", "test_what_is_no_json_we_accept_is_never_half_read"),
}
"""Rows proven below the whole house: file and test."""


def _named_here() -> set[int]:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*_rows.py"))
    named = {int(number) for number in re.findall(r"def test_rows?_(\d+)_", text)}
    named |= {int(number) for _, number in re.findall(r"def test_rows_(\d+)_and_(\d+)_", text)}
    named |= {int(name.split()[1].rstrip(":")) for name in PEOPLE}
    named |= {each.row for each in REFUSED_FILES}
    return named | {each.row for each in NETWORK} | {each.row for each in REFUSED}


def test_every_row_of_the_sections_has_its_test() -> None:
    assert sorted(_named_here() | set(ELSEWHERE)) == [*range(24, 105), *range(166, 226)]


@pytest.mark.parametrize("row", ELSEWHERE)
def test_a_row_proven_elsewhere_is_there(row: int) -> None:
    path, name = ELSEWHERE[row]
    assert f"def {name}(" in (_TESTS / path).read_text(encoding="utf-8")
