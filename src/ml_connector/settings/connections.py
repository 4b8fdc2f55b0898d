"""Every key of a connection, read table by table: the one place that knows which keys there are and their defaults.

Source of keys and defaults: ``operator_contract.md 2``. It opens no file and raises nothing: faults go to the sections.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ml_connector.settings import rules
from ml_connector.settings.model import (
    AcumaticaSettings,
    Auth,
    ClosedPeriod,
    ConnectionSettings,
    DuplicateNear,
    FeedAfter,
    FeedMode,
    FeedSettings,
    Finish,
    PolicySettings,
    ScheduleSettings,
    StampliSettings,
)
from ml_connector.settings.section import Section

FEEDS_OUT = (
    "vendors",
    "accounts",
    "subaccounts",
    "dimensions",
    "combinations",
    "purchase_orders",
    "results",
)
FEEDS_IN = ("approved_invoices", "payments")
PAYMENT_STATES = ("scheduled", "sent", "cleared", "failed", "voided")
_NEEDED_BY_AUTH: Mapping[Auth, tuple[str, ...]] = {
    "authorization_code": ("client_id",),
    "password": ("client_id", "username"),
    "session": ("username",),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def parse_connections(section: Section, folder: Path) -> dict[str, ConnectionSettings]:
    """All connections of a file by name; relative paths are taken from ``folder``."""
    found: dict[str, ConnectionSettings] = {}
    for name, each in section.sections():
        if not _NAME.fullmatch(name):
            section.bad_value(name, name, "must be letters, digits, - and _ (at most 63), a letter or digit first")
        found[name] = parse_connection(name, each, folder)
    section.close()
    return found


def parse_connection(name: str, section: Section, folder: Path) -> ConnectionSettings:
    """One connection with its tables."""
    connection = ConnectionSettings(
        name=name,
        label=section.text("label", name, rule=rules.plain_text_rule),
        time_zone=section.text("time_zone", "UTC", rule=rules.time_zone_rule),
        cut_over=section.day("cut_over"),
        acumatica=_parse_acumatica(section.section("acumatica", required=True), folder),
        stampli=_parse_stampli(section.section("stampli", required=True), folder),
        feeds=_parse_feeds(section.section("feeds"), folder),
        policy=_parse_policy(section.section("policy")),
        schedule=_parse_schedule(section.section("schedule")),
    )
    section.close()
    return connection


def _parse_acumatica(section: Section, folder: Path) -> AcumaticaSettings:
    url = section.required_text("url", rule=rules.instance_url_rule).rstrip("/")
    client_id = section.optional_text("client_id", rule=rules.client_id_rule)
    username = section.optional_text("username", rule=rules.plain_text_rule)
    auth = _parse_auth(section)
    ca_file = section.optional_text("ca_file")
    settings = AcumaticaSettings(
        url=url,
        tenant=_parse_tenant(section, client_id),
        endpoint=section.text("endpoint", "Default", rule=rules.endpoint_rule),
        version=section.required_text("version", rule=rules.version_rule),
        branch=section.optional_text("branch", rule=rules.plain_text_rule),
        auth=auth,
        client_id=client_id,
        username=username,
        requests_per_minute=section.whole("requests_per_minute", 50, least=1, most=100_000),
        concurrent_requests=section.whole("concurrent_requests", 2, least=1, most=100),
        ca_file=folder / ca_file if ca_file else None,
        allow_private=section.flag("allow_private"),
        subaccount_segments=section.wholes("subaccount_segments", least=1, most=30),
        extended_endpoint=section.text("extended_endpoint", "", rule=rules.extended_endpoint_rule),
        mark_attribute=section.text("mark_attribute", "", rule=rules.attribute_rule),
    )
    section.close()
    return settings


def _parse_auth(section: Section) -> Auth:
    """How to sign in, and whether what that way needs is there."""
    auth: Auth | None = section.choice("auth", Auth, None)
    if auth is None:
        if not section.has("auth"):
            section.missing("auth", why="(authorization_code, password or session)")
        return "password"
    for key in _NEEDED_BY_AUTH[auth]:
        if not section.has(key):
            section.missing(key, why=f'(auth = "{auth}" needs it)')
    return auth


def _parse_tenant(section: Section, client_id: str | None) -> str:
    tenant = section.optional_text("tenant", rule=rules.plain_text_rule)
    named = client_id.partition("@")[2] if client_id else ""
    if tenant and named and tenant.casefold() != named.casefold():
        section.report(
            "settings.tenant_mismatch",
            "tenant",
            f'"{tenant}" is not the tenant the client_id names after its @ ("{named}").',
            fix="Keep the right one, and remove or mend the other.",
        )
    if not section.has("tenant") and not named:
        section.missing("tenant", why="(the client_id names none either)")
    return tenant or named


def _parse_stampli(section: Section, folder: Path) -> StampliSettings:
    settings = StampliSettings(
        host=section.required_text("host", rule=rules.host_rule),
        port=section.whole("port", 22, least=1, most=65_535),
        username=section.required_text("username", rule=rules.plain_text_rule),
        host_keys=section.required_texts("host_keys", rule=rules.host_key_rule),
        inbound=section.text("inbound", "/inbound", rule=rules.remote_folder_rule),
        outbound=section.text("outbound", "/outbound", rule=rules.remote_folder_rule),
        settle_seconds=section.seconds("settle_seconds", 5),
        company=section.text("company", "", rule=rules.plain_text_rule),
        final_statuses=section.texts("final_statuses", ("Authorized for Payment", "Paid Invoice")),
        payment_statuses=section.words("payment_statuses", PAYMENT_STATES),
        allow_private=section.flag("allow_private"),
        pgp_signers=tuple(folder / each for each in section.texts("pgp_signers", rule=rules.plain_text_rule)),
    )
    section.close()
    return settings


_ATTRIBUTE_RULES = {"vendors": rules.attribute_rule, "dimensions": rules.dimension_attribute_rule}


def _parse_feeds(section: Section, folder: Path) -> dict[str, FeedSettings]:
    feeds: dict[str, FeedSettings] = {}
    for name in (*FEEDS_OUT, *FEEDS_IN):
        given = section.has(name)
        each = section.section(name)
        if given:
            feeds[name] = _parse_feed(name, each, folder)
    section.close()
    return feeds


def _parse_feed(name: str, section: Section, folder: Path) -> FeedSettings:
    layouts = section.text_or_texts("layout", "standard-csv", rule=rules.plain_text_rule)
    after: FeedAfter = section.choice("after", FeedAfter, "leave")
    move_to = section.optional_text("move_to", rule=rules.remote_folder_rule)
    if after == "move" and not section.has("move_to"):
        section.missing("move_to", why='(after = "move" needs it)')
    feed = FeedSettings(
        name=name,
        layout=tuple(str(folder / each) if "/" in each or each.endswith(".toml") else each for each in layouts),
        match=section.optional_text("match", rule=rules.pattern_rule),
        mode=section.choice("mode", FeedMode, "delta"),
        after=after,
        move_to=move_to,
        folder=section.optional_text("folder", rule=rules.remote_folder_rule),
        attributes=section.texts("attributes", rule=_ATTRIBUTE_RULES[name]) if name in _ATTRIBUTE_RULES else (),
        locations=name == "vendors" and section.flag("locations"),
    )
    section.close()
    return feed


def _parse_policy(section: Section) -> PolicySettings:
    policy = PolicySettings(
        finish=section.choice("finish", Finish, "hold"),
        closed_period=section.choice("closed_period", ClosedPeriod, "refuse"),
        duplicate_near=section.choice("duplicate_near", DuplicateNear, "review"),
        tax_tolerance=section.amount("tax_tolerance", "0.05"),
        price_tolerance_percent=section.percent("price_tolerance_percent", "2"),
        price_tolerance_amount=section.amount("price_tolerance_amount", "50.00"),
        non_po_extra=section.amount("non_po_extra", "50.00"),
        shrink_limit_percent=section.percent("shrink_limit_percent", "20"),
        amount_max=section.amount("amount_max", "100000.00"),
        total_max=section.amount("total_max", "0.00"),
        two_persons=section.flag("two_persons"),
        quarantine_seconds=section.seconds("quarantine_seconds", 1200, most=7 * 86_400),
        crash_quarantine_seconds=section.seconds("crash_quarantine_seconds", 60),
        blackout=section.texts("blackout", rule=rules.blackout_rule),
        freeze_until=section.day("freeze_until"),
        round_to_tax=section.amount("round_to_tax", "0.00"),
        subcontract_tolerance=section.amount("subcontract_tolerance", "0.00"),
        payment_days=section.whole("payment_days", 3, most=366),
        send_bank_details=section.flag("send_bank_details"),
    )
    section.close()
    return policy


def _parse_schedule(section: Section) -> ScheduleSettings:
    schedule = ScheduleSettings(
        master_data=section.text("master_data", "0 * * * *", rule=rules.cron_rule),
        invoices=section.text("invoices", "*/15 * * * *", rule=rules.cron_rule),
        payments=section.text("payments", "5 * * * *", rule=rules.cron_rule),
    )
    section.close()
    return schedule
