"""What an answer to a write means (posting_protocol.md 5, acumatica_api.md 5.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest

from ml_connector.acumatica.wire import outcomes
from ml_connector.acumatica.wire.failures import translate_failure
from ml_connector.acumatica.wire.outcomes import (
    Accepted,
    Busy,
    Executed,
    Finished,
    Forbidden,
    Limited,
    NotThere,
    Outcome,
    PreconditionFailed,
    Refused,
    SignedOut,
    Unclear,
    judge_write,
)
from ml_connector.acumatica.wire.transport import Reply
from ml_connector.errors import FieldFault, TransientError, UncertainError

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html"}


def answer(status: int, body: object = b"", headers: dict[str, str] | None = None) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers or JSON, content)


ENTITY = {
    "id": "x",
    "rowNumber": 1,
    "note": None,
    "error": "Inserting  'AP Transactions' record raised at least one error. Please review the errors.",
    "ReferenceNbr": {"value": "<NEW>"},
    "Details": [
        {"rowNumber": 1, "Account": {"value": "61000"}},
        {
            "rowNumber": 2,
            "error": "The row is not complete.",
            "Project": {"value": "NOPE", "error": "Error: Project 'NOPE      ' cannot be found in the system."},
            "Inner": {"Deep": [{"Subaccount": {"value": 1, "error": "Subaccount 'AA   ' is inactive"}}]},
        },
    ],
}
FAULTS = (
    FieldFault("Details[2]", "The row is not complete."),
    FieldFault("Details[2].Project", "Project 'NOPE' cannot be found in the system."),
    FieldFault("Details[2].Inner.Deep[1].Subaccount", "Subaccount 'AA' is inactive"),
)
SUMMARY = "Inserting  'AP Transactions' record raised at least one error. Please review the errors."
LOCK = "PX.Data.PXLockViolationException"
OUTCOME_TYPE = "PX.Api.ContractBased.OutcomeEntityHasErrorsException"


def exception(message: str, kind: str) -> dict[str, object]:
    return {"message": "An error has occurred.", "exceptionMessage": message, "exceptionType": kind, "stackTrace": ""}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(200, {"id": "x"}), Executed({"id": "x"})),
        (answer(204), Finished()),
        (answer(202, headers={"location": "/entity/x/status/1"}), Accepted("/entity/x/status/1")),
        (answer(202), Unclear("a long operation without an address")),
        (answer(200, []), Unclear("the answer is not a record")),
        (answer(200, b""), Unclear("the answer is not a record")),
        (answer(200, b'{"id": "x'), Unclear("the answer is not a record")),
        (answer(200, b"<html>", HTML), Unclear("the answer is not a record", page=True)),
        (answer(302, b"", {"location": "/Frames/Login.aspx"}), Unclear("status 302", page=True)),
        (answer(401, exception("x", "y")), SignedOut()),
        (answer(403, {"message": "You have insufficient rights."}), Forbidden("You have insufficient rights.")),
        (answer(404), NotThere()),
        (answer(412, exception("x", "y")), PreconditionFailed()),
        (answer(429, b"The custom error module does not recognize this error."), Limited(False, None)),
        (answer(429, b"", {"retry-after": "7"}), Limited(False, 7.0)),
        (answer(429, b"API Login Limit", {"content-type": "text/plain"}), Limited(True, None)),
        (answer(200, b"<title>API Login Limit</title>", HTML), Limited(True, None)),
        (answer(500, exception("Error: API Login Limit", "PX.Data.PXException")), Limited(True, None)),
        (answer(500, exception("Error: A long operation is in progress", "PX.Data.PXException")), Busy()),
        (answer(406), Unclear("status 406")),
        (answer(502, b"<html>", HTML), Unclear("status 502", page=True)),
        (answer(500, b"<html>", HTML), Unclear("status 500", page=True)),
        (answer(503), Unclear("status 503")),
        (answer(500, exception("x", "System.FormatException")), Unclear("status 500 with System.FormatException")),
        (answer(500, exception("x", LOCK)), Unclear(f"status 500 with {LOCK}")),
        (answer(500, {"message": "x"}), Unclear("status 500 with no exception")),
        (answer(422, {"id": "x", "Vendor": {"value": "V"}}), Unclear("status 422 without an error")),
        (answer(400, {"message": "x"}), Unclear("status 400 without an error")),
        (answer(418, {"error": "x"}), Unclear("status 418")),
    ],
)  # fmt: skip
def test_each_answer_has_its_documented_meaning_and_the_rest_is_unclear(reply: Reply, expected: Outcome) -> None:
    """acumatica_api.md 3, 5.3."""
    assert judge_write(reply) == expected


def test_field_errors_at_any_depth_are_found_with_their_path_and_without_padding() -> None:
    """acumatica_api.md 4.1, 5.3."""
    outcome = judge_write(answer(422, ENTITY))

    raw = "; ".join(f"{fault.path} {fault.message}" for fault in FAULTS)
    assert outcome == Refused(SUMMARY, FAULTS, raw)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({**exception("Error: see the entity", OUTCOME_TYPE), "entity": {"Details": ENTITY["Details"]}}, 3),
        (
            exception(
                "Error: An error occurred during processing of the field Account", "PX.Data.PXSetPropertyException"
            ),
            1,
        ),
    ],
)
def test_older_builds_and_field_logic_refuse_with_500(body: dict[str, object], faults: int) -> None:
    """acumatica_api.md 5.3."""
    outcome = judge_write(answer(500, body))

    assert isinstance(outcome, Refused)
    assert len(outcome.faults) == faults


def test_the_innermost_message_is_told() -> None:
    """acumatica_api.md 5.3."""
    inner = exception("Error: The 08-2026 financial period is inactive in the HRB company.", "PX.Data.PXException")
    outcome = judge_write(answer(500, {**exception("outer", "PX.Data.PXOuterException"), "innerException": inner}))

    message = "The 08-2026 financial period is inactive in the HRB company."
    assert outcome == Refused(message, (FieldFault("", message),), f"Error: {message}")


def test_a_bad_request_tells_its_model_state() -> None:
    """acumatica_api.md 5.1."""
    state = {"message": "The request is invalid.", "modelState": {"": ["The request body should not be empty."]}}

    message = "The request body should not be empty."
    assert judge_write(answer(400, state)) == Refused(message, (FieldFault("", message),), message)


def test_a_bill_that_speaks_of_the_login_limit_is_still_a_bill() -> None:
    record = {"Description": {"value": "API Login Limit consulting"}}

    assert judge_write(answer(200, record)) == Executed(record)


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ("7", "", 7.0),
        ("7.2", "", 8.0),
        ("-3", "", 0.0),
        ("NaN", "", None),
        ("1000000000", "", 3600.0),
        ("99999999999999999999", "", None),
        ("7, 9", "", 7.0),
        ("", "", None),
        ("Wed, 14 Oct 2026 12:00:30 GMT", "Wed, 14 Oct 2026 12:00:00 GMT", 30.0),
        ("Wed, 14 Oct 2026 11:00:30 GMT", "Wed, 14 Oct 2026 12:00:00 GMT", 0.0),
        ("Wed, 14 Oct 2026 12:00:30 GMT", "", None),
    ],
)
def test_retry_after_is_clamped_and_a_date_is_taken_against_the_servers_own_clock(
    header: str, date: str, expected: float | None
) -> None:
    assert outcomes.retry_after(answer(429, b"", {"retry-after": header, "date": date})) == expected


def test_seats_are_waited_for_as_long_as_the_server_says() -> None:
    reply = answer(429, b"API Login Limit", {"content-type": "text/plain", "retry-after": "9"})

    assert judge_write(reply) == Limited(True, 9.0)


def test_a_list_that_speaks_of_the_login_limit_is_data() -> None:
    assert judge_write(answer(200, [{"Description": "API Login Limit"}])) == Unclear("the answer is not a record")


def test_a_web_page_is_no_data_even_where_it_reads_like_it() -> None:
    reply = answer(200, {"id": "x"}, HTML)

    assert outcomes.json_body(reply) is None
    assert judge_write(reply) == Unclear("the answer is not a record", page=True)


@pytest.mark.parametrize("status", [300, 301, 399])
def test_each_way_to_another_page_is_a_page(status: int) -> None:
    assert outcomes.is_page(Reply(status, {}, b"")) is True


@pytest.mark.parametrize("status", [299, 400])
def test_an_answer_without_a_type_is_no_page(status: int) -> None:
    assert outcomes.is_page(Reply(status, {}, b"")) is False


def test_answers_without_headers_are_judged_all_the_same() -> None:
    assert judge_write(Reply(202, {}, b"")) == Unclear("a long operation without an address")
    assert outcomes.retry_after(Reply(429, {}, b"")) is None
    late = {"retry-after": "Wed, 14 Oct 2026 12:00:30 GMT"}
    assert outcomes.retry_after(Reply(429, late, b"")) is None


def test_only_plain_digits_are_seconds() -> None:
    assert outcomes.retry_after(answer(429, b"", {"retry-after": "\u0667"})) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": "No."}, "No."),
        ({"message": "x" * 600}, "x" * 500),
        (["No."], ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_servers_own_words_are_short_and_from_data_alone(body: object, expected: str) -> None:
    assert outcomes.error_text(answer(403, body)) == expected


def test_errors_are_looked_for_eight_levels_deep_and_no_deeper() -> None:
    def nested(levels: int) -> object:
        body: object = {"error": "No."}
        for _ in range(levels):
            body = {"a": body}
        return body

    assert list(outcomes.walk_faults(nested(8))) == [FieldFault(".".join("a" * 8), "No.")]
    assert list(outcomes.walk_faults(nested(9))) == []
    assert list(outcomes.walk_faults([[[[[[[[{"error": "No."}]]]]]]]])) == [FieldFault("[1]" * 8, "No.")]
    assert list(outcomes.walk_faults([[[[[[[[[{"error": "No."}]]]]]]]]])) == []


@pytest.mark.parametrize("member", ["custom", "_links", "error"])
def test_errors_in_what_is_not_the_record_itself_are_passed_over(member: str) -> None:
    body = {"Vendor": {"error": "No."}, member: {"Inner": {"error": "Not this."}}}

    assert list(outcomes.walk_faults(body)) == [FieldFault("Vendor", "No.")]


def test_a_model_state_may_tell_one_text_or_several() -> None:
    body = {"modelState": {"entity.Date": "Bad.", "entity.Amount": ["Worse.", 7, "Error: Worst."]}}

    assert list(outcomes.walk_faults(body)) == [
        FieldFault("entity.Date", "Bad."),
        FieldFault("entity.Amount", "Worse."),
        FieldFault("entity.Amount", "Worst."),
    ]


def errors_of_the_library() -> Iterator[Exception]:
    """One of every exception class the HTTP library exports."""
    request = httpx2.Request("PUT", "http://127.0.0.1/")
    response = httpx2.Response(500, request=request)
    for name in sorted(dir(httpx2)):
        kind = getattr(httpx2, name)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            continue
        if kind is httpx2.HTTPStatusError:
            yield kind("x", request=request, response=response)
            continue
        try:
            yield kind("x")
        except TypeError:
            yield kind()


SAFE = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "InvalidURL"}


@pytest.mark.parametrize("error", list(errors_of_the_library()), ids=lambda error: type(error).__name__)
def test_only_failures_before_the_first_byte_are_not_sent(error: Exception) -> None:
    before = translate_failure(error, first_byte_sent=False)
    after = translate_failure(error, first_byte_sent=True)

    assert type(before) is (TransientError if type(error).__name__ in SAFE else UncertainError)
    assert type(after) is UncertainError


@pytest.mark.parametrize("error", [ValueError("x"), OSError("x"), KeyError("x"), RuntimeError("x"), EOFError()])
def test_an_unknown_exception_is_uncertain(error: Exception) -> None:
    assert type(translate_failure(error, first_byte_sent=False)) is UncertainError
