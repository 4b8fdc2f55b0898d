"""Log lines: one a record, with ids, without secrets, never on standard output."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.telemetry import Masker, ids_bound, logging_to

CLOCK = SimulatedClock(datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
LOG = logging.getLogger("ml_connector.sample")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class StoppedClock(SimulatedClock):
    """A clock that makes every line fail."""

    def now(self) -> datetime:
        raise ValueError("no time")


def test_a_line_is_one_json_object_with_time_level_ids_and_facts() -> None:
    stream = io.StringIO()
    with logging_to(stream, CLOCK, Masker()), ids_bound(connection="harbor", run_id="r0001"):
        LOG.info("fetched %s", "a.csv", extra={"size_bytes": 12})
    assert json.loads(stream.getvalue()) == {
        "at": "2026-11-24T06:00:00.000Z",
        "level": "info",
        "logger": "ml_connector.sample",
        "event": "fetched a.csv",
        "connection": "harbor",
        "run_id": "r0001",
        "size_bytes": 12,
    }


def test_ids_end_with_their_context() -> None:
    stream = io.StringIO()
    with logging_to(stream, CLOCK, Masker()):
        with ids_bound(document_id="i0001"):
            LOG.info("one")
        LOG.info("two")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["document_id"], "document_id" in second) == ("i0001", False)


def test_a_secret_is_masked_in_message_facts_and_trace() -> None:
    stream = io.StringIO()
    masker = Masker()
    masker.register("pea-soup")
    with logging_to(stream, CLOCK, masker):
        try:
            raise ValueError("refused pea-soup")
        except ValueError:
            LOG.exception("sign-in with pea-soup", extra={"password": "x", "url": "https://a/?t=pea-soup"})
    line = json.loads(stream.getvalue())
    assert "pea-soup" not in stream.getvalue()
    assert (line["event"], line["password"], line["url"]) == ("sign-in with ***", "***", "https://a/?t=***")
    assert line["exception"].endswith("ValueError: refused ***")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_text_from_outside_cannot_forge_a_line(stream: io.StringIO) -> None:
    with logging_to(stream, CLOCK, Masker()):
        LOG.warning("file %s", "a\n2026-11-24 [info] all is well\x1b[2J")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b[2J" not in stream.getvalue()


def test_a_terminal_gets_plain_lines() -> None:
    stream = Terminal()
    with logging_to(stream, CLOCK, Masker()):
        LOG.info("fetched")
    assert "fetched" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_terminal_gets_a_masked_trace_of_several_lines() -> None:
    stream = Terminal()
    masker = Masker()
    masker.register("pea-soup")
    with logging_to(stream, CLOCK, masker):
        try:
            raise ValueError("refused pea-soup")
        except ValueError:
            LOG.exception("sign-in")
    assert stream.getvalue().rstrip().endswith("ValueError: refused ***")
    assert len(stream.getvalue().splitlines()) > 1


def test_chatty_libraries_are_heard_from_warning_on() -> None:
    stream = io.StringIO()
    with logging_to(stream, CLOCK, Masker(), level=logging.DEBUG):
        logging.getLogger("httpx2").info("GET https://erp.example.com")
        logging.getLogger("asyncssh").warning("odd")
        LOG.debug("heard")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["odd", "heard"]


def test_a_line_that_cannot_be_rendered_shows_none_of_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    with logging_to(stream, StoppedClock(datetime(2026, 11, 24, tzinfo=UTC)), Masker()):
        LOG.info("sign-in with %s", "pea-soup")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert stream.getvalue() == "a log line of ml_connector.sample could not be written\n"


def test_a_closed_stream_does_not_stop_the_work() -> None:
    stream = io.StringIO()
    with logging_to(stream, CLOCK, Masker(), as_json=True):
        stream.close()
        LOG.info("lost")


def test_nothing_stays_behind_when_the_log_ends() -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("asyncssh").level)
    with logging_to(io.StringIO(), CLOCK, Masker()):
        pass
    assert (list(root.handlers), root.level, logging.getLogger("asyncssh").level) == before
