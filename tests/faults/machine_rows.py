"""Sections A and G of the fault catalogue: rows that other rooms prove, and rows not answered yet."""

from __future__ import annotations

_STEPS, _LOST, _MACHINE = "crash/test_killed_at_every_step.py", "crash/test_lost_answers.py", "crash/test_machine.py"
_WORKER, _DATABASE = "cli/test_worker.py", "store/test_database.py"
_SERVER, _ON_SERVER = "store/test_postgresql.py", "scenarios/test_on_postgresql.py"
_AT_ANY_EDGE = (_STEPS, "test_a_pass_killed_at_any_boundary_is_made_good_by_the_next")
_IN_FLIGHT = (_LOST, "test_a_creation_in_flight_when_the_process_dies_is_waited_for")
_STOPPED = (_WORKER, "test_a_worker_stopped_while_a_bill_is_made_says_that_one_is_to_be_checked")

CRASHES: dict[int, tuple[str, str]] = {
    **dict.fromkeys((1, 2, 3, 5, 9, 10, 11, 12, 14, 15), _AT_ANY_EDGE),
    6: (_LOST, "test_a_creation_that_never_arrived_is_sent_again_after_the_long_quarantine"),
    7: _IN_FLIGHT,
    13: (_LOST, "test_a_finishing_call_in_flight_when_the_process_dies_is_done_once"),
    16: (
        "cli/test_audit_export.py",
        "test_each_head_leaves_one_digest_and_what_a_killed_process_left_out_is_caught_up",
    ),
    17: (_STEPS, "test_a_second_kill_changes_nothing"),
    19: (_DATABASE, "test_a_database_that_ignores_the_safe_setting_is_not_used"),
    # The soak does it with real workers for twenty minutes, where it is asked for.
    20: (_MACHINE, "test_no_walk_of_many_processes_and_faults_goes_wrong"),
    21: _STOPPED,
}
"""Section A."""

MACHINE: dict[int, tuple[str, str]] = {
    # Needs root, for a disk of a few mebibytes.
    228: ("cli/test_full_disks.py", "test_a_full_disk_under_the_archive_takes_no_file_it_could_not_keep"),
    229: (_DATABASE, "test_a_read_only_database_is_told_as_one"),
    230: ("store/test_archive.py", "test_a_changed_original_is_not_given_out"),
    231: (_DATABASE, "test_after_a_failed_write_to_the_disk_nothing_more_is_tried"),
    232: (_DATABASE, "test_a_second_writer_is_told_that_the_database_is_busy"),
    233: (_DATABASE, "test_a_file_that_is_no_database_is_refused_and_left_alone"),
    235: (_ON_SERVER, "test_a_server_that_is_away_is_told_and_the_next_pass_goes_on"),
    236: (_SERVER, "test_a_commit_without_an_answer_is_looked_up"),
    237: (_ON_SERVER, "test_connections_that_are_ended_at_every_step_change_nothing"),
    238: (_SERVER, "test_what_the_server_says_is_told_in_our_words"),
    239: ("store/test_migrations.py", "test_an_update_that_breaks_off_leaves_nothing"),
    240: ("store/test_migrations.py", "test_a_database_of_a_newer_version_is_refused_and_left_as_it_is"),
    241: ("scenarios/test_sweep.py", "test_row_241_a_database_of_yesterday_is_linked_with_what_was_booked_since"),
    243: ("engine/test_schedule.py", "test_each_run_is_due_once_where_the_clock_is_changed"),
    248: _STOPPED,
    250: ("vault/test_vault.py", "test_a_wrong_or_missing_key_opens_nothing_and_overwrites_nothing"),
    251: ("vault/test_rotation.py", "test_stopped_at_any_step_it_goes_on_and_everything_opens_meanwhile"),
    # Who began under an older version finds the epoch of his rows moved on by the newer one.
    252: ("store/test_invoices.py", "test_what_an_earlier_holder_still_tries_to_write_fails"),
}
"""Section G."""
