"""The pace follows the tenant: it delays before it refuses, and a 429 holds everybody (acumatica_api.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.clock import SimulatedClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.errors import TransientError
from ml_connector.store.running.pace import PaceFile
from tests.wire.acumatica.bill_samples import a_plan, a_record
from tests.wire.acumatica.stub import NOW, SETTINGS, Drawer, Scripted, said

TOKEN = "/AcumaticaERP/identity/connect/token"


@dataclass
class Two:
    """Two processes' edges on one tenant, one book and one clock."""

    ours: AcumaticaErp
    theirs: AcumaticaErp
    wire: Scripted
    clock: SimulatedClock

    def answers_take(self, seconds: float) -> None:
        def answer(_request: httpx2.Request) -> httpx2.Response:
            self.clock.sleep(seconds)
            return said(200, [])

        self.wire.on("GET", "Bill", answer)

    def time_of(self, erp: AcumaticaErp, times: int = 1) -> float:
        began = self.clock.monotonic()
        for _ in range(times):
            erp.fetch_any_bill()
        return self.clock.monotonic() - began


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    wire, clock = Scripted(), SimulatedClock(NOW)
    with ExitStack() as stack:
        edges = []
        for _ in range(2):
            book = PaceFile(tmp_path / "pace", "tenant", process_holder(), clock, holder_alive=holder_alive)
            stack.callback(book.close)
            drawer = Drawer()
            erp = open_acumatica(
                SETTINGS,
                secrets=drawer,
                canary=drawer,
                log=drawer,
                clock=clock,
                deadlines=Deadlines(),
                budget=SharedBudget(book, 1000, 2, clock),
                http=wire,
            )
            stack.callback(erp.close)
            erp.sign_in()
            edges.append(erp)
        yield Two(edges[0], edges[1], wire, clock)


def test_while_answers_are_late_everybody_leaves_the_tenant_alone_for_as_long(two: Two) -> None:
    """acumatica_api.md 3."""
    two.answers_take(0.5)
    two.time_of(two.ours, 20)
    two.answers_take(10)
    # The first late answer alone says nothing; after the second there is a pause of what it was late.
    assert two.time_of(two.ours, 2) == 20
    pause = two.time_of(two.theirs) - 10

    assert 7.5 < pause < 8.5
    assert two.ours.request_counts().throttled == two.theirs.request_counts().throttled == 1


def test_the_full_pace_is_back_with_the_first_answer_in_time(two: Two) -> None:
    two.answers_take(0.5)
    two.time_of(two.ours, 20)
    two.answers_take(10)
    two.time_of(two.ours, 3)
    two.answers_take(0.5)
    two.time_of(two.ours)

    assert two.time_of(two.ours, 10) == pytest.approx(5)


def test_one_late_answer_among_others_changes_nothing(two: Two) -> None:
    two.answers_take(0.5)
    two.time_of(two.ours, 5)
    for _ in range(3):
        two.answers_take(30)
        assert two.time_of(two.ours) == pytest.approx(30)
        two.answers_take(0.5)
        assert two.time_of(two.ours) == pytest.approx(0.5)


def test_a_site_that_has_become_slow_for_good_is_its_new_usual_in_the_end(two: Two) -> None:
    two.answers_take(0.5)
    two.time_of(two.ours, 5)
    two.answers_take(5)
    assert two.time_of(two.ours, 10) > 60
    two.time_of(two.ours, 100)

    assert two.time_of(two.ours, 10) == pytest.approx(50)


def refused(ask: AcumaticaErp) -> TransientError:
    with pytest.raises(TransientError) as raised:
        ask.create_bill(a_plan())
    return raised.value


def test_a_429_without_a_header_holds_both_with_jitter_longer_each_time_in_a_row(two: Two) -> None:
    """acumatica_api.md 3."""
    two.wire.on("PUT", "Bill", said(429, "The custom error module does not recognize this error."))
    told = [refused(two.ours).retry_after_seconds or 0 for _ in range(9)]
    began = two.clock.monotonic()
    two.wire.on("GET", "Bill", said(200, []))
    two.theirs.fetch_any_bill()

    assert all(0 <= seconds <= 2**number for number, seconds in enumerate(told))
    assert len(set(told)) == 9
    assert two.clock.monotonic() - began == pytest.approx(told[-1], abs=2e-3)


def test_an_answer_ends_the_row_of_refusals(two: Two) -> None:
    two.wire.on("PUT", "Bill", *[said(429, "slow")] * 9, said(200, a_record()), said(429, "slow"))
    for _ in range(9):
        refused(two.ours)
    two.ours.create_bill(a_plan())

    assert (refused(two.ours).retry_after_seconds or 0) <= 1


def test_retry_after_holds_both(two: Two) -> None:
    two.wire.on("PUT", "Bill", said(429, "slow", {"retry-after": "7"}))
    two.wire.on("GET", "Bill", said(200, []))
    assert refused(two.ours).retry_after_seconds == 7

    assert two.time_of(two.theirs) == pytest.approx(7, abs=2e-3)


def test_a_sign_in_that_is_refused_for_pace_holds_both(two: Two) -> None:
    two.wire.on("POST", TOKEN, said(429, "slow", {"retry-after": "7"}))
    two.wire.on("GET", "Bill", said(401, {}))
    with pytest.raises(TransientError):
        two.ours.fetch_any_bill()
    two.wire.on("GET", "Bill", said(200, []))

    assert two.time_of(two.theirs) >= 6.99
