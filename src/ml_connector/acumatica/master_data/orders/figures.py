"""What the form knows of an order line beyond the contract (``acumatica_api.md 7``): the elements to ask for by
``$custom``, and their values. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.acumatica import values
from ml_connector.acumatica.reading import Shape
from ml_connector.acumatica.values import Row

_VIEW = "Transactions"
_FIELDS = ("BilledQty", "CuryBilledAmt", "UnbilledQty", "CuryUnbilledAmt", "Closed", "POAccrualType")
SHAPES = (
    Shape(expand=("Details",), custom=tuple(f"Details/{_VIEW}.{field}" for field in _FIELDS)),
    Shape(expand=("Details",)),
)
"""An order with its lines, with what the form shows of them where the site lets it be asked for."""
FIGURES = tuple(f"custom/{_VIEW}/{field}" for field in _FIELDS)
"""Where these figures stand in a line, for lean rows."""
# The label or the code of the accrual type: Receipt (R), Order (O).
_BASES: Mapping[str, str] = {"r": "receipt", "o": "order"}


@dataclass(frozen=True, slots=True)
class Figures:
    """The form's figures of a line; None where the site does not show them."""

    billed_quantity: Decimal | None
    billed_amount: Decimal | None
    unbilled_quantity: Decimal | None
    unbilled_amount: Decimal | None
    closed: bool | None
    basis: str | None


def figures_of(line: Row) -> Figures:
    """The figures that a line came with."""
    form = {field: values.custom(line, f"{_VIEW}.{field}") for field in _FIELDS}
    basis = values.text(form["POAccrualType"], "value") or ""
    return Figures(
        billed_quantity=values.decimal(form["BilledQty"], "value"),
        billed_amount=values.decimal(form["CuryBilledAmt"], "value"),
        unbilled_quantity=values.decimal(form["UnbilledQty"], "value"),
        unbilled_amount=values.decimal(form["CuryUnbilledAmt"], "value"),
        closed=values.flag(form["Closed"], "value"),
        basis=_BASES.get(basis[:1].casefold()),
    )


def line_number(line: Row) -> int:
    """The number of a line, which never changes."""
    number = values.whole(line, "LineNbr")
    if number is None:
        raise values.unreadable("an order line has no number")
    return number
