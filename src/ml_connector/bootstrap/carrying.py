"""What a pass of the engine does: opens its connection and carries each flow of the pass as one phase. Wiring, no
rules."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ml_connector.bootstrap.connection_house import ConnectionHouse, Opening, connect
from ml_connector.bootstrap.store_house import StoreHouse
from ml_connector.engine.passes import Pass, Phases, Summary
from ml_connector.engine.stopping import Interruption, Stop
from ml_connector.engine.ticker import ScheduleStates, rest_after
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from ml_connector.flows.catalog import FlowName
from ml_connector.operations.identity import require_pin
from ml_connector.operations.leases import LEASE_HELD
from ml_connector.operations.passes import flows_named
from ml_connector.telemetry import ids_bound

# One that refuses for pace is there: the shared budget keeps the time it asked for.
_NOT_DOWN = frozenset({LEASE_HELD, "acumatica.limited"})
_OUR_OWN = frozenset({"store", "engine"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carrier:
    """Fits the engine's port of what a pass does; shared by all threads of the process."""

    store: StoreHouse
    states: ScheduleStates
    stop: Stop

    def __call__(self, each: Pass, phases: Phases) -> None:
        """Carry the pass; whatever stops it is told, and its schedule goes on."""
        with ids_bound(connection=each.connection, flow=each.flow):
            try:
                down = self._carry(each, phases)
                self._record_ended(each, down=down)
            except ConnectorError as error:
                _tell(error)
                with suppress(ConnectorError):
                    # Where our own records are out of reach the ticker finds the pass ended later.
                    self._record_ended(each, down=is_down(error))

    def _carry(self, each: Pass, phases: Phases) -> bool:
        """Whether a system was down."""
        # Policies and schedules are read at each run (operator contract, section 2).
        store = self.store.reread()
        settings = store.connection(each.connection)
        require_pin(settings.name, settings.stampli.host_keys)
        how = Opening(foreground=False, interruption=Interruption(self.stop))
        with connect(store, settings, how) as house:
            down = False
            for flow in flows_named(each.flow):
                summary = phases.run(flow, partial(_run_phase, house, flow))
                down = down or bool(summary["down"])
                if not summary["begun"]:
                    break
        return down

    def _record_ended(self, each: Pass, *, down: bool) -> None:
        before = self.states.load_states().get((each.connection, each.flow)) if down else None
        failures = int(down) + (0 if before is None else before.failures)
        rest = (failures, rest_after(failures, self.store.clock.now()))
        self.states.record_ended(each.connection, each.flow, each.key, rest=rest)


def _run_phase(house: ConnectionHouse, flow: FlowName) -> Summary:
    try:
        result = house.sync_flow(flow)
    except ConnectorError as error:
        _tell(error)
        return _summary({}, (error,), down=is_down(error), begun=False)
    _log.info("done: %s", result.shown["counts"])
    for stopped in result.errors:
        _tell(stopped)
    # Before the first sign-in nothing can begin, and the next phase would only try the same.
    begun = house.identity.load_identity() is not None
    # A system that booked a bill a moment ago is there, whatever became of the others.
    down = any(map(is_down, result.errors)) and not result.booked
    return _summary(result.shown["counts"], result.errors, down=down, begun=begun)


def _summary(counts: object, errors: tuple[ConnectorError, ...], *, down: bool, begun: bool) -> Summary:
    """What is kept of a phase: counts and codes."""
    return {"counts": counts, "errors": [error.code for error in errors], "down": down, "begun": begun}


def is_down(error: ConnectorError) -> bool:
    """Whether a system of the connection does not answer or refuses us, and is to be left alone for a while; our own
    store and engine are none of its systems."""
    if isinstance(error, ConfigurationError):
        return error.at == "system"
    return isinstance(error, TransientError) and error.code not in _NOT_DOWN and error.stage not in _OUR_OWN


def _tell(error: ConnectorError) -> None:
    _log.warning("%s %s", error.message, error.fix, extra={"code": error.code, "stage": error.stage})
