"""A good settings file, whole: every key arrives, every default is the contract's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.settings import (
    AcumaticaSettings,
    ConnectionSettings,
    EngineSettings,
    FeedSettings,
    PolicySettings,
    ScheduleSettings,
    Settings,
    StampliSettings,
    StoreSettings,
    default_settings,
    load_settings,
    locate_settings_file,
    parse_settings,
    select_connection,
)
from tests.settings.texts import ALL, KEY, LEAST

FILE = Path("/etc/connector/ml-connector.toml")
FOLDER = FILE.parent


def test_every_key_of_the_contract_arrives_with_its_type() -> None:
    assert parse_settings(ALL, FILE, {}) == Settings(
        store=StoreSettings(
            url="sqlite:////etc/connector/data/own.db",
            archive=FOLDER / "data/originals",
            directory=FOLDER / "data",
        ),
        engine=EngineSettings(workers=8, dead_after_seconds=20.0, grace_seconds=7.5),
        connections={
            "harbor": ConnectionSettings(
                name="harbor",
                label="Harbor Ridge Builders",
                time_zone="America/New_York",
                cut_over=date(2026, 1, 1),
                acumatica=AcumaticaSettings(
                    url="https://erp.example.com/AcumaticaERP",
                    tenant="HRB",
                    endpoint="Default",
                    version="24.200.001",
                    branch="MAIN",
                    auth="password",
                    client_id="8D6E1C3A-0000-0000-0000-000000000000@HRB",
                    username="connector",
                    requests_per_minute=60,
                    concurrent_requests=3,
                    ca_file=FOLDER / "erp-ca.pem",
                    allow_private=True,
                    subaccount_segments=(2, 3, 2),
                    extended_endpoint="Extended/24.200.001",
                    mark_attribute="STAMPLIMARK",
                ),
                stampli=StampliSettings(
                    host="sftp.example.com",
                    port=2222,
                    username="harbor",
                    host_keys=(KEY, f"{KEY} next"),
                    inbound="/in",
                    outbound="/out",
                    settle_seconds=0.5,
                    company="ACME01",
                    final_statuses=("Done",),
                    payment_statuses={"Cleared": "cleared", "On its way": "sent"},
                    allow_private=True,
                ),
                feeds={
                    "vendors": FeedSettings(
                        name="vendors",
                        layout=("standard-csv",),
                        match=None,
                        mode="delta",
                        after="leave",
                        move_to=None,
                        folder=None,
                        attributes=("TRADE", "REGION"),
                        locations=True,
                    ),
                    "approved_invoices": FeedSettings(
                        name="approved_invoices",
                        layout=(str(FOLDER / "layouts/harbor_invoices.toml"),),
                        match="invoices_*.csv",
                        mode="snapshot",
                        after="move",
                        move_to="/out/done",
                        folder="/out/invoices",
                    ),
                },
                policy=PolicySettings(
                    finish="release",
                    closed_period="next_open",
                    duplicate_near="stop",
                    tax_tolerance=Decimal("0.10"),
                    price_tolerance_percent=Decimal("2.5"),
                    price_tolerance_amount=Decimal("1.00"),
                    non_po_extra=Decimal("12.30"),
                    shrink_limit_percent=Decimal(30),
                    amount_max=Decimal("5.00"),
                    total_max=Decimal("1000000.00"),
                    two_persons=True,
                    quarantine_seconds=30,
                    crash_quarantine_seconds=0.25,
                    blackout=("Mon-Fri 06:00-06:30", "23:00-24:00"),
                    freeze_until=date(2026, 11, 5),
                    round_to_tax=Decimal("0.01"),
                    subcontract_tolerance=Decimal("0.02"),
                    payment_days=5,
                    send_bank_details=True,
                ),
                schedule=ScheduleSettings(
                    master_data="30 6 * * MON-FRI", invoices="*/5 6-20 * * 1-5", payments="0,30 * 1 JAN *"
                ),
            )
        },
        path=FILE,
    )


def test_what_the_file_leaves_out_has_the_default_of_the_contract() -> None:
    connection = parse_settings(LEAST, FILE, {}).connections["harbor"]
    assert connection == ConnectionSettings(
        name="harbor",
        label="harbor",
        time_zone="UTC",
        cut_over=None,
        acumatica=AcumaticaSettings(
            url="https://erp.example.com/AcumaticaERP",
            tenant="HRB",
            endpoint="Default",
            version="24.200.001",
            branch=None,
            auth="session",
            client_id=None,
            username="connector",
            requests_per_minute=50,
            concurrent_requests=2,
            ca_file=None,
            allow_private=False,
            subaccount_segments=(),
            extended_endpoint="",
        ),
        stampli=StampliSettings(
            host="sftp.example.com",
            port=22,
            username="harbor",
            host_keys=(KEY,),
            inbound="/inbound",
            outbound="/outbound",
            settle_seconds=5,
            company="",
            final_statuses=("Authorized for Payment", "Paid Invoice"),
            payment_statuses={},
            allow_private=False,
        ),
        feeds={},
        policy=PolicySettings(
            finish="hold",
            closed_period="refuse",
            duplicate_near="review",
            tax_tolerance=Decimal("0.05"),
            price_tolerance_percent=Decimal("2"),
            price_tolerance_amount=Decimal("50.00"),
            non_po_extra=Decimal("50.00"),
            shrink_limit_percent=Decimal("20"),
            amount_max=Decimal("100000.00"),
            total_max=Decimal("0.00"),
            two_persons=False,
            quarantine_seconds=1200,
            crash_quarantine_seconds=60,
            blackout=(),
            freeze_until=None,
            round_to_tax=Decimal("0.00"),
            subcontract_tolerance=Decimal("0.00"),
            payment_days=3,
            send_bank_details=False,
        ),
        schedule=ScheduleSettings(master_data="0 * * * *", invoices="*/15 * * * *", payments="5 * * * *"),
    )


def test_a_start_without_a_file_has_the_default_store_and_no_connection() -> None:
    assert default_settings(FOLDER, {}) == Settings(
        store=StoreSettings(
            url="sqlite:////etc/connector/var/ml-connector.db",
            archive=FOLDER / "var/archive",
            directory=FOLDER / "var",
        ),
        engine=EngineSettings(workers=4, dead_after_seconds=60.0, grace_seconds=5.0),
        connections={},
        path=FILE,
    )


def test_the_environment_names_the_store_before_the_file_does() -> None:
    settings = parse_settings(ALL, FILE, {"ML_CONNECTOR_STORE_URL": "sqlite:////srv/other.db"})
    assert settings.store == StoreSettings(
        url="sqlite:////srv/other.db", archive=FOLDER / "data/originals", directory=Path("/srv")
    )


def test_a_postgresql_store_keeps_its_own_files_in_var_beside_the_settings() -> None:
    url = "postgresql://connector:pea-soup@db.example.com/connector"
    store = parse_settings(LEAST, FILE, {"ML_CONNECTOR_STORE_URL": url}).store
    assert store == StoreSettings(url=url, archive=FOLDER / "var/archive", directory=FOLDER / "var")
    assert "pea-soup" not in repr(store)


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        ("own.toml", {"ML_CONNECTOR_CONFIG": "other.toml"}, "own.toml"),
        (None, {"ML_CONNECTOR_CONFIG": "other.toml"}, "other.toml"),
        (None, {"ML_CONNECTOR_CONFIG": ""}, "ml-connector.toml"),
        (None, {}, "ml-connector.toml"),
    ],
)
def test_the_option_comes_before_the_environment_and_the_environment_before_the_folder(
    option: str | None, environ: dict[str, str], expected: str
) -> None:
    assert locate_settings_file(option, environ) == Path(expected)


def test_a_relative_path_is_relative_to_the_file_and_not_to_where_we_are(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(ALL)
    settings = load_settings(tmp_path / "own.toml", {})
    assert settings.store.archive == tmp_path / "data/originals"
    assert settings.connections["harbor"].acumatica.ca_file == tmp_path / "erp-ca.pem"


def test_a_byte_order_mark_of_an_editor_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xef\xbb\xbf" + LEAST.encode())
    assert list(load_settings(tmp_path / "own.toml", {}).connections) == ["harbor"]


def test_the_client_id_may_name_the_tenant_alone() -> None:
    text = LEAST.replace('tenant = "HRB"', 'client_id = "8D6E@HRB"').replace('"session"', '"password"')
    assert parse_settings(text, FILE, {}).connections["harbor"].acumatica.tenant == "HRB"


def test_a_tenant_and_a_client_id_may_differ_in_case_alone() -> None:
    text = LEAST.replace('tenant = "HRB"', 'tenant = "hrb"\nclient_id = "8D6E@HRB"')
    assert parse_settings(text, FILE, {}).connections["harbor"].acumatica.tenant == "hrb"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/Erp", "http://[::1]:8080/Erp", "http://localhost/Erp", "https://localhost/Erp"]
)
def test_plain_http_may_be_spoken_on_this_machine(url: str) -> None:
    text = LEAST.replace("https://erp.example.com/AcumaticaERP", url)
    assert parse_settings(text, FILE, {}).connections["harbor"].acumatica.url == url


def test_a_connection_is_selected_by_its_name() -> None:
    settings = parse_settings(LEAST, FILE, {})
    assert select_connection(settings, "harbor") is settings.connections["harbor"]


def test_an_unknown_connection_is_named_with_the_nearest_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        select_connection(parse_settings(LEAST, FILE, {}), "harbour")
    assert (caught.value.code, caught.value.at) == ("settings.unknown_connection", "settings")
    assert caught.value.message == f'There is no connection "harbour" in {FILE}; the nearest is harbor.'
    assert caught.value.fix == "Use one of: harbor."


def test_a_connection_without_a_pin_loads_so_that_it_can_be_checked() -> None:
    connection = parse_settings(LEAST.replace(f'["{KEY}"]', "[]"), FILE, {}).connections["harbor"]
    assert connection.stampli.host_keys == ()


def test_a_heart_has_time_to_beat() -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_settings("[engine]\ndead_after_seconds = 1\n", FILE, {})
    assert "engine.dead_after_seconds" in raised.value.message and "at least 2" in raised.value.message
