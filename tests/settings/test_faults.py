"""A wrong settings file: every fault names key, value, rule and fix, and a secret is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.settings import load_settings, parse_settings
from tests.settings.texts import ALL, KEY, LEAST

FILE = Path("/etc/connector/ml-connector.toml")
ERP = "connections.harbor.acumatica"
SFTP = "connections.harbor.stampli"
POLICY = "connections.harbor.policy"


def fault_of(text: str, environ: dict[str, str] | None = None) -> ConfigurationError:
    """The one error a text is refused with."""
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(text, FILE, environ or {})
    assert caught.value.at == "settings"
    return caught.value


def with_policy(line: str) -> str:
    """The least text with one line of policy."""
    return f"{LEAST}\n[connections.harbor.policy]\n{line}\n"


def test_an_unknown_key_is_named_whole_with_the_nearest_known_one() -> None:
    error = fault_of(with_policy('finnish = "hold"'))
    assert error.code == "settings.unknown_key"
    assert error.message == (
        f"{FILE}: {POLICY}.finnish: there is no such setting; the nearest known one is {POLICY}.finish."
    )
    assert error.fix == "Rename it to finish, or remove it."


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        (ALL.replace("[store]", "[stores]"), "stores", "store"),
        (ALL.replace("archive =", "archives ="), "store.archives", "store.archive"),
        (ALL.replace(".feeds.vendors]", ".feeds.vendor]"), "connections.harbor.feeds.vendor", "feeds.vendors"),
        (ALL.replace("harbor.policy]", "harbor.polcy]"), "connections.harbor.polcy", "connections.harbor.policy"),
        (ALL.replace("move_to", "moveto"), "connections.harbor.feeds.approved_invoices.moveto", "move_to"),
        (ALL.replace("host_keys", "hostkeys"), f"{SFTP}.hostkeys", f"{SFTP}.host_keys"),
        (ALL.replace("payments =", "payment ="), "connections.harbor.schedule.payment", "schedule.payments"),
        (ALL.replace("time_zone", "timezone"), "connections.harbor.timezone", "connections.harbor.time_zone"),
    ],
)
def test_an_unknown_key_is_found_in_every_table(text: str, key: str, near: str) -> None:
    message = fault_of(text).message
    assert f"{key}: there is no such setting" in message
    assert f"{near}." in message


def test_an_unknown_key_like_nothing_we_know_lists_the_known_ones() -> None:
    error = fault_of(LEAST + "\n[connections.harbor.schedule]\nzzz = 1\n")
    assert error.message == f"{FILE}: connections.harbor.schedule.zzz: there is no such setting."
    assert error.fix == "Remove it; known here: master_data, invoices, payments."


@pytest.mark.parametrize("key", ["password", "client_secret", "refresh_token"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(key: str) -> None:
    error = fault_of(LEAST.replace('tenant = "HRB"', f'tenant = "HRB"\n{key} = "pea-soup"'))
    assert error.code == "settings.secret_in_file"
    assert error.message == f"{FILE}: {ERP}.{key}: secrets are never in this file."
    assert "secret set" in error.fix
    assert "pea-soup" not in error.message + error.fix


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('url = "https://erp.example.com/AcumaticaERP"', f"{ERP}.url"),
        ('version = "24.200.001"', f"{ERP}.version"),
        ('tenant = "HRB"', f"{ERP}.tenant"),
        ('auth = "session"', f"{ERP}.auth"),
        ('username = "connector"', f"{ERP}.username"),
        ('host = "sftp.example.com"', f"{SFTP}.host"),
        ('username = "harbor"', f"{SFTP}.username"),
        (f'host_keys = ["{KEY}"]', f"{SFTP}.host_keys"),
    ],
)
def test_a_required_key_that_is_missing_is_named(line: str, key: str) -> None:
    error = fault_of(LEAST.replace(line, ""))
    assert error.code == "settings.missing_key"
    assert error.message.startswith(f"{FILE}: {key}: this setting is missing")


@pytest.mark.parametrize("table", ["acumatica", "stampli"])
def test_a_required_table_that_is_missing_is_named_with_what_it_must_hold(table: str) -> None:
    error = fault_of(LEAST.replace(f"[connections.harbor.{table}]", "[connections.other.acumatica]"))
    assert f"connections.harbor.{table}: this table is missing. Add [connections.harbor.{table}]." in error.message


@pytest.mark.parametrize(
    ("auth", "missing"),
    [("authorization_code", ["client_id"]), ("password", ["client_id"])],
)
def test_each_way_to_sign_in_asks_for_what_it_needs(auth: str, missing: list[str]) -> None:
    error = fault_of(LEAST.replace('"session"', f'"{auth}"'))
    assert error.code == "settings.missing_key"
    for key in missing:
        assert f'{ERP}.{key}: this setting is missing (auth = "{auth}" needs it).' in error.message


def test_moving_files_asks_for_where_to() -> None:
    error = fault_of(LEAST + '\n[connections.harbor.feeds.payments]\nafter = "move"\n')
    assert (error.code, f"{FILE}: connections.harbor.feeds.payments.move_to: " in error.message) == (
        "settings.missing_key",
        True,
    )


def test_a_tenant_that_the_client_id_contradicts_is_refused() -> None:
    error = fault_of(ALL.replace('"HRB"', '"HRE"'))
    assert error.code == "settings.tenant_mismatch"
    assert error.message == (f'{FILE}: {ERP}.tenant: "HRE" is not the tenant the client_id names after its @ ("HRB").')


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("tax_tolerance = true", "is true or false, not a decimal number"),
        ("payment_days = 1.5", "is a number, not a whole number"),
        ("payment_days = true", "is true or false, not a whole number"),
        ('quarantine_seconds = "60"', "is text, not a number of seconds"),
        ('two_persons = "yes"', "is text, not true or false"),
        ("blackout = [1]", "is a list, not a list of texts"),
        ('blackout = "Mon 06:00-07:00"', "is text, not a list of texts"),
        ("freeze_until = 2026-11-05T00:00:00", "is a date with a time, not a day"),
        ("finish = 1", "is a whole number, not text"),
    ],
)
def test_a_value_of_another_type_is_named_with_the_type_wanted(line: str, wanted: str) -> None:
    error = fault_of(with_policy(line))
    assert error.code == "settings.wrong_type"
    assert f"{POLICY}.{line.split(' = ', maxsplit=1)[0]}: {wanted}" in error.message


@pytest.mark.parametrize(
    "line",
    [
        'finish = "hodl"',
        'tax_tolerance = "1e3"',
        'tax_tolerance = "-0.05"',
        'tax_tolerance = "1_000"',
        'tax_tolerance = "0,05"',
        'tax_tolerance = "\N{FULLWIDTH DIGIT ONE}"',
        "tax_tolerance = nan",
        "tax_tolerance = 1e3",
        "tax_tolerance = -1",
        'amount_max = "1000000000000000.00"',
        "shrink_limit_percent = 101",
        "quarantine_seconds = -1",
        "payment_days = -1",
        'blackout = ["Mon-Fri 25:00-26:00"]',
        'blackout = ["Workdays 06:00-06:30"]',
        'freeze_until = "2026-02-30"',
    ],
)
def test_a_value_that_breaks_its_rule_is_named(line: str) -> None:
    error = fault_of(with_policy(line))
    assert error.code == "settings.bad_value"
    assert error.message.startswith(f"{FILE}: {POLICY}.{line.split(' = ', maxsplit=1)[0]}: ")


def test_a_wrong_word_is_answered_with_the_right_ones() -> None:
    error = fault_of(with_policy('finish = "realease"'))
    assert error.message == (
        f'{FILE}: {POLICY}.finish: "realease" must be hold, balance or release (nearest: release).'
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com/Erp",
        "http://127.0.0.1.example.com/Erp",
        "http://127.1/Erp",
        "http://0.0.0.0/Erp",
        "ftp://erp.example.com/Erp",
        "erp.example.com/Erp",
        "https:///Erp",
        "https://erp.example.com/Erp?x=1",
        "https://erp.example.com/Erp#top",
        "https://erp.example.com/../Erp",
        "https://erp.example.com/Erp/entity/Default/24.200.001",
        "https://erp.example.com:0/Erp",
        "https://erp.example.com:99999/Erp",
        "https://erp.example.com/Erp\\r\\nX: y",
        "https://erp example.com/Erp",
        "https://[::g]/Erp",
    ],
)
def test_an_instance_address_we_must_not_call_is_refused(url: str) -> None:
    error = fault_of(LEAST.replace("https://erp.example.com/AcumaticaERP", url))
    assert error.code == "settings.bad_value"
    assert error.message.startswith(f"{FILE}: {ERP}.url: ")


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    error = fault_of(LEAST.replace("https://erp", "https://connector:pea-soup@erp"))
    assert f"{ERP}.url: " in error.message
    assert "pea-soup" not in error.message + error.fix


@pytest.mark.parametrize(
    "host", ["sftp://sftp.example.com", "harbor@sftp.example.com", "sftp.example.com:22", "a b", "a..b", "-x", "::g:1"]
)
def test_a_host_is_a_host_and_nothing_more(host: str) -> None:
    error = fault_of(LEAST.replace("sftp.example.com", host))
    assert error.message.startswith(f"{FILE}: {SFTP}.host: ")


@pytest.mark.parametrize(
    "key",
    [
        "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDh3zjL",
        f"sftp.example.com {KEY}",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-dss AAAAB3NzaC1kc3MAAACBAP",
        "AAAAC3NzaC1lZDI1NTE5AAAAIJ0mZ7",
    ],
)
def test_a_pin_is_a_whole_public_key(key: str) -> None:
    error = fault_of(LEAST.replace(KEY, key))
    assert error.message.startswith(f"{FILE}: {SFTP}.host_keys: ")


@pytest.mark.parametrize(
    "cron",
    [
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "x * * * *",
    ],
)
def test_a_schedule_that_is_no_cron_line_is_refused(cron: str) -> None:
    error = fault_of(f'{LEAST}\n[connections.harbor.schedule]\ninvoices = "{cron}"\n')
    assert error.message.startswith(f'{FILE}: connections.harbor.schedule.invoices: "{cron}" ')


def test_a_time_zone_that_is_none_is_answered_with_the_nearest() -> None:
    error = fault_of(ALL.replace("America/New_York", "America/NewYork"))
    assert error.message == (
        f'{FILE}: connections.harbor.time_zone: "America/NewYork" is no time zone (nearest: America/New_York).'
    )


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "America", "Mars/Olympus"])
def test_a_time_zone_is_no_path(zone: str) -> None:
    assert "is no time zone" in fault_of(ALL.replace("America/New_York", zone)).message


def test_a_payment_state_of_our_own_is_one_of_five() -> None:
    error = fault_of(ALL.replace('"On its way" = "sent"', '"On its way" = "send"'))
    assert error.message == (
        f'{FILE}: {SFTP}.payment_statuses."On its way": "send" must be scheduled, sent, cleared, failed or voided'
        " (nearest: sent)."
    )


def test_the_name_of_a_connection_is_plain() -> None:
    error = fault_of(LEAST.replace("connections.harbor.", 'connections."har bor".'))
    assert 'connections."har bor": "har bor" must be letters' in error.message


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://db/x", "var/own.db", "sqlite:///a.db?mode=ro"]
)
def test_a_store_that_keeps_nothing_or_that_we_do_not_know_is_refused(url: str) -> None:
    error = fault_of(LEAST, {"ML_CONNECTOR_STORE_URL": url})
    assert error.code == "settings.bad_value"
    assert error.message.startswith(f"{FILE}: store.url: the address of the store in ML_CONNECTOR_STORE_URL ")


def test_the_address_of_a_store_is_never_repeated() -> None:
    error = fault_of(LEAST, {"ML_CONNECTOR_STORE_URL": "mysql://root:pea-soup@db/x"})
    assert "pea-soup" not in error.message + error.fix


def test_all_faults_of_a_file_come_in_one_error() -> None:
    text = LEAST.replace('auth = "session"', 'auth = "sesion"').replace('host = "sftp.example.com"', "host = 7")
    error = fault_of(text + '\n[connections.harbor.policy]\nfinnish = "hold"\n')
    assert error.code == "settings.bad_value"
    assert error.message.splitlines() == [
        f"{FILE}: 3 settings are wrong.",
        f'  {ERP}.auth: "sesion" must be authorization_code, password or session (nearest: session).'
        " Change this value.",
        f"  {SFTP}.host: is a whole number, not text in quotes. Write text in quotes.",
        f"  {POLICY}.finnish: there is no such setting; the nearest known one is {POLICY}.finish."
        " Rename it to finish, or remove it.",
    ]


def test_a_text_that_is_not_toml_is_refused_with_its_line() -> None:
    error = fault_of("[store]\nurl = sqlite\n")
    assert error.code == "settings.not_toml"
    assert "line 2" in error.message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "none.toml", {})
    assert (caught.value.code, caught.value.at) == ("settings.file_missing", "settings")
    assert caught.value.message == f"There is no settings file {tmp_path / 'none.toml'}."


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path, {})
    assert (caught.value.code, caught.value.at) == ("settings.file_unreadable", "settings")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(LEAST.encode("utf-16"))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "own.toml", {})
    assert (caught.value.code, caught.value.fix) == ("settings.not_toml", "Save the file as UTF-8.")


@pytest.mark.parametrize(
    ("feed", "name", "rule"),
    [
        ("dimensions", "Project", "is the name of another dimension"),
        ("dimensions", "SEGMENT7", "is the name of another dimension"),
        ("vendors", "TRADE CODE", "must be the attribute's id: letters, digits and _ alone"),
    ],
)
def test_an_attribute_that_cannot_be_one_is_refused(feed: str, name: str, rule: str) -> None:
    error = fault_of(f'{LEAST}\n[connections.harbor.feeds.{feed}]\nattributes = ["{name}"]\n')
    assert f"connections.harbor.feeds.{feed}.attributes" in error.message and rule in error.message


def test_no_feed_but_vendors_and_dimensions_has_attributes() -> None:
    error = fault_of(f'{LEAST}\n[connections.harbor.feeds.accounts]\nattributes = ["TRADE"]\n')
    assert error.code == "settings.unknown_key"
