"""What a dry run works with cannot write: the edges refuse before anything is sent, the draft has no disk behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.clock import SystemClock
from ml_connector.domain.values.bill import BillFiles, BillKey, BillTax
from ml_connector.errors import IntegrityError
from ml_connector.sftp.address import SftpAddress
from ml_connector.sftp.session import SftpSession
from tests.wire.acumatica.bill_samples import a_plan
from tests.wire.acumatica.stub import SETTINGS, Drawer

KEY = BillKey("Bill", "000001")


@pytest.mark.parametrize(
    "write",
    [
        lambda erp: erp.create_bill(a_plan()),
        lambda erp: erp.set_bill_taxes(KEY, [BillTax("SALES", a_plan().amount, a_plan().amount)]),
        lambda erp: erp.take_bill_off_hold(KEY),
        lambda erp: erp.release_bill(KEY),
        lambda erp: erp.attach_file(KEY, BillFiles(()), "a.pdf", b"%PDF"),
    ],
)
def test_acumatica_is_never_written_to_in_a_dry_run(write: Callable[[AcumaticaErp], object]) -> None:
    drawer = Drawer(secrets={}, canary=None)
    erp = open_acumatica(SETTINGS, secrets=drawer, canary=drawer, log=drawer, clock=SystemClock(), reads_only=True)
    try:
        with pytest.raises(IntegrityError) as stopped:
            write(erp)
    finally:
        erp.close()

    assert stopped.value.code == "acumatica.write_in_dry_run"
    assert erp.request_counts().sent == 0


@pytest.mark.parametrize(
    "write",
    [
        lambda session: session.put_file("/inbound", "a.csv", b"a"),
        lambda session: session.move_file("/outbound/a.csv", "/outbound/done/a.csv"),
        lambda session: session.delete_file("/outbound/a.csv"),
    ],
)
def test_the_sftp_server_is_never_changed_in_a_dry_run(write: Callable[[SftpSession], object]) -> None:
    nowhere = SftpAddress(
        "127.0.0.1", 1, "nobody", ("ssh-ed25519 AAAA",), password="x", private_key=None, passphrase=None
    )

    with SftpSession(nowhere, reads_only=True) as session, pytest.raises(IntegrityError) as stopped:
        write(session)

    assert stopped.value.code == "sftp.write_in_dry_run"
