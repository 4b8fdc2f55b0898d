"""Preferences and features of the sample firm (AP101000, CS100000), as switches. Data only."""

from __future__ import annotations

from ml_connector_twins.acumatica.switches.kinds import choice, free

PREFERENCE = (
    free("hold_on_entry", True, "Hold Documents on Entry", "scenarios.md fixture"),
    free("validate_document_totals", True, "Validate Document Totals on Entry", "scenarios.md fixture"),
    free("require_vendor_ref", True, "Require Vendor Reference (type Bill)", "scenarios.md fixture"),
    free("duplicate_ref_error", True, "Raise an Error on Duplicate Vendor Reference Number", "scenarios.md fixture"),
    free("auto_post", True, "Automatically Post on Release", "scenarios.md fixture"),
    free("terms_on_debit_adj", False, "Use Credit Terms in Debit Adjustments", "ap_domain.md 1.4"),
    free("restrict_closed_periods", True, "Restrict Access to Closed Periods", "ap_domain.md 1.5"),
    free("subaccount_on_the_fly", True, "Allow Adding New Values On the Fly", "scenarios.md fixture"),
    free("subaccounts_feature", True, "the Subaccounts feature; off = 403", "acumatica_api.md 7"),
    free("cost_codes_feature", True, "cost codes are required on project lines", "acumatica_api.md 8.2"),
    choice("project_branch", "document_and_lines lines ignore", "Project branch used in", "scenarios.md fixture"),
    free("project_branch_block", True, "block on project branch mismatch", "scenarios.md fixture"),
    free("migration_mode", False, "Activate Migration Mode", "ap_domain.md 1.4"),
)
