"""``invoice replay`` and ``file replay``: one file under the lease of its flow. Wiring; the rules stand in the flow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ml_connector.bootstrap.connection_house import ConnectionHouse
from ml_connector.domain.protocol.replaying import Replay
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import FlowName
from ml_connector.flows.replay.replay_file import replay_file as replay_invoices
from ml_connector.flows.replay.replay_payments import replay_payments
from ml_connector.operations.leases import held_elsewhere
from ml_connector.operations.lookups import find_invoice
from ml_connector.operations.passes import SyncResult
from ml_connector.operations.replaying import (
    file_of,
    find_file,
    lost_bills,
    needs_person,
    render_file_replay,
    render_invoice_replay,
)
from ml_connector.operations.views import JsonObject

PAYMENTS = "payments"


def replay_invoice(house: ConnectionHouse, word: str, *, actor: str) -> SyncResult:
    """One invoice again. TransientError ``engine.lease_held`` while a pass runs."""
    record = find_invoice(house.records, word)
    file = file_of(house.records, record)
    with _alone(house, "invoices"):
        replay = replay_invoices(house.context, file, actor=actor, only=record)
    return _result(replay, render_invoice_replay(replay, house.settings.policy.finish))


def replay_file(house: ConnectionHouse, word: str, *, actor: str) -> SyncResult:
    """One file again. TransientError ``engine.lease_held`` while a pass runs."""
    file = find_file(house.records, word)
    finish = house.settings.policy.finish
    if file.feed == PAYMENTS:
        with _alone(house, "payments"):
            payments = replay_payments(house.context, file)
        shown = render_file_replay(payments, finish)
        return SyncResult(shown, (), waiting=False, needs_person=bool(payments.file.problems))
    with _alone(house, "invoices"):
        replay = replay_invoices(house.context, file, actor=actor)
    return _result(replay, render_file_replay(replay, finish))


def _result(replay: Replay, shown: JsonObject) -> SyncResult:
    errors: Sequence[ConnectorError] = (*lost_bills(replay), *replay.errors)
    return SyncResult(shown, tuple(errors), waiting=replay.waiting, needs_person=needs_person(replay))


@contextmanager
def _alone(house: ConnectionHouse, flow: FlowName) -> Iterator[None]:
    house.require_identity()
    if not house.keeper.take(flow):
        raise held_elsewhere(flow)
    try:
        yield
    finally:
        house.keeper.give_back()
