"""Switches of the wire: what lists, filters and refusals look like. Data only."""

from __future__ import annotations

from ml_connector_twins.acumatica.contract import SERVED
from ml_connector_twins.acumatica.switches.kinds import choice, free

WIRE = (
    choice("endpoint_list_shape", "object bare_array", "form of GET /entity", "acumatica_api.md 1"),
    free(
        "versions",
        list(SERVED),
        "endpoint versions served (25.200.001 may be added); one taken out is gone after an upgrade",
        "acumatica_api.md 6",
    ),
    choice(
        "version_20_fields",
        "regenerated original",
        "20.200.001 with or without the fields newer builds added to it",
        "acumatica_api.md 6 [I]",
    ),
    free("fields_gone", [], "contract fields an upgrade took away, as Type.Field", "fault_catalogue.md 64"),
    free("fields_ignored", [], "fields taken and not stored, as Type.Field", "fault_catalogue.md 86"),
    choice(
        "own_id",
        "refuse keep ignore",
        "an id in a PUT that no record has",
        "posting_protocol E4",
    ),
    choice("insert_only", "honoured ignored", "If-None-Match: * refuses a record that is there", "posting_protocol E9"),
    free("list_lag_seconds", 0, "seconds until a list shows a new bill (by key it is there)", "posting_protocol E6"),
    choice("patch", "no yes", "PATCH of a record (newer than 24 R2)", "acumatica_api.md 1 [I]"),
    free("page_size_max", 0, "rows a list answers at most whatever was asked, 0 = any", "fault_catalogue.md 95"),
    choice("links", "yes no", "rows carry _links (newer builds)", "acumatica_api.md 4.1"),
    choice("row_order", "shuffled by_key", "order of list rows between requests", "acumatica_api.md 13.10"),
    choice(
        "top_order", "by_key arbitrary", "which rows $top takes before they are shuffled", "acumatica_api.md 4.2 [I]"
    ),
    choice("orderby", "ignored works refused", "$orderby on contract REST", "acumatica_api.md 4.2 not established"),
    choice("po_filter", "empty 500 works", "non-key filters on PurchaseOrder", "acumatica_api.md 4.2 [L]"),
    choice(
        "filter_two_views",
        "empty works",
        "two fields of different form views in one filter",
        "acumatica_api.md 4.2 [L]",
    ),
    choice(
        "trap_scope",
        "clause filter",
        "what `substringof(…) eq true` empties",
        "acumatica_api.md 4.2, posting_protocol E2",
    ),
    choice("filter_by_guid", "refuse works", "filtering on id or NoteID", "acumatica_api.md 4.2 not established"),
    choice("filter_offset", "own session", "whose offset a filter literal has", "acumatica_api.md 4.4 not established"),
    choice(
        "trailing_blanks", "ignored count", "text comparison of the database", "acumatica_api.md 5.2 not established"
    ),
    choice(
        "expand_parent_implied", "no yes", "`MainContact/Address` without `MainContact`", "acumatica_api.md 4.2 [D]"
    ),
    choice("custom_unknown", "ignored 500", "$custom naming no element of the form", "acumatica_api.md 4.2 [I]"),
    choice("custom_shown", "yes no", "$custom shows what the contract leaves out", "acumatica_api.md 4.2 [I]"),
    free(
        "optimizer_fails",
        ["Payment.ApplicationHistory", "Check.Details", "Check.History"],
        "entity.expand pairs a list answers with CannotOptimizeException",
        "acumatica_api.md 4.3",
    ),
    free(
        "list_details_cut",
        [],
        "entity.expand pairs of which a list shows the first row only (by key all)",
        "acumatica_api.md 11 [T], posting_protocol E2",
    ),
    free(
        "list_details_empty",
        [],
        "entity.expand pairs of which a list shows no row",
        "acumatica_api.md 11 [T], posting_protocol E2",
    ),
    choice(
        "odata_dac", "yes no forbidden", "DAC OData: there, not there (404), no rights (403)", "acumatica_api.md 9 [D]"
    ),
    free(
        "deletions_tracked",
        [],
        "classes whose deletions px.GetDeletedRecords() tells (SM207010), by short name",
        "acumatica_api.md 9 [D]",
    ),
    free(
        "gi_exposed",
        ["ML Segment Values", "ML Credit Terms", "ML PO Lines"],
        "generic inquiries with Expose via OData",
        "acumatica_api.md 9 [D]",
    ),
    choice("gi_padding", "yes no", "strings of generic inquiries are padded with blanks", "acumatica_api.md 9 [T]"),
    free("query_length_max", 0, "longest query string taken, 0 = any", "posting_protocol E2 not established"),
    choice(
        "error_mode", "422_entity 500_outcome 500_pxexception", "dress of a business refusal", "acumatica_api.md 5.3"
    ),
    choice("dropdown_accepts_code", "no yes", "internal codes where a label is expected", "acumatica_api.md 13"),
    choice("manual_numbering", "no yes", "a supplied ReferenceNbr is honoured", "acumatica_api.md 5.2, 12"),
    choice(
        "line_amount_order",
        "extended_last extended_first",
        "which of Qty x UnitCost and ExtendedCost wins",
        "ap_domain.md 7.1 no. 4",
    ),
    choice("subaccount_form", "plain masked", "how SubaccountCD is shown", "acumatica_api.md 8.7, ap_domain.md 2.3"),
    choice(
        "subaccount_masked_input", "refuse accept", "mask characters in a sent subaccount", "acumatica_api.md 8.2 [D]"
    ),
)
