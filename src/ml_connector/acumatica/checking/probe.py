"""One bill on hold, made and deleted again: may the user write, and does the site keep a bill on hold
(``fault_catalogue.md 91``)?

Asked for by a person alone. It is coded like a bill that is there, for one unit of money, and carries no mark of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ml_connector.acumatica.booking.desk import BillDesk
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.clock import Clock
from ml_connector.domain.keys import marker
from ml_connector.domain.protocol import judge_hold
from ml_connector.domain.values.bill import Bill, BillLine, BillPlan
from ml_connector.domain.values.money import UNSTATED
from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError

_MARK = "ML-PROBE"
_AMOUNT = Decimal(1)


def probe_hold(
    client: ApiClient,
    desk: BillDesk,
    like: Bill,
    clock: Clock,
    *,
    by_mark: Callable[[str, Bill], bool] | None = None,
) -> tuple[bool, str]:
    """Whether a bill was seen to stay on hold, and what was found, in words. It is coded as the bill ``like``, and
    dated today, or as that one where today is refused. ``by_mark``, where marks go into an attribute, says whether the
    bill is found by one: it carries one then.

    Raises ConfigurationError where the user may not write, the bill does not stay on hold or is not found by its mark,
    UncertainError.
    """
    now = clock.now()
    reference = f"{_MARK}-{now:%y%m%d%H%M%S}"
    today = _plan(like, reference, now.date(), mark=_MARK if by_mark is None else marker(reference))
    plans = [today] if like.dated_on is None else [today, replace(today, dated_on=like.dated_on)]
    refused, made = "", None
    for plan in plans:
        client.prepare_write()
        try:
            made = desk.create_bill(plan)
            break
        except RejectedError as error:
            refused = error.message
    if made is None:
        return False, f"the user may write; a bill coded like {like.key} is refused: {refused}"
    unheld = judge_hold(made)
    if unheld:
        raise ConfigurationError(
            unheld[0].message,
            fix=f"Void {made.key}, which this check made, and have the customisation that takes new bills off hold "
            "switched off.",
            stage="write_rights",
            code="acumatica.hold_ignored",
        )
    found = by_mark is None or by_mark(today.marker, made)
    try:
        client.prepare_write()
        desk.delete_bill(made.key)
    except ConnectorError as error:
        return True, f"a bill was made and stays on hold; delete {made.key} by hand: {error.message}"
    if not found:
        raise ConfigurationError(
            "A bill is not found by the mark in its attribute.",
            fix="Take acumatica.mark_attribute out of the settings: the mark is kept in the description then.",
            stage="write_rights",
            code="acumatica.look_up_blind",
        )
    return True, "a bill was made, stayed on hold and was deleted again"


def _plan(like: Bill, reference: str, day: date, *, mark: str) -> BillPlan:
    line = (like.lines or (BillLine(_AMOUNT),))[0]
    coding = BillLine(
        amount=_AMOUNT,
        description=_MARK,
        account=line.account,
        subaccount=line.subaccount,
        branch=line.branch,
        project=line.project,
        task=line.task,
        cost_code=line.cost_code,
    )
    return BillPlan(
        type="Bill",
        vendor=like.vendor,
        vendor_ref=reference,
        dated_on=day,
        currency=UNSTATED,
        amount=_AMOUNT,
        marker=mark,
        description=f"{mark} made by connection check, to be deleted",
        lines=(coding,),
        branch=like.branch,
    )
