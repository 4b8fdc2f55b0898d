"""What Acumatica said when it refused a bill, as findings for a person (``ap_domain.md``, 4.10: its own words are kept,
never interpreted, never retried). Pure.
"""

from __future__ import annotations

import re

from ml_connector.domain.findings import finding_of, line_field
from ml_connector.errors import FieldFault
from ml_connector.problems import Finding

_LINE_PATH = re.compile(r"Details\[(\d+)\]\.?(\w*)")


def findings_for_refusal(message: str, faults: tuple[FieldFault, ...]) -> tuple[Finding, ...]:
    """One finding for each field Acumatica refused (its rows count from 1), else one with the message as a whole."""
    if not faults:
        return (finding_of("UNRECOGNISED", "bill", message=f"Acumatica refused the bill: {message}"),)
    return tuple(_finding_for(fault) for fault in faults)


def _finding_for(fault: FieldFault) -> Finding:
    code = "Z08" if fault.mandatory else "UNRECOGNISED"
    line = _LINE_PATH.fullmatch(fault.path)
    if line is None:
        name = _words(fault.path)
        message = f"Acumatica refused the {name or 'bill'}: {fault.message}"
        return finding_of(code, name.replace(" ", "_") or "bill", message=message)
    position, name = int(line[1]), _words(line[2])
    where = f"the {name} of line {position}" if name else f"line {position}"
    field = line_field(position, name.replace(" ", "_") or "line")
    return finding_of(code, field, message=f"Acumatica refused {where}: {fault.message}")


def _words(path: str) -> str:
    """``ProjectTask`` as ``project task``, ``VendorRef`` as ``vendor ref``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path).replace(".", " ").strip().lower()
