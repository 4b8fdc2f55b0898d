"""No secret survives being written down, whatever form it takes."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from ml_connector.telemetry import Masker

SECRET = 'pea soup/"and"&more=é'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        json.dumps(SECRET)[1:-1],
    ],
)
def test_a_registered_value_is_masked_in_every_form(form: str) -> None:
    masker = Masker()
    masker.register(SECRET)
    assert masker.mask_text(f"sent {form} to the server") == "sent *** to the server"


def test_each_line_of_a_private_key_is_masked() -> None:
    masker = Masker()
    masker.register("-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nx\n-----END KEY-----\n")
    assert masker.mask_text("read b3BlbnNzaC1rZXktdjEAAAAA, then x") == "read ***, then x"


def test_of_two_secrets_one_within_the_other_nothing_is_left() -> None:
    masker = Masker()
    masker.register("soup")
    masker.register("soup of peas")
    assert masker.mask_text("soup of peas and soup") == "*** and ***"


def test_a_value_too_short_to_mask_leaves_the_text_readable() -> None:
    masker = Masker()
    masker.register("a")
    masker.register("")
    assert masker.mask_text("a man, a plan") == "a man, a plan"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://own:soup@db/x", "postgresql://***@db/x"),
        ("Authorization: Bearer eyJh.bGci-_x", "Authorization: Bearer ***"),
        ("grant_type=password&password=soup&scope=api", "grant_type=password&password=***&scope=api"),
        ("x -----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY----- y", "x *** y"),
        ("x -----BEGIN PRIVATE KEY-----\nabc", "x ***"),
        ("https://erp.example.com/a@b?x=1", "https://erp.example.com/a@b?x=1"),
    ],
)
def test_what_looks_like_a_secret_is_masked_though_nobody_registered_it(text: str, expected: str) -> None:
    assert Masker().mask_text(text) == expected


def test_a_value_is_masked_by_its_name_at_any_depth() -> None:
    value = {
        "user": "connector",
        "Password": "x",
        "headers": [{"Set-Cookie": "y", "Accept": "json"}],
        "body": b"abc",
        "count": 3,
        "nothing": None,
    }
    assert Masker().mask_value(value) == {
        "user": "connector",
        "Password": "***",
        "headers": [{"Set-Cookie": "***", "Accept": "json"}],
        "body": "<3 bytes>",
        "count": 3,
        "nothing": None,
    }


def test_a_value_that_holds_itself_ends() -> None:
    value: dict[str, object] = {}
    value["again"] = value
    assert "***" in str(Masker().mask_value(value))
