"""A write takes its room in the minute and its place before its intent is recorded (posting_protocol.md 4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines
from ml_connector.clock import SimulatedClock
from ml_connector.errors import TransientError
from tests.wire.acumatica.bill_samples import a_plan, a_record
from tests.wire.acumatica.stub import NOW, SETTINGS, Drawer, Scripted, said, token

TOKEN = "/AcumaticaERP/identity/connect/token"


@dataclass
class Counting:
    """A budget of one place that tells what was taken of it, and refuses a second place instead of waiting for ever."""

    story: list[str] = field(default_factory=list)
    held: int = 0

    def reserve(self) -> bool:
        self.story.append("room")
        return False

    @contextmanager
    def running(self) -> Iterator[None]:
        if self.held:
            raise TransientError("no place", code="acumatica.limited")
        self.held += 1
        self.story.append("place")
        try:
            yield
        finally:
            self.held -= 1
            self.story.append("free")

    def pause(self, seconds: float) -> None:
        self.story.append(f"pause {seconds}")

    def note_answer(self, kind: str, seconds: float) -> bool:
        return False


@dataclass
class Case:
    erp: AcumaticaErp
    wire: Scripted
    budget: Counting
    clock: SimulatedClock


@pytest.fixture
def case() -> Iterator[Case]:
    wire, drawer, budget, clock = Scripted(), Drawer(), Counting(), SimulatedClock(NOW)
    wire.on("POST", TOKEN, token("A1", refresh="R1", seconds=100), token("A2", refresh="R2"))
    wire.on("PUT", "Bill", said(200, a_record()))
    wire.on("GET", "Bill", said(200, []))
    erp = open_acumatica(
        SETTINGS,
        secrets=drawer,
        canary=drawer,
        log=drawer,
        clock=clock,
        deadlines=Deadlines(),
        budget=budget,
        http=wire,
    )
    erp.sign_in()
    budget.story.clear()
    yield Case(erp, wire, budget, clock)
    erp.close()


def test_nothing_is_waited_for_between_the_intent_and_its_put(case: Case) -> None:
    case.erp.prepare_write()
    assert case.budget.story == ["room", "place"]
    case.budget.story.append("intent")
    case.erp.create_bill(a_plan())

    assert case.budget.story == ["room", "place", "intent", "free"]


def test_what_is_reserved_once_is_not_reserved_again(case: Case) -> None:
    case.erp.prepare_write()
    case.erp.prepare_write()

    assert case.budget.story == ["room", "place"]


def test_a_session_that_ended_meanwhile_is_renewed_in_the_place_that_is_held(case: Case) -> None:
    case.erp.prepare_write()
    case.clock.sleep(100)
    case.erp.create_bill(a_plan())

    assert case.budget.held == 0
    # The token and the canary take room of their own, the bill what was reserved.
    assert case.budget.story == ["room", "place", "room", "room", "free"]
    assert [sent.method for sent in case.wire.sent[-3:]] == ["POST", "GET", "PUT"]


def test_what_was_reserved_for_an_invoice_and_never_used_is_given_back(case: Case) -> None:
    case.erp.about("i1")
    case.erp.prepare_write()
    case.erp.about(None)
    assert case.budget.held == 0

    assert case.erp.fetch_any_bill() is None


def test_a_refused_write_gives_its_place_back(case: Case) -> None:
    case.wire.on("PUT", "Bill", said(429, "API limit"))
    case.erp.prepare_write()
    with pytest.raises(TransientError):
        case.erp.create_bill(a_plan())

    assert case.budget.held == 0


def test_the_end_gives_back_what_is_held(case: Case) -> None:
    case.erp.prepare_write()
    case.erp.close()

    assert case.budget.held == 0
