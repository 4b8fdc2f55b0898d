"""``connection check``: both systems stage by stage, and what their identity says. Reads only, but for ``probe``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_connector.acumatica.checking.stages import CheckStage as ErpStage
from ml_connector.bootstrap.connection_house import ConnectionHouse, Opening, connect
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.telling import telling_warnings
from ml_connector.bootstrap.terms import address_of
from ml_connector.errors import ConfigurationError, ConnectorError, IntegrityError, TransientError, UncertainError
from ml_connector.operations.hold_stop import note_hold_kept
from ml_connector.operations.identity import confirm_identity
from ml_connector.operations.sweeps.accept_sweep import accept_swept
from ml_connector.operations.views import JsonObject
from ml_connector.sftp.check import CheckStage as SftpStage
from ml_connector.sftp.check import check_sftp
from ml_connector.telemetry import ids_bound


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The stages as shown, the document of ``--json``, and what failed first, if anything did."""

    stages: Sequence[Mapping[str, object]]
    shown: JsonObject
    error: ConnectorError | None


def check_connection(
    config: Path | None,
    name: str,
    *,
    probe: bool = False,
    new_canary: bool = False,
    new_identity: bool = False,
    accepted_by: str | None = None,
) -> CheckResult:
    """Check one connection; the first good check fixes its identity. ``accepted_by`` has looked at what the sweep
    reported: posting may go on."""
    with open_store(config) as store, telling_warnings(store.clock, store.masker), ids_bound(connection=name):
        settings = store.connection(name)
        with connect(store, settings, Opening()) as house:
            if new_canary:
                house.erp.choose_canary()
            if accepted_by is not None:
                accept_swept(house.context.sweeps, name, house.clock, actor=accepted_by)
            stages: list[tuple[str, ErpStage | SftpStage]] = [
                *(("acumatica", stage) for stage in house.erp.check_stages(probe=probe)),
                *(("stampli", stage) for stage in _check_stampli(store, house, probe=probe)),
            ]
            error = next((_error_of(stage) for _, stage in stages if stage.result == "fail"), None)
            if not any(stage.result == "fail" for system, stage in stages if system == "acumatica"):
                error = _fix_identity(house, new_identity=new_identity) or error
            if probe and any(stage.stage == "write_rights" and stage.result == "pass" for _, stage in stages):
                note_hold_kept(house.context.invoices)
            rows = [_render_stage(system, stage) for system, stage in stages]
            return CheckResult(rows, {"ok": error is None, "stages": rows, "store": _store_facts(store)}, error)


def _check_stampli(store: StoreHouse, house: ConnectionHouse, *, probe: bool) -> Sequence[SftpStage]:
    stampli = house.settings.stampli
    return check_sftp(
        address_of(house.settings, store.secrets_of(house.settings.name)),
        inbound=stampli.inbound,
        outbound=stampli.outbound,
        clock=store.clock,
        probe=probe,
    )


def _render_stage(system: str, stage: ErpStage | SftpStage) -> JsonObject:
    return {
        "system": system,
        "stage": stage.stage,
        "result": stage.result,
        "seconds": round(stage.seconds, 3),
        "message": stage.message,
        "fix": stage.fix,
    }


def _fix_identity(house: ConnectionHouse, *, new_identity: bool) -> ConnectorError | None:
    """Keep the identity, or confirm it; the error where the settings name another system and nobody confirms it."""
    acumatica = house.settings.acumatica
    now = (acumatica.url, acumatica.tenant, house.settings.stampli.company)
    try:
        confirm_identity(house.identity, now, new_identity=new_identity)
    except ConfigurationError as error:
        return error
    return None


def _store_facts(store: StoreHouse) -> JsonObject:
    facts = store.database.describe()
    return {"library": facts.library, "journal_mode": facts.journal_mode}


def _error_of(stage: ErpStage | SftpStage) -> ConnectorError:
    """What failed, under the name of its stage. A refusal of any kind is one of the system here: exit 3."""
    if isinstance(stage.cause, IntegrityError):
        return stage.cause
    families: tuple[type[ConnectorError], ...] = (TransientError, UncertainError)
    family = next((each for each in families if isinstance(stage.cause, each)), ConfigurationError)
    return family(stage.message, fix=stage.fix, stage=stage.stage, code=stage.code)
