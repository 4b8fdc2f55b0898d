"""Switches that decide whether and how a document posts. Data only."""

from __future__ import annotations

from ml_connector_twins.acumatica.switches.kinds import choice, free

BILL = (
    choice(
        "duplicate_ref_scope",
        "vendor vendor+type vendor+branch",
        "what counts as the same reference",
        "acumatica_api.md 13",
    ),
    choice("duplicate_ref_compare", "ignore_case exact trim", "how references are compared", "acumatica_api.md 13"),
    choice("duplicate_ref_answer", "422_entity 500_exception", "form of the refusal", "acumatica_api.md 13"),
    choice("duplicate_check_timing", "atomic racy", "does it hold for two saves at once", "posting_protocol 0.4, E3"),
    free("racy_seconds", 0.05, "gap between check and save while racy", "posting_protocol E3"),
    choice("po_link_half_given", "refuse ignore", "type without number or number without type", "acumatica_api.md 13"),
    choice(
        "po_link_absent",
        "refuse line_without_link",
        "order, line or receipt that does not exist",
        "acumatica_api.md 13",
    ),
    choice(
        "po_link_not_billable", "refuse accept", "closed, unapproved, other vendor, wrong basis", "acumatica_api.md 13"
    ),
    choice("po_line_twice_on_bill", "refuse accept", "one order line on two rows of a bill", "acumatica_api.md 13"),
    choice(
        "po_over_billing", "accept warn refuse_on_save refuse_on_release", "more than is open", "acumatica_api.md 13"
    ),
    choice(
        "subcontract_link",
        "po_fields_type_label po_fields_type_code not_available",
        "how a row names a subcontract line",
        "acumatica_api.md 13",
    ),
    choice(
        "retainage_from_commitment",
        "inherit none",
        "retainage of the commitment line on the bill line",
        "acumatica_api.md 13",
    ),
    choice(
        "line_coding_from_po",
        "po_wins request_wins refuse_difference",
        "coding sent beside a PO link",
        "acumatica_api.md 13",
    ),
    choice("invalid_coding_refused_at", "save unhold release", "unknown or inactive coding", "acumatica_api.md 13"),
    choice(
        "inactive_master_refused_at",
        "save unhold release",
        "inactive records, where later than the row above",
        "ap_domain.md 7.2",
    ),
    choice("vendor_status_refused_at", "save release", "vendor On Hold or Inactive", "acumatica_api.md 13"),
    choice("settled_bill_reverse", "refuse allow", "ReverseBill while an application exists", "acumatica_api.md 13"),
    choice(
        "release_retainage_vendor_ref", "empty inherit refuse", "reference of a retainage bill", "acumatica_api.md 13"
    ),
    free("po_billable_statuses", ["Open", "Completed"], "order statuses that may be billed", "ap_domain.md 7.2"),
    choice("reverse_reopens_receipt", "yes no", "reversal re-opens the receipt for billing", "ap_domain.md 7.2"),
    choice(
        "reverse_po_debit_adj", "refuse allow", "reversing a debit adjustment linked to an order", "ap_domain.md 7.2"
    ),
    choice("application_before_bill", "refuse allow", "application dated before the bill", "ap_domain.md 7.2"),
    choice("single_project_per_bill", "off on", "several projects on one bill", "ap_domain.md 7.2"),
    choice("retainage_release_bounds", "refuse accept", "release of zero, or of more than is held", "ap_domain.md 7.2"),
    choice(
        "tax_override", "yes no", "IsTaxValid with TaxDetails is honoured", "acumatica_api.md 8.4, scenarios.md S17"
    ),
    choice("hold_honoured", "yes no", "a customisation that releases in spite of hold", "posting_protocol W5"),
    choice("payment_label", "Payment Check", "label of the payment type", "acumatica_api.md 7"),
    free("vendor_ref_length_max", 40, "longest VendorRef, 0 = any", "ap_domain.md 1.3 not established"),
    free("description_length_max", 512, "longest Description, 0 = any", "posting_protocol.md 1"),
    choice("text_too_long", "refuse cut", "text above its length", "ap_domain.md 1.3 not established"),
    choice("pre_release_po_bill", "refuse allow", "pre-releasing a bill with order links", "ap_domain.md 7.2"),
    choice("instalment_terms_1099", "refuse allow", "terms of instalments for a 1099 vendor", "ap_domain.md 7.2"),
    free("instalment_terms", [], "terms that are of several instalments", "ap_domain.md 1.4"),
    choice(
        "restricted_account_group",
        "refuse accept",
        "an account in a group the user cannot access",
        "ap_domain.md 7.2",
    ),
    free("account_groups_hidden", [], "account groups the user cannot access", "ap_domain.md 1.12"),
    free("fields_required", [], "fields a bill cannot be saved without, as Type.Field", "fault_catalogue.md 64"),
    choice("put_stores", "yes no", "a PUT of a bill that answers 200 stores it", "fault_catalogue.md 92"),
    choice(
        "draft_payments_reserve",
        "yes no",
        "an unreleased application takes its amount off what may be applied",
        "ap_domain.md 1.12, C13",
    ),
    free("custom_fields", [], "form fields of customisations and attributes, as View.Field", "acumatica_api.md 5.1"),
    free("approval_types", [], "document types with an active approval map", "acumatica_api.md 8.5"),
)
