"""The facts of acumatica_api.md 1 to 9, one by one: the wire test that shows our client keeps to it, or why it does not
rely on it.

A fact is a row of a table or a point of a list there, in a few words. ``test_facts`` holds this list against the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its section, what it says, and the test (``file::name``), or why nothing here rests on it."""

    section: str
    said: str
    test: str = ""
    not_relied_on: str = ""


_BILLS, _SIGN_IN, _VALUES = "test_bills", "test_sign_in", "test_values"
_OUTCOMES, _READING, _LOOKUP = "test_outcomes", "test_reading", "test_lookup"
_MASTER, _TWIN_BILLS, _SESSIONS = "test_twin_master_data", "test_twin_bills", "test_twin_sessions"
_PERMISSION, _SLOW, _MORE = "test_permission", "test_slowing_down", "test_more_facts"
_CHANGED = "test_changed_vendors"
_FILES, _SCHEMA, _RENEWING = "test_attachments", "test_schema_watch", "test_renewing"
_DAC, _PAGES, _OWN = "test_dac", "test_dac_pages", "test_extended"


def _shown(section: str, said: str, file: str, name: str) -> Fact:
    return Fact(section, said, f"{file}::test_{name}")


def _not(section: str, said: str, why: str) -> Fact:
    return Fact(section, said, not_relied_on=why)


ADDRESSES = (
    _shown(
        "1", "an instance may lie below a virtual directory", _MORE, "every_address_lies_below_the_virtual_directory"
    ),
    _shown("1", "Location is host-relative or absolute", _BILLS, "a_release_is_polled_to_its_end_in_the_same_session"),
    _shown("1", "GET /entity is an object or a bare array", _MORE, "the_endpoint_list_is_read_in_both_shapes"),
    _shown(
        "1",
        "records by keys in the order of the form, by label",
        _BILLS,
        "a_bill_is_read_by_its_key_with_lines_and_taxes",
    ),
    _shown(
        "1", "a slash in a key cannot be escaped", _READING, "a_key_that_cannot_stand_in_a_path_is_asked_for_by_filter"
    ),
    _not("1", "records by id", "bills are kept and asked for by key"),
    _shown(
        "1",
        "swagger.json tells an endpoint of the customer's own, in both its forms",
        _OWN,
        "an_order_is_read_with_the_endpoints_own_fields",
    ),
    _shown(
        "1",
        "$adHocSchema is a skeleton of the fields",
        _SCHEMA,
        "a_field_that_is_gone_stops_the_bill_before_its_intent",
    ),
    _shown("1", "status of an action at its Location", _BILLS, "a_release_is_polled_to_its_end_in_the_same_session"),
    _not("1", "generic inquiries by OData", "none is asked: each would have to be set up by the customer"),
    _shown("1", "PX-CbApiBranch acts for one request", _BILLS, "a_bill_is_sent_in_the_documented_form"),
    _not("1", "PX-CbApiBusinessDate, PX-ApiArchive, PX-ApiDeleted", "never sent"),
    _not("1", "locale", "never sent: values of the contract do not follow it"),
    _shown(
        "1",
        "the client id names the tenant",
        _SIGN_IN,
        "the_password_grant_names_the_tenant_and_asks_for_one_session_a_grant",
    ),
    _shown(
        "1",
        "a sign-in may land in another tenant",
        _SESSIONS,
        "a_sign_in_that_lands_in_another_tenant_reads_and_writes_nothing",
    ),
    _shown("1", "several tenants and an unknown name: 500", _SIGN_IN, "each_refusal_of_the_cookie_login_has_its_cause"),
    _not("1", "PATCH; POST to an entity root", "never sent"),
)

SIGN_IN = (
    _shown(
        "2.1",
        "client id GUID@Tenant, password grant and its form",
        _SIGN_IN,
        "the_password_grant_names_the_tenant_and_asks_for_one_session_a_grant",
    ),
    _shown("2.1", "authorization code with PKCE S256", _PERMISSION, "the_challenge_is_that_of_the_standard"),
    _shown(
        "2.1",
        "redirect_uri must be the same in both calls",
        _PERMISSION,
        "the_code_is_redeemed_with_its_verifier_and_sealed_before_its_token_is_used",
    ),
    _not("2.1", "no client credentials", "never asked for"),
    _not("2.1", "signed JWT as client authentication", "a shared secret is used"),
    _not("2.1", "discovery document, userinfo, revocation", "the token address is fixed; nothing is revoked by us"),
    _shown(
        "2.1", "expires_in: a token lives an hour", _SIGN_IN, "a_token_that_ends_is_renewed_before_the_next_request"
    ),
    _shown(
        "2.1", "a refresh token is good once", _SIGN_IN, "the_refresh_token_is_sealed_before_its_access_token_is_used"
    ),
    _shown("2.1", "parallel refreshes lose the grant", _RENEWING, "eight_processes_renew_one_grant_and_never_lose_it"),
    _shown("2.1", "any 4xx of a refresh: re-authorise", _SIGN_IN, "any_4xx_of_a_refresh_means_signing_in_again"),
    _shown(
        "2.1", "5xx and 429 of the identity server pass", _SIGN_IN, "an_identity_server_that_cannot_answer_is_transient"
    ),
    _shown(
        "2.1",
        "offline_access may be refused",
        _SIGN_IN,
        "an_application_without_refresh_tokens_gets_a_session_that_is_signed_out",
    ),
    _shown("2.1", "a grant ends with its policy", _SIGN_IN, "a_permission_that_ended_asks_for_a_person"),
    _shown("2.2", "api offline_access: one session a grant", _SESSIONS, "twenty_runs_of_one_grant_take_one_seat"),
    _shown(
        "2.2",
        "api alone: sign out",
        _SIGN_IN,
        "an_application_without_refresh_tokens_gets_a_session_that_is_signed_out",
    ),
    _not("2.2", "api:concurrent_access", "never asked for"),
    _shown(
        "2.2",
        "logout with Bearer and Content-Length 0",
        _SIGN_IN,
        "an_application_without_refresh_tokens_gets_a_session_that_is_signed_out",
    ),
    _shown(
        "2.3",
        "cookies of the login, some sent twice, all sent back",
        _SIGN_IN,
        "a_cookie_session_keeps_all_its_cookies_and_is_signed_out",
    ),
    _shown("2.3", "a wrong password is 500", _SIGN_IN, "each_refusal_of_the_cookie_login_has_its_cause"),
    _shown("2.3", "repeated failures lock the user", _SIGN_IN, "a_refused_sign_in_is_told_once_and_never_tried_twice"),
    _shown("2.3", "a password that must be changed", _SIGN_IN, "each_refusal_of_the_cookie_login_has_its_cause"),
    _shown("2.3", "an idle session is closed", _SESSIONS, "a_cookie_session_that_idled_out_is_opened_again"),
    _shown(
        "2.4", "API Login Limit under any status and type", _SIGN_IN, "the_login_limit_is_known_in_each_of_its_dresses"
    ),
    _shown(
        "2.4", "a seat not given back stays taken", _SESSIONS, "a_cookie_session_gives_its_seat_back_after_each_run"
    ),
)

LIMITS = (
    _shown("3", "requests a minute are a licence number", _SESSIONS, "the_pace_of_the_settings_is_kept"),
    _shown("3", "concurrent requests are a licence number", "test_sockets", "places_for_concurrent_requests_are_kept"),
    _shown(
        "3",
        "answers are delayed from half of the limit on",
        _SLOW,
        "while_answers_are_late_everybody_leaves_the_tenant_alone_for_as_long",
    ),
    _shown(
        "3",
        "429 when the queue is full",
        _SLOW,
        "a_429_without_a_header_holds_both_with_jitter_longer_each_time_in_a_row",
    ),
    _shown("3", "a queued request hangs up to 10 minutes", _MORE, "every_deadline_outlasts_the_queue"),
    _shown(
        "3",
        "a PUT that timed out may have committed",
        _TWIN_BILLS,
        "a_lost_answer_is_uncertain_sent_once_and_settled_by_the_look_up",
    ),
    _shown(
        "3",
        "sign-ins count, polls of an operation do not",
        _BILLS,
        "polls_of_a_long_operation_need_no_place_in_the_minute",
    ),
    _shown(
        "3",
        "Retry-After may be absent",
        _SLOW,
        "a_429_without_a_header_holds_both_with_jitter_longer_each_time_in_a_row",
    ),
    _shown(
        "3",
        "a long operation keeps its session's form busy",
        _OUTCOMES,
        "each_answer_has_its_documented_meaning_and_the_rest_is_unclear",
    ),
    _not("3", "bills count as commercial transactions", "nothing to do for a client"),
)

READING = (
    _shown("4.1", "a list is a bare array", _READING, "a_list_cut_by_the_site_is_read_to_its_end"),
    _shown("4.1", "values are wrapped, an empty one is {}", _VALUES, "text_loses_its_padding_and_nothing_else"),
    _shown("4.1", "decimals come in mixed scale", _VALUES, "decimals_come_in_any_scale"),
    _shown("4.1", "dates and instants, fraction digits", _VALUES, "a_day_is_its_date_part_and_an_instant_is_utc"),
    _shown("4.1", "periods are MMYYYY or MM-YYYY", _VALUES, "a_period_is_read_in_each_of_its_forms"),
    _shown(
        "4.1",
        "codes come padded in error texts",
        _OUTCOMES,
        "field_errors_at_any_depth_are_found_with_their_path_and_without_padding",
    ),
    _shown("4.1", "_links and files:put, on newer builds", _FILES, "a_bill_shows_its_files_and_the_link_for_more"),
    _shown(
        "4.1",
        "unbound fields stay {} in lists",
        _MASTER,
        "what_the_contract_leaves_out_comes_from_the_form_where_the_site_shows_it",
    ),
    _shown("4.2", "$filter: strings with '' inside", _VALUES, "no_text_escapes_its_literal"),
    _shown("4.2", "datetimeoffset literals, percent-encoded", _VALUES, "filters_are_written_as_documented"),
    _not(
        "4.2",
        "typed literals, linked entities, cf.*, guids in filters",
        "only texts and instants of own fields are asked for",
    ),
    _not("4.2", "filters on detail collections", "never sent"),
    _shown("4.2", "functions stand bare; `eq true` empties the answer", _VALUES, "filters_are_written_as_documented"),
    _shown(
        "4.2",
        "a filter may hide everything without an error",
        _LOOKUP,
        "a_filter_that_hides_the_witness_is_asked_clause_by_clause",
    ),
    _shown("4.2", "startswith may not be known", _LOOKUP, "a_site_that_knows_no_startswith_is_asked_by_substring"),
    _shown("4.2", "non-key filters on orders cannot be trusted", _MASTER, "orders_are_never_asked_for_by_status"),
    _shown(
        "4.2",
        "an empty list of orders is not believed",
        _READING,
        "an_empty_list_of_orders_is_not_believed_where_a_plain_read_shows_some",
    ),
    _shown("4.2", "$expand names every level", _MORE, "every_level_of_an_expansion_is_named"),
    _shown("4.2", "some entities refuse $select", _MASTER, "a_site_that_knows_no_select_is_read_whole"),
    _shown(
        "4.2",
        "$custom reaches the form's other fields",
        _MASTER,
        "what_the_contract_leaves_out_comes_from_the_form_where_the_site_shows_it",
    ),
    _shown("4.2", "a list may repeat itself", _READING, "a_list_that_gives_the_same_rows_for_ever_ends"),
    _shown(
        "4.2",
        "a list may never end",
        _READING,
        "a_list_that_has_other_rows_for_ever_is_an_error_and_no_part_of_a_list",
    ),
    _shown("4.2", "no order is promised; pages by key", _MASTER, "ranges_between_keys_cover_every_row_once"),
    _shown(
        "4.2",
        "key comparison follows the collation",
        _TWIN_BILLS,
        "a_bill_typed_by_hand_is_found_as_widely_as_the_server_compares",
    ),
    _shown(
        "4.3",
        "CannotOptimize: poorer lists, then one by one",
        _MASTER,
        "a_site_that_refuses_every_expansion_in_lists_is_read_all_the_same",
    ),
    _shown("4.3", "what the site can never answer is asked once", _MASTER, "a_refused_shape_is_asked_for_once"),
    _shown("4.3", "inquiries are read by PUT", _MASTER, "branches_and_periods_belong_to_their_company"),
    _shown(
        "4.3",
        "an inquiry may fail on an unconfigured tenant",
        _MASTER,
        "branches_come_from_the_ledgers_where_the_inquiry_does_not_answer",
    ),
    _shown("4.4", "LastModifiedDateTime, literals in UTC", _SESSIONS, "payments_are_read_since_an_instant_in_utc"),
    _shown(
        "4.4",
        "a filter's instant may be taken in another zone",
        _CHANGED,
        "rows_that_a_filter_by_date_keeps_back_are_read_by_their_keys",
    ),
    _shown(
        "4.4",
        "overlap of 24 hours",
        _CHANGED,
        "what_changed_a_day_before_the_newest_change_is_read_again_whatever_its_date_says",
    ),
    _shown(
        "4.4",
        "not every change moves the date",
        _CHANGED,
        "a_change_that_moves_no_date_is_seen_when_nothing_held_is_passed",
    ),
    _shown(
        "4.4",
        "deletions are invisible to a filter by date",
        _CHANGED,
        "what_changed_is_new_or_is_gone_is_seen_without_reading_the_rest",
    ),
    _not("4.4", "subaccounts carry no change time", "they are read whole each time"),
    _shown("4.5", "a missing record is 500, on some builds 404", _BILLS, "a_bill_that_is_not_there_is_none"),
    _shown("4.5", "a filter without a match is []", _LOOKUP, "a_blank_reference_matches_no_bill"),
    _shown(
        "4.5",
        "a wrong version is 404",
        _SIGN_IN,
        "a_404_in_the_middle_of_a_run_asks_whether_the_endpoint_is_still_there",
    ),
    _shown(
        "4.5", "set-up missing is 500, a feature off 403", _MASTER, "a_feature_that_is_off_is_a_gap_and_not_a_failure"
    ),
)

WRITING = (
    _shown(
        "5.1",
        "200 with the record, details where expanded",
        _BILLS,
        "the_answer_is_the_bill_with_padding_gone_and_amounts_exact",
    ),
    _shown("5.1", "the record is named by its key in the body", _BILLS, "off_hold_sends_the_key_and_nothing_else"),
    _shown("5.1", "If-None-Match: insert only, 412", _BILLS, "insert_only_that_meets_a_record_says_that_it_exists"),
    _shown("5.1", "If-Match: update only, 412", _BILLS, "off_hold_is_believed_only_for_the_bill_it_was_for"),
    _shown(
        "5.1",
        "unknown fields are ignored: names are checked",
        _VALUES,
        "a_name_that_is_not_in_the_contract_is_a_fault_of_the_program",
    ),
    _shown(
        "5.1", "drop-downs take their labels", _TWIN_BILLS, "each_kind_of_document_is_created_and_read_by_its_label"
    ),
    _not("5.1", "strings for numbers; null clears; custom fields", "numbers are sent as numbers, nothing is cleared"),
    _shown("5.1", "note is writable", _BILLS, "a_bill_is_sent_in_the_documented_form"),
    _shown("5.1", "400 with modelState", _OUTCOMES, "a_bad_request_tells_its_model_state"),
    _shown(
        "5.1",
        "details keep their order and have no line number",
        _TWIN_BILLS,
        "a_field_error_names_the_line_as_the_plan_counts_it",
    ),
    _shown("5.1", "PUT skips equal values: read back", _TWIN_BILLS, "off_hold_may_be_repeated"),
    _shown(
        "5.2",
        "numbers are given by the site: look before and after",
        _LOOKUP,
        "one_read_asks_for_reference_mark_and_witness_over_all_types_and_statuses",
    ),
    _shown(
        "5.2",
        "a PUT is never repeated blindly",
        _TWIN_BILLS,
        "a_lost_answer_is_uncertain_sent_once_and_settled_by_the_look_up",
    ),
    _shown(
        "5.3",
        "each status and what it proves",
        _OUTCOMES,
        "each_answer_has_its_documented_meaning_and_the_rest_is_unclear",
    ),
    _shown(
        "5.3",
        "422 is the entity with errors at any depth",
        _OUTCOMES,
        "field_errors_at_any_depth_are_found_with_their_path_and_without_padding",
    ),
    _shown("5.3", "older builds refuse with 500", _OUTCOMES, "older_builds_and_field_logic_refuse_with_500"),
    _shown("5.3", "innerException", _OUTCOMES, "the_innermost_message_is_told"),
    _shown("5.3", "403 without rights", _BILLS, "a_user_without_the_right_rests_the_connection"),
    _shown(
        "5.3", "one refusal in three dresses", _TWIN_BILLS, "a_refusal_is_a_refusal_in_every_dress_and_leaves_no_bill"
    ),
    _shown(
        "5.4",
        "202, poll its Location in the same session",
        _BILLS,
        "a_release_is_polled_to_its_end_in_the_same_session",
    ),
    _shown(
        "5.4",
        "204 proves nothing, its Location is not followed",
        _BILLS,
        "a_release_that_is_done_at_once_is_not_followed",
    ),
    _shown(
        "5.4", "a failed operation is an error status", _BILLS, "a_release_that_fails_is_refused_in_the_servers_words"
    ),
    _shown("5.4", "a release may run long", _BILLS, "a_release_that_never_ends_is_uncertain_at_the_cap"),
    _shown("5.4", "hold is taken off by a plain PUT", _BILLS, "off_hold_sends_the_key_and_nothing_else"),
    _shown(
        "5.5",
        "files:put with the name encoded; 204",
        _FILES,
        "the_bytes_go_as_they_are_to_the_link_with_the_name_encoded",
    ),
    _shown("5.5", "legacy address by key", _FILES, "without_a_link_of_our_own_host_the_bills_key_is_the_address"),
    _shown(
        "5.5", "files are listed by $expand=files", _FILES, "on_the_twin_a_file_is_put_listed_and_read_back_as_it_was"
    ),
)

FORMS = (
    _shown("6", "versions differ as the table says", _VALUES, "versions_differ_where_the_table_says_so"),
    _shown("6", "each version is read by its own contract", _MASTER, "each_version_is_read_by_its_own_contract"),
    _shown(
        "6", "a pinned version may be gone", _SIGN_IN, "a_pinned_version_that_is_gone_is_named_with_those_there_are"
    ),
    _shown(
        "6",
        "custom endpoints, free names and versions",
        _VALUES,
        "a_version_we_do_not_know_stands_for_the_nearest_and_only_one_too_old_is_refused",
    ),
    _shown("6", "the fields of a version are not frozen", _SCHEMA, "after_a_refusal_the_schema_is_looked_at_again"),
    _shown(
        "6", "IsTaxValid is not in every version", _BILLS, "a_version_that_cannot_set_the_tax_says_so_and_sends_nothing"
    ),
    _shown("7", "keys of each entity", _MASTER, "ranges_between_keys_cover_every_row_once"),
    _shown("7", "a vendor's contact comes by $expand alone", _MASTER, "every_collection_is_whole_on_every_site"),
    _shown("7", "subaccounts need a feature", _MASTER, "a_feature_that_is_off_is_a_gap_and_not_a_failure"),
    _shown(
        "7",
        "orders: billed quantities by $custom",
        _MASTER,
        "what_the_contract_leaves_out_comes_from_the_form_where_the_site_shows_it",
    ),
    _shown(
        "7", "Check, its Details and its History", _SESSIONS, "a_payment_is_read_with_what_it_paid_whatever_its_label"
    ),
    _shown("7", "labels Payment and Check", _SESSIONS, "a_payment_is_read_with_what_it_paid_whatever_its_label"),
    _shown("7", "a void is a second record", _SESSIONS, "a_voided_payment_has_a_second_record"),
    _shown(
        "7",
        "CompaniesStructure; Ledger as second way",
        _MASTER,
        "branches_come_from_the_ledgers_where_the_inquiry_does_not_answer",
    ),
    _shown("7", "Subcontract", _MASTER, "subcontracts_are_orders_whose_lines_are_billed_by_order"),
    _not("7", "PurchaseReceipt", "not read; a bill's line carries its number as Stampli states it"),
    _shown("8.1", "header fields and types", _TWIN_BILLS, "each_kind_of_document_is_created_and_read_by_its_label"),
    _shown("8.1", "PostPeriod is sent as MMYYYY", _VALUES, "a_period_is_sent_month_first"),
    _shown("8.2", "TransactionDescription; subaccounts without mask", _BILLS, "a_bill_is_sent_in_the_documented_form"),
    _shown("8.3", "link to an order line", _TWIN_BILLS, "a_line_linked_to_an_order_line_carries_the_link"),
    _shown("8.3", "link to a receipt line", _MORE, "a_line_of_a_receipt_names_type_number_and_line"),
    _not(
        "8.3",
        "how a row names a subcontract line",
        "not established; refused or booked as the site answers, and read back",
    ),
    _shown("8.4", "IsTaxValid with TaxDetails", _BILLS, "the_tax_is_set_while_the_bill_stays_on_hold"),
    _shown(
        "8.5",
        "the duplicate check and its refusal",
        _TWIN_BILLS,
        "a_duplicate_reference_is_refused_where_the_preference_is_on",
    ),
    _shown("8.5", "Amount is the control total", _BILLS, "a_bill_is_sent_in_the_documented_form"),
    _shown("8.6", "hold, off hold, release, Open", _TWIN_BILLS, "an_invoice_goes_from_the_look_up_to_a_payable_bill"),
    _shown(
        "8.6",
        "a release that is refused leaves the bill",
        _TWIN_BILLS,
        "a_release_that_the_server_refuses_is_told_and_the_bill_stays",
    ),
    _not("8.6", "reversal, application of a debit adjustment", "done by people"),
)

BESIDE = (
    _shown(
        "9",
        "data classes by OData: terms, segments and their values",
        _DAC,
        "terms_and_segments_come_by_their_data_classes",
    ),
    _shown("9", "data classes by OData: branches", _DAC, "branches_are_the_same_by_every_way"),
    _shown(
        "9",
        "data classes by OData: billed quantities",
        _DAC,
        "billed_figures_are_the_same_by_the_form_and_by_the_data_class",
    ),
    _shown(
        "9",
        "rights of their own; an instance may have none",
        _DAC,
        "an_instance_without_odata_is_a_gap_that_costs_nothing_later",
    ),
    _shown(
        "9",
        "foreign keys are integers, enumerations stored codes",
        _PAGES,
        "billed_figures_belong_to_type_number_and_line",
    ),
    _shown(
        "9", "Basic is taken where no token is", _PAGES, "a_connection_by_cookie_sends_user_and_password_to_odata_alone"
    ),
    _shown("9", "current and legacy address", _DAC, "every_documented_form_of_the_address_is_tried"),
    _not("9", "deleted rows by px.GetDeletedRecords", "tracking has to be switched on; a full read shows what is gone"),
    _shown(
        "9",
        "segments by configured lengths where they cannot be read",
        _MASTER,
        "every_collection_is_whole_on_every_site",
    ),
    _not("9", "generic inquiries, push notifications, custom extensions", "optional accelerators, never a source here"),
)

FACTS = (*ADDRESSES, *SIGN_IN, *LIMITS, *READING, *WRITING, *FORMS, *BESIDE)
"""All of them, in the order of the sections."""

SECTIONS = (
    *("1", "2.1", "2.2", "2.3", "2.4", "3", "4.1", "4.2", "4.3", "4.4", "4.5", "5.1", "5.2", "5.3", "5.4", "5.5"),
    *("6", "7", "8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "9"),
)
"""Every section that states facts."""
