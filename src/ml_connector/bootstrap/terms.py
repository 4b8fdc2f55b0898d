"""From a connection's settings to what each room is given. Translation only; every rule stands elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ml_connector.acumatica.ports import Wanted
from ml_connector.bootstrap.telling import MaskedSecrets
from ml_connector.domain.rules.facts import RulePolicy
from ml_connector.domain.values.records import Identity
from ml_connector.engine.windows import parse_window
from ml_connector.errors import ConfigurationError
from ml_connector.flows.context import Terms
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.wrapping.pgp import PgpKeys, split_keys
from ml_connector.settings.model import ConnectionSettings, FeedSettings
from ml_connector.sftp.address import SftpAddress
from ml_connector.stampli.profiles import FEEDS_IN, ExchangeProfile, FeedProfile


def terms_of(settings: ConnectionSettings, identity: Identity | None, today: date) -> Terms:
    """Identity and policy of a connection, as its flows know them: keys are built on the identity of the first check,
    whatever the settings call the same system by now."""
    policy = settings.policy
    known = identity or Identity(settings.acumatica.url, settings.acumatica.tenant, settings.stampli.company)
    return Terms(
        connection=settings.name,
        instance=known.url,
        tenant=known.tenant,
        company=known.company,
        time_zone=settings.time_zone,
        final_statuses=settings.stampli.final_statuses,
        cut_over=settings.cut_over,
        finish=policy.finish,
        quarantine_seconds=policy.quarantine_seconds,
        crash_quarantine_seconds=policy.crash_quarantine_seconds,
        shrink_limit_percent=policy.shrink_limit_percent,
        freeze_until=policy.freeze_until,
        blackout=tuple(parse_window(text) for text in policy.blackout),
        payment_days=policy.payment_days,
        rules=RulePolicy(
            today=today,
            closed_period=policy.closed_period,
            duplicate_near=policy.duplicate_near,
            tax_tolerance=policy.tax_tolerance,
            round_to_tax=policy.round_to_tax,
            amount_max=policy.amount_max,
            total_max=policy.total_max,
            price_tolerance_percent=policy.price_tolerance_percent,
            price_tolerance_amount=policy.price_tolerance_amount,
            non_po_extra=policy.non_po_extra,
            subcontract_tolerance=policy.subcontract_tolerance,
            cut_over=settings.cut_over,
            branch=settings.acumatica.branch,
            subaccount_segments=settings.acumatica.subaccount_segments,
        ),
        two_persons=policy.two_persons,
        requests_per_minute=settings.acumatica.requests_per_minute,
    )


def wanted_of(settings: ConnectionSettings) -> Wanted:
    """What is read of Acumatica beyond the usual."""
    named = {name: feed.attributes for name, feed in settings.feeds.items()}
    vendors = settings.feeds.get("vendors")
    return Wanted(
        bank_details=settings.policy.send_bank_details,
        vendor_locations=vendors is not None and vendors.locations,
        vendor_attributes=named.get("vendors", ()),
        dimension_attributes=named.get("dimensions", ()),
    )


def profile_of(settings: ConnectionSettings, secrets: MaskedSecrets) -> ExchangeProfile:
    """The feeds that are switched on, with folder and layouts, and the keys of encrypted files where a layout decrypts;
    ConfigurationError where a layout or a signer's key cannot be read."""
    feeds = {name: _feed_profile(settings, feed) for name, feed in settings.feeds.items()}
    encrypted = any("pgp" in layout.files.unwrap for feed in feeds.values() for layout in feed.layouts)
    return ExchangeProfile(
        feeds=feeds,
        payment_statuses=settings.stampli.payment_statuses,
        subaccount_segments=settings.acumatica.subaccount_segments,
        time_zone=settings.time_zone,
        pgp_keys=_pgp_keys(settings, secrets) if encrypted else None,
    )


def _pgp_keys(settings: ConnectionSettings, secrets: MaskedSecrets) -> PgpKeys:
    """The keys of encrypted files: ours from the vault, the signers' from their files."""
    private = secrets.load_secret("stampli.pgp_private_key") or ""
    return PgpKeys(
        private=split_keys(private),
        signers=tuple(key for path in settings.stampli.pgp_signers for key in split_keys(_read_signer(path))),
        passphrase=secrets.load_secret("stampli.pgp_passphrase"),
    )


def _read_signer(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The signer's key {path} cannot be read ({type(error).__name__})",
            fix="Check the path in stampli.pgp_signers; it names a public key in armored form.",
            code="settings.signer_unreadable",
            at="settings",
        ) from error


def _feed_profile(settings: ConnectionSettings, feed: FeedSettings) -> FeedProfile:
    inward = feed.name in FEEDS_IN
    layout, *others = (_load_layout(each) for each in feed.layout)
    return FeedProfile(
        feed=feed.name,
        folder=feed.folder or (settings.stampli.outbound if inward else settings.stampli.inbound),
        layout=layout,
        others=tuple(others),
        match=feed.match,
        mode=feed.mode,
        after=feed.after,
        move_to=feed.move_to,
    )


def _load_layout(name: str) -> Layout:
    """A shipped layout by name, or a file's by its path."""
    if not name.endswith(".toml"):
        return load_shipped_layout(name)
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The layout {name} cannot be read ({type(error).__name__})",
            fix="Check the path in feeds.*.layout; it is relative to the settings file.",
            code="settings.layout_unreadable",
            at="settings",
        ) from error
    return parse_layout(text, path.stem)


def address_of(settings: ConnectionSettings, secrets: MaskedSecrets) -> SftpAddress:
    """Where Stampli's folders are and how to sign in there, secrets included."""
    stampli = settings.stampli
    return SftpAddress(
        host=stampli.host,
        port=stampli.port,
        username=stampli.username,
        host_keys=stampli.host_keys,
        password=secrets.load_secret("stampli.password"),
        private_key=secrets.load_secret("stampli.private_key"),
        passphrase=secrets.load_secret("stampli.passphrase"),
        allow_private=stampli.allow_private,
    )
