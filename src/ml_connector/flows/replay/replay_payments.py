"""Replay a payment file: read the archived bytes again and take what it says that is not known. A payment of which a
later file spoke stays as that one told it.
"""

from __future__ import annotations

from ml_connector.domain.keys import payment_hash
from ml_connector.domain.protocol.replaying import PaymentReplay, PaymentReplayResult, ReplayedPayment
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.payments.take_payments import retake_payments
from ml_connector.flows.replay.replay_file import load_original


def replay_payments(context: FlowContext, file: FileRecord) -> PaymentReplay:
    """Replay it. IntegrityError where the archived bytes are not those that came."""
    content, parts = load_original(context, file)
    read = context.steps.step("parse file", lambda: context.exchange.parse_payments(file, content, parts))
    known = {record.payment.payment_id: record for record in context.payments.load_payments()}
    results: dict[str, ReplayedPayment] = {}
    wanted = []
    # Of several versions in one file the last one counts.
    for payment, source in {each[0].payment_id: each for each in read.payments}.values():
        before = known.get(payment.payment_id)
        if before is not None and before.content_hash == payment_hash(payment):
            result: PaymentReplayResult = "same"
        elif before is not None and before.source.file_id != file.id:
            result = "newer"
        else:
            result = "taken"
            wanted.append((payment, source))
        results[payment.payment_id] = ReplayedPayment(payment.payment_id, result)
    if wanted:
        file = retake_payments(context, file, read, wanted)
    layout = context.exchange.layout_of(file.feed, file.modified_at)
    return PaymentReplay(file, layout, tuple(results.values()))
