"""Long operations: started by an action, polled by their status URL, run in the session that started them.

``acumatica_api.md`` 3 and 5.4: while one runs, other requests of the session for that screen fail.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ml_connector_twins.acumatica.payables.changes import FormErrors, FormException
from ml_connector_twins.acumatica.web.calls import px_error
from ml_connector_twins.acumatica.web.sign_in.sessions import Session


@dataclass(slots=True)
class Operation:
    """One operation; ``fault`` is the text it failed with."""

    id: str
    session: str
    screen: str
    running: bool = True
    fault: str = ""


class Operations:
    """The operations of a site."""

    def __init__(self) -> None:
        self._known: dict[str, Operation] = {}
        self._pending: dict[str, Callable[[], None]] = {}

    def start(self, session: Session, screen: str, effect: Callable[[], object], seconds: float) -> Operation:
        """Starts an operation whose effect comes after ``seconds``."""
        operation = Operation(str(uuid.uuid4()), session.id, screen)
        self._known[operation.id] = operation

        def finish() -> None:
            if self._pending.pop(operation.id, None) is None:
                return
            try:
                effect()
            except (FormException, FormErrors) as fault:
                operation.fault = str(fault)
            operation.running = False

        self._pending[operation.id] = finish
        if seconds <= 0:
            finish()
        else:
            asyncio.get_running_loop().call_later(seconds, finish)
        return operation

    def finish_all(self) -> int:
        """Ends every running operation now; returns how many there were."""
        running = list(self._pending.values())
        for finish in running:
            finish()
        return len(running)

    def find(self, operation_id: str) -> Operation | None:
        """The operation with that id, or None."""
        return self._known.get(operation_id)

    def check_free(self, session: Session, screen: str) -> None:
        """Raises the error a busy session answers with (3)."""
        for operation in self._known.values():
            if operation.running and operation.session == session.id and operation.screen == screen:
                raise px_error("Error: A long operation is in progress. Please wait until it is completed.")
