"""Every row of sections B and C of the fault catalogue is a test; this tells where those are that need no house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.network_faults import NETWORK
from tests.faults.test_business_rows import PEOPLE, REFUSED

_TESTS = Path(__file__).parents[1]
_SOCKETS, _SIGN_IN = "wire/acumatica/test_sockets.py", "wire/acumatica/test_sign_in.py"
_OUTCOMES, _TWIN_BILLS = "wire/acumatica/test_outcomes.py", "wire/acumatica/test_twin_bills.py"
_FINISH = "flows/test_finish_bills.py"

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
}
"""Rows proven below the whole house: file and test."""


def _named_here() -> set[int]:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*_rows.py"))
    named = {int(number) for number in re.findall(r"def test_rows?_(\d+)_", text)}
    named |= {int(number) for _, number in re.findall(r"def test_rows_(\d+)_and_(\d+)_", text)}
    named |= {int(name.split()[1].rstrip(":")) for name in PEOPLE}
    return named | {each.row for each in NETWORK} | {each.row for each in REFUSED}


def test_every_row_of_both_sections_has_its_test() -> None:
    assert sorted(_named_here() | set(ELSEWHERE)) == list(range(24, 105))


@pytest.mark.parametrize("row", ELSEWHERE)
def test_a_row_proven_elsewhere_is_there(row: int) -> None:
    path, name = ELSEWHERE[row]
    assert f"def {name}(" in (_TESTS / path).read_text(encoding="utf-8")
