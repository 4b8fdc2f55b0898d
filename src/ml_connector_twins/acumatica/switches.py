"""Every assumption of the twin as a named switch: its values, its default, what it decides, and the source.

A switch marked ``[I]`` or "not established" may be flipped by a later live capture without touching code; the client
must work under every value. Preferences of the sample firm are switches too, so that tests can change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ml_connector_twins.acumatica.contract import VERSIONS

SwitchValue = str | bool | int | float | list[str]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch; ``choices`` is empty where any value of the default's type is allowed."""

    name: str
    default: SwitchValue
    choices: tuple[str, ...]
    decides: str
    source: str


class UnknownSwitch(Exception):
    """A switch name or value the registry does not know."""


def _choice(name: str, choices: str, decides: str, source: str) -> Switch:
    values = tuple(choices.split())
    return Switch(name, values[0], values, decides, source)


def _free(name: str, default: SwitchValue, decides: str, source: str) -> Switch:
    return Switch(name, default, (), decides, source)


_WIRE = (
    _choice("endpoint_list_shape", "object bare_array", "form of GET /entity", "acumatica_api.md 1"),
    _free(
        "versions",
        list(VERSIONS),
        "endpoint versions served; one taken out is gone after an upgrade",
        "acumatica_api.md 6",
    ),
    _choice("links", "yes no", "rows carry _links (newer builds)", "acumatica_api.md 4.1"),
    _choice("row_order", "shuffled by_key", "order of list rows between requests", "acumatica_api.md 13.10"),
    _choice(
        "top_order", "by_key arbitrary", "which rows $top takes before they are shuffled", "acumatica_api.md 4.2 [I]"
    ),
    _choice("orderby", "ignored works refused", "$orderby on contract REST", "acumatica_api.md 4.2 not established"),
    _choice("po_filter", "empty 500 works", "non-key filters on PurchaseOrder", "acumatica_api.md 4.2 [L]"),
    _choice(
        "filter_two_views",
        "empty works",
        "two fields of different form views in one filter",
        "acumatica_api.md 4.2 [L]",
    ),
    _choice(
        "trap_scope",
        "clause filter",
        "what `substringof(…) eq true` empties",
        "acumatica_api.md 4.2, posting_protocol E2",
    ),
    _choice("filter_by_guid", "refuse works", "filtering on id or NoteID", "acumatica_api.md 4.2 not established"),
    _choice(
        "filter_offset", "own session", "whose offset a filter literal has", "acumatica_api.md 4.4 not established"
    ),
    _choice(
        "trailing_blanks", "ignored count", "text comparison of the database", "acumatica_api.md 5.2 not established"
    ),
    _choice(
        "expand_parent_implied", "no yes", "`MainContact/Address` without `MainContact`", "acumatica_api.md 4.2 [D]"
    ),
    _choice("custom_unknown", "ignored 500", "$custom naming no element of the form", "acumatica_api.md 4.2 [I]"),
    _free(
        "optimizer_fails",
        ["Payment.ApplicationHistory", "Check.Details", "Check.History"],
        "entity.expand pairs a list answers with CannotOptimizeException",
        "acumatica_api.md 4.3",
    ),
    _free("query_length_max", 0, "longest query string taken, 0 = any", "posting_protocol E2 not established"),
    _choice(
        "error_mode", "422_entity 500_outcome 500_pxexception", "dress of a business refusal", "acumatica_api.md 5.3"
    ),
    _choice("dropdown_accepts_code", "no yes", "internal codes where a label is expected", "acumatica_api.md 13"),
    _choice("manual_numbering", "no yes", "a supplied ReferenceNbr is honoured", "acumatica_api.md 5.2, 12"),
    _choice(
        "line_amount_order",
        "extended_last extended_first",
        "which of Qty x UnitCost and ExtendedCost wins",
        "ap_domain.md 7.1 no. 4",
    ),
    _choice("subaccount_form", "plain masked", "how SubaccountCD is shown", "acumatica_api.md 8.7, ap_domain.md 2.3"),
    _choice(
        "subaccount_masked_input", "refuse accept", "mask characters in a sent subaccount", "acumatica_api.md 8.2 [D]"
    ),
)

_SESSION = (
    _free("api_users_max", 2, "licence: sessions open at once", "acumatica_api.md 2.4 (trial)"),
    _choice("login_limit_dress", "429_text html 500", "form of 'API Login Limit'", "acumatica_api.md 2.4"),
    _free("token_seconds", 3600, "life of an access token", "acumatica_api.md 2.1"),
    _free("refresh_days", 30, "absolute life of a refresh token", "acumatica_api.md 2.1"),
    _free("session_idle_seconds", 600, "cookie session ends after so much idleness", "acumatica_api.md 2.3 [D]"),
    _choice("tenant_swap", "no yes", "sign-in lands in another tenant than asked", "acumatica_api.md 1 [L]"),
    _choice(
        "busy_session", "refuse allow", "second request of a session while a long operation runs", "acumatica_api.md 3"
    ),
    _choice("release_effect", "at_end at_start", "when a release takes effect", "acumatica_api.md 5.4 [I]"),
    _free("release_seconds", 0.05, "how long a release runs", "acumatica_api.md 5.4"),
    _choice("release_answer", "202 204", "answer to a release action", "acumatica_api.md 5.4"),
)

_THROTTLE = (
    _free("concurrent_requests_max", 6, "requests worked on at once; more wait", "acumatica_api.md 3 [T]"),
    _free("queue_max", 20, "waiting requests before 429", "acumatica_api.md 3 [D]"),
    _free("requests_per_minute_max", 0, "licence limit, 0 = none", "acumatica_api.md 3"),
    _choice("throttle_delay", "off on", "delay requests after half of the minute limit", "acumatica_api.md 3 [D]"),
    _free("retry_after", "", "Retry-After header of a 429, empty = none", "acumatica_api.md 3 [I]"),
)

_BILL = (
    _choice(
        "duplicate_ref_scope",
        "vendor vendor+type vendor+branch",
        "what counts as the same reference",
        "acumatica_api.md 13",
    ),
    _choice("duplicate_ref_compare", "ignore_case exact trim", "how references are compared", "acumatica_api.md 13"),
    _choice("duplicate_ref_answer", "422_entity 500_exception", "form of the refusal", "acumatica_api.md 13"),
    _choice("duplicate_check_timing", "atomic racy", "does it hold for two saves at once", "posting_protocol 0.4, E3"),
    _free("racy_seconds", 0.05, "gap between check and save while racy", "posting_protocol E3"),
    _choice("po_link_half_given", "refuse ignore", "type without number or number without type", "acumatica_api.md 13"),
    _choice(
        "po_link_absent",
        "refuse line_without_link",
        "order, line or receipt that does not exist",
        "acumatica_api.md 13",
    ),
    _choice(
        "po_link_not_billable", "refuse accept", "closed, unapproved, other vendor, wrong basis", "acumatica_api.md 13"
    ),
    _choice("po_line_twice_on_bill", "refuse accept", "one order line on two rows of a bill", "acumatica_api.md 13"),
    _choice(
        "po_over_billing", "accept warn refuse_on_save refuse_on_release", "more than is open", "acumatica_api.md 13"
    ),
    _choice(
        "subcontract_link",
        "po_fields_type_label po_fields_type_code not_available",
        "how a row names a subcontract line",
        "acumatica_api.md 13",
    ),
    _choice(
        "retainage_from_commitment",
        "inherit none",
        "retainage of the commitment line on the bill line",
        "acumatica_api.md 13",
    ),
    _choice(
        "line_coding_from_po",
        "po_wins request_wins refuse_difference",
        "coding sent beside a PO link",
        "acumatica_api.md 13",
    ),
    _choice("invalid_coding_refused_at", "save unhold release", "unknown or inactive coding", "acumatica_api.md 13"),
    _choice(
        "inactive_master_refused_at",
        "save unhold release",
        "inactive records, where later than the row above",
        "ap_domain.md 7.2",
    ),
    _choice("vendor_status_refused_at", "save release", "vendor On Hold or Inactive", "acumatica_api.md 13"),
    _choice("settled_bill_reverse", "refuse allow", "ReverseBill while an application exists", "acumatica_api.md 13"),
    _choice(
        "release_retainage_vendor_ref", "empty inherit refuse", "reference of a retainage bill", "acumatica_api.md 13"
    ),
    _free("po_billable_statuses", ["Open", "Completed"], "order statuses that may be billed", "ap_domain.md 7.2"),
    _choice("reverse_reopens_receipt", "yes no", "reversal re-opens the receipt for billing", "ap_domain.md 7.2"),
    _choice(
        "reverse_po_debit_adj", "refuse allow", "reversing a debit adjustment linked to an order", "ap_domain.md 7.2"
    ),
    _choice("application_before_bill", "refuse allow", "application dated before the bill", "ap_domain.md 7.2"),
    _choice("single_project_per_bill", "off on", "several projects on one bill", "ap_domain.md 7.2"),
    _choice(
        "retainage_release_bounds", "refuse accept", "release of zero, or of more than is held", "ap_domain.md 7.2"
    ),
    _choice(
        "tax_override", "yes no", "IsTaxValid with TaxDetails is honoured", "acumatica_api.md 8.4, scenarios.md S17"
    ),
    _choice("hold_honoured", "yes no", "a customisation that releases in spite of hold", "posting_protocol W5"),
    _choice("payment_label", "Payment Check", "label of the payment type", "acumatica_api.md 7"),
    _free("vendor_ref_length_max", 40, "longest VendorRef, 0 = any", "ap_domain.md 1.3 not established"),
    _free("description_length_max", 512, "longest Description, 0 = any", "posting_protocol.md 1"),
    _choice("text_too_long", "refuse cut", "text above its length", "ap_domain.md 1.3 not established"),
    _free("custom_fields", [], "form fields of customisations and attributes, as View.Field", "acumatica_api.md 5.1"),
    _free("approval_types", [], "document types with an active approval map", "acumatica_api.md 8.5"),
)

_PREFERENCE = (
    _free("hold_on_entry", True, "Hold Documents on Entry", "scenarios.md fixture"),
    _free("validate_document_totals", True, "Validate Document Totals on Entry", "scenarios.md fixture"),
    _free("require_vendor_ref", True, "Require Vendor Reference (type Bill)", "scenarios.md fixture"),
    _free("duplicate_ref_error", True, "Raise an Error on Duplicate Vendor Reference Number", "scenarios.md fixture"),
    _free("auto_post", True, "Automatically Post on Release", "scenarios.md fixture"),
    _free("terms_on_debit_adj", False, "Use Credit Terms in Debit Adjustments", "ap_domain.md 1.4"),
    _free("restrict_closed_periods", True, "Restrict Access to Closed Periods", "ap_domain.md 1.5"),
    _free("subaccount_on_the_fly", True, "Allow Adding New Values On the Fly", "scenarios.md fixture"),
    _free("subaccounts_feature", True, "the Subaccounts feature; off = 403", "acumatica_api.md 7"),
    _free("cost_codes_feature", True, "cost codes are required on project lines", "acumatica_api.md 8.2"),
    _choice("project_branch", "document_and_lines lines ignore", "Project branch used in", "scenarios.md fixture"),
    _free("project_branch_block", True, "block on project branch mismatch", "scenarios.md fixture"),
    _free("migration_mode", False, "Activate Migration Mode", "ap_domain.md 1.4"),
)

SWITCHES: Mapping[str, Switch] = {s.name: s for s in (*_WIRE, *_SESSION, *_THROTTLE, *_BILL, *_PREFERENCE)}
"""Every switch by name."""


class Switches:
    """The positions of all switches of a running twin."""

    def __init__(self, positions: Mapping[str, SwitchValue] | None = None) -> None:
        self._positions: dict[str, SwitchValue] = {name: switch.default for name, switch in SWITCHES.items()}
        self.turn(positions or {})

    def turn(self, positions: Mapping[str, SwitchValue]) -> None:
        """Sets the named switches; raises UnknownSwitch for a name or value that does not exist."""
        for name, value in positions.items():
            switch = SWITCHES.get(name)
            if switch is None:
                raise UnknownSwitch(f"no switch is called '{name}'")
            if switch.choices and value not in switch.choices:
                raise UnknownSwitch(f"'{name}' takes one of {', '.join(switch.choices)}, not '{value}'")
            if not switch.choices and not _same_type(switch.default, value):
                raise UnknownSwitch(f"'{name}' takes a {type(switch.default).__name__}, not '{value}'")
        self._positions.update(positions)

    def positions(self) -> dict[str, SwitchValue]:
        """All positions by name."""
        return dict(self._positions)

    def at(self, name: str) -> str:
        """The chosen word of a switch with choices, or its text."""
        return str(self._positions[name])

    def on(self, name: str) -> bool:
        """True where a yes-or-no switch or preference is on."""
        return self._positions[name] in (True, "yes", "on")

    def number(self, name: str) -> float:
        """The number a switch is set to."""
        value = self._positions[name]
        return float(value) if isinstance(value, (int, float)) else 0.0

    def words(self, name: str) -> list[str]:
        """The list a switch is set to."""
        value = self._positions[name]
        return list(value) if isinstance(value, list) else []


def _same_type(default: SwitchValue, value: SwitchValue) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, (int, float)):
        return isinstance(value, (int, float))
    if isinstance(default, list):
        return isinstance(value, Iterable) and not isinstance(value, str)
    return isinstance(value, str)
