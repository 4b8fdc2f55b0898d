"""Every row of sections A to H of the fault catalogue is a test; this tells where those are that need no house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.machine_rows import CRASHES, MACHINE
from tests.faults.network_faults import NETWORK
from tests.faults.test_business_rows import PEOPLE, REFUSED
from tests.faults.test_file_rows import REFUSED as REFUSED_FILES

_TESTS = Path(__file__).parents[1]
_SOCKETS, _SIGN_IN = "wire/acumatica/test_sockets.py", "wire/acumatica/test_sign_in.py"
_OUTCOMES, _TWIN_BILLS = "wire/acumatica/test_outcomes.py", "wire/acumatica/test_twin_bills.py"
_FINISH = "flows/test_finish_bills.py"
_HEAD, _TAKE = "domain/rules/test_vendor_and_header.py", "flows/test_take_invoices.py"

_SIGNING, _OPENSSH = "wire/sftp/test_signing_in.py", "wire/sftp/test_openssh.py"
_LIES, _WRITES = "wire/sftp/test_hostile_files.py", "wire/sftp/test_hostile_writes.py"
_SETTLING, _NAMES = "wire/sftp/test_settling.py", "wire/sftp/test_names.py"
_PICK_UP = "flows/test_pick_up_files.py"
_ANY_BOUNDARY = ("crash/test_sets_killed.py", "test_a_set_survives_a_pass_that_ends_at_any_boundary")
_HOSTILE_NAME = (_LIES, "test_a_hostile_name_is_shown_escaped_and_never_opened")
_ODD_NAME = (_OPENSSH, "test_an_odd_but_harmless_name_is_read")

SFTP: dict[int, tuple[str, str]] = {
    105: (_SIGNING, "test_nobody_listening_is_unreachable"),
    107: (_SIGNING, "test_a_changed_host_key_is_refused_before_any_sign_in"),
    110: (_SIGNING, "test_a_server_with_outdated_encryption_only_is_refused"),
    111: (_SIGNING, "test_a_cipher_open_to_terrapin_needs_strict_key_exchange"),
    112: (_SIGNING, "test_a_stall_before_or_in_the_key_exchange_ends_at_the_deadline"),
    113: (_OPENSSH, "test_a_listing_that_always_breaks_off_gives_nothing"),
    114: (_OPENSSH, "test_a_download_that_always_breaks_off_gives_nothing"),
    115: _ANY_BOUNDARY,
    116: _ANY_BOUNDARY,
    117: (_OPENSSH, "test_a_file_that_grows_meanwhile_is_never_taken_half"),
    121: (_LIES, "test_a_young_file_rewritten_in_place_is_noticed_by_the_second_read"),
    123: (_PICK_UP, "test_the_same_bytes_under_another_name_are_a_repeat_and_add_nothing"),
    124: (_PICK_UP, "test_the_same_file_written_again_is_a_repeat_without_a_row_of_its_own"),
    125: (_SETTLING, "test_an_older_time_than_the_last_one_seen_is_no_reason_to_leave_a_file"),
    127: (_SETTLING, "test_a_file_that_is_gone_at_the_second_look_has_vanished"),
    # Needs root, for a user whose permissions count.
    128: (_OPENSSH, "test_a_file_without_permission_does_not_stop_the_others"),
    129: (_WRITES, "test_a_folder_that_is_not_there_is_named_and_never_made"),
    131: ("stampli/test_exchange.py", "test_a_moved_file_carries_the_head_of_its_hash"),
    132: (_OPENSSH, "test_a_file_lands_whole_under_its_name_and_only_there"),
    133: (_WRITES, "test_a_move_is_done_once_whatever_happens_to_its_answer"),
    134: (_WRITES, "test_a_line_that_breaks_during_the_upload_leaves_a_part_name_only"),
    135: (_WRITES, "test_a_rename_whose_answer_was_lost_is_decided_by_looking"),
    # Needs root, for a disk of two mebibytes.
    137: (_OPENSSH, "test_a_full_disk_is_named_and_nothing_is_left"),
    139: ("flows/test_pick_up_groups.py", "test_more_files_than_a_group_holds_are_all_taken_in_one_pass"),
    140: (_OPENSSH, "test_a_file_of_fifty_gigabytes_is_refused_by_its_size"),
    141: (_LIES, "test_a_file_that_gives_more_than_announced_is_refused"),
    142: (_LIES, "test_one_slow_file_does_not_stop_the_others"),
    143: (_OPENSSH, "test_a_session_the_server_ended_while_idle_is_made_again"),
    145: (_LIES, "test_odd_block_sizes_change_nothing"),
    146: (_LIES, "test_a_hole_in_the_middle_is_never_filled_up"),
    147: ("store/test_files.py", "test_the_same_bytes_under_another_name_are_a_repeat"),
    **dict.fromkeys((150, 151, 152, 153, 154, 155), _HOSTILE_NAME),
    156: (_OPENSSH, "test_twins_by_form_or_case_are_two_files"),
    157: (_NAMES, "test_a_turned_around_name_shows_its_marks"),
    158: (_OPENSSH, "test_every_kind_of_entry_is_listed_for_what_it_is"),
    159: (_OPENSSH, "test_many_files_come_in_the_order_asked_with_reasons_for_those_that_do_not"),
    160: _ODD_NAME,
    161: _ODD_NAME,
    162: (_SIGNING, "test_a_flood_before_the_greeting_is_cut_off"),
    164: (_LIES, "test_sizes_and_times_beyond_reason_are_clamped"),
    165: (_NAMES, "test_an_old_library_is_refused"),
}
"""Rows of sections D and E proven on the edge or the flows."""

_AWAKE, _LIKE = "crash/test_two_processes.py", "scenarios/test_look_alikes.py"
_REPLAY, _SWEEP = "scenarios/test_replay.py", "scenarios/test_sweep.py"
_EACH_CLASS = (_LIKE, "test_each_class_is_told_of_what_is_booked")
_REPLAY_BESIDE = (_REPLAY, "test_a_replay_while_a_pass_runs_does_nothing")

PEOPLE_ROWS: dict[int, tuple[str, str]] = {
    253: ("crash/test_two_workers.py", "test_what_a_killed_worker_had_begun_is_finished_by_the_other_nothing_twice"),
    254: (_SWEEP, "test_row_254_a_second_installation_is_told_by_its_marks"),
    255: (_AWAKE, "test_a_process_that_wakes_up_late_leaves_the_books_as_they_are"),
    256: (_AWAKE, "test_a_process_that_wakes_up_after_its_lease_is_gone_never_makes_a_second_payable_bill"),
    # A lease that ran out while its holder lives is all that a wrong clock can bring about.
    257: (_AWAKE, "test_a_process_that_wakes_up_after_its_lease_is_gone_never_makes_a_second_payable_bill"),
    258: _REPLAY_BESIDE,
    259: _REPLAY_BESIDE,
    260: (_REPLAY, "test_what_is_booked_is_held_against_its_bill_and_nothing_is_written"),
    263: ("scenarios/test_people_decide.py", "test_a_bill_typed_by_hand_stands_for_the_invoice_and_is_proven"),
    **dict.fromkeys(
        (265, 266), (_SWEEP, "test_rows_265_and_266_a_bill_typed_later_is_found_also_under_another_spelling")
    ),
    267: _EACH_CLASS,
    268: _EACH_CLASS,
    269: (_TAKE, "test_a_newer_version_replaces_one_of_which_nothing_was_sent"),
    270: ("scenarios/test_corrections.py", "test_a_released_bill_stays_and_a_person_reads_what_differs"),
    271: (
        "scenarios/test_canceled_after_booking.py",
        "test_s37_on_instruction_a_debit_adjustment_of_the_same_lines_undoes_the_bill",
    ),
    273: (_LIKE, "test_a_number_begun_anew_in_another_year_is_asked_once_for_its_vendor"),
    278: ("cli/test_looking_up.py", "test_a_trail_that_somebody_changed_is_told_with_the_place"),
    279: ("cli/test_audit_export.py", "test_a_trail_cut_off_at_its_end_is_found_by_the_second_place_alone"),
    280: (_REPLAY, "test_archived_bytes_that_are_not_those_that_came_are_named"),
    281: ("flows/test_validate_invoices.py", "test_a_fault_of_the_program_in_one_invoice_leaves_the_others_alone"),
    283: (
        "engine/test_ticker.py",
        "test_a_thousand_connections_share_the_workers_and_none_waits_more_than_twice_its_share",
    ),
}
"""Rows of section H proven on two processes, the whole house or the engine."""

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
    **SFTP,
    **CRASHES,
    **MACHINE,
    **PEOPLE_ROWS,
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
    assert sorted(_named_here() | set(ELSEWHERE)) == [*range(1, 277), *range(278, 284)]


@pytest.mark.parametrize("row", ELSEWHERE)
def test_a_row_proven_elsewhere_is_there(row: int) -> None:
    path, name = ELSEWHERE[row]
    assert f"def {name}(" in (_TESTS / path).read_text(encoding="utf-8")
