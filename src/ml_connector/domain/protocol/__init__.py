"""The core of the posting protocol, pure. Flows ask here before every step and do what the verdict says; nothing in
here sends, waits or stores (posting protocol, 4).
"""

from __future__ import annotations

from ml_connector.domain.protocol.attachments import (
    NOT_ATTACHED,
    Attachable,
    is_on_bill,
    note_attachments,
    plan_attaching,
    update_notes,
)
from ml_connector.domain.protocol.comparison import (
    Mismatch,
    compare_bill,
    findings_for_mismatch,
    same_heading,
    same_line,
)
from ml_connector.domain.protocol.look_up import (
    carries_mark,
    counted_bills,
    findings_for_double,
    findings_for_foreign,
    judge_attempts,
    judge_look_up,
    judge_quarantine,
    matching_bills,
    restarted_bills,
)
from ml_connector.domain.protocol.refusals import findings_for_refusal
from ml_connector.domain.protocol.taxes import findings_for_no_override, note_due_date, note_tax_set, plan_taxes
from ml_connector.domain.protocol.verdicts import (
    Finished,
    Foreign,
    LookUp,
    NextStep,
    NoneThere,
    NotProven,
    Ours,
    Person,
    Release,
    Several,
    TakeOffHold,
    TaxDiffers,
    Verification,
    Verified,
    WaitForApproval,
)
from ml_connector.domain.protocol.verification import judge_finished, judge_hold, judge_listed, judge_verified

__all__ = [
    "NOT_ATTACHED",
    "Attachable",
    "is_on_bill",
    "note_attachments",
    "plan_attaching",
    "update_notes",
    "Finished",
    "Foreign",
    "LookUp",
    "Mismatch",
    "NextStep",
    "NoneThere",
    "NotProven",
    "Ours",
    "Person",
    "Release",
    "Several",
    "TakeOffHold",
    "TaxDiffers",
    "Verification",
    "Verified",
    "WaitForApproval",
    "carries_mark",
    "compare_bill",
    "counted_bills",
    "findings_for_double",
    "findings_for_foreign",
    "findings_for_mismatch",
    "findings_for_no_override",
    "findings_for_refusal",
    "judge_attempts",
    "judge_finished",
    "judge_hold",
    "judge_listed",
    "judge_look_up",
    "judge_quarantine",
    "judge_verified",
    "matching_bills",
    "note_due_date",
    "note_tax_set",
    "plan_taxes",
    "restarted_bills",
    "same_heading",
    "same_line",
]
