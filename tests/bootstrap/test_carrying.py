"""What lets a connection rest: a system of its own that is down, never our store."""

from __future__ import annotations

import pytest

from ml_connector.bootstrap.carrying import is_down
from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError, TransientError, UncertainError


def fault(family: type[ConnectorError], stage: str, code: str) -> ConnectorError:
    return family("It stopped", fix="Wait.", stage=stage, code=code)


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (fault(TransientError, "sign_in", "acumatica.not_reachable"), True),
        (fault(TransientError, "sftp", "sftp.not_reachable"), True),
        (fault(ConfigurationError, "sign_in", "acumatica.refused_us"), True),
        (ConfigurationError("It is wrong", fix="Change it.", code="settings.bad_window", at="settings"), False),
        (fault(TransientError, "store", "store.not_reachable"), False),
        (fault(TransientError, "engine", "engine.database_unavailable"), False),
        (fault(TransientError, "lease", "engine.lease_held"), False),
        (fault(TransientError, "create", "acumatica.limited"), False),
        (fault(UncertainError, "create", "acumatica.no_answer"), False),
        (fault(RejectedError, "create", "acumatica.refused"), False),
    ],
    ids=lambda value: value.code if isinstance(value, ConnectorError) else "",
)
def test_only_a_system_of_the_connection_that_is_down_lets_it_rest(error: ConnectorError, down: bool) -> None:
    assert is_down(error) is down
