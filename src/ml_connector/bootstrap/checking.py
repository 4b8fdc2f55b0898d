"""``connection check``: both systems stage by stage, and what their identity says. Reads only, but for ``probe``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_connector.bootstrap.connection_house import ConnectionHouse, Opening, connect
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.terms import address_of
from ml_connector.errors import ConfigurationError, ConnectorError
from ml_connector.operations.identity import confirm_identity
from ml_connector.operations.views import JsonObject
from ml_connector.sftp.check import check_sftp


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The stages as shown, the document of ``--json``, and what failed first, if anything did."""

    stages: Sequence[Mapping[str, object]]
    shown: JsonObject
    error: ConnectorError | None


def check_connection(
    config: Path | None, name: str, *, probe: bool = False, new_canary: bool = False, new_identity: bool = False
) -> CheckResult:
    """Check one connection; the first good check fixes its identity."""
    with open_store(config) as store:
        settings = store.connection(name)
        with connect(store, settings, Opening()) as house:
            if new_canary:
                house.erp.choose_canary()
            stages = [
                *_acumatica_stages(house, probe=probe),
                *_stampli_stages(store, house, probe=probe),
            ]
            failed = next((stage for stage in stages if stage["result"] == "fail"), None)
            if not any(stage["result"] == "fail" for stage in stages if stage["system"] == "acumatica"):
                _fix_identity(house, new_identity=new_identity)
            shown: JsonObject = {
                "ok": failed is None,
                "stages": [{key: stage[key] for key in _SHOWN} for stage in stages],
                "store": _store_facts(store),
            }
            return CheckResult(stages, shown, None if failed is None else _error_of(failed))


_SHOWN = ("system", "stage", "result", "seconds", "message", "fix")


def _acumatica_stages(house: ConnectionHouse, *, probe: bool) -> list[JsonObject]:
    return [
        {
            "system": "acumatica",
            "stage": stage.stage,
            "result": stage.result,
            "seconds": round(stage.seconds, 3),
            "message": stage.message,
            "fix": stage.fix,
            "code": f"acumatica.{stage.stage}",
        }
        for stage in house.erp.check_stages(probe=probe)
    ]


def _stampli_stages(store: StoreHouse, house: ConnectionHouse, *, probe: bool) -> list[JsonObject]:
    stampli = house.settings.stampli
    stages = check_sftp(
        address_of(house.settings, store.secrets_of(house.settings.name)),
        inbound=stampli.inbound,
        outbound=stampli.outbound,
        clock=store.clock,
        probe=probe,
    )
    return [
        {
            "system": "stampli",
            "stage": stage.stage,
            "result": stage.result,
            "seconds": round(stage.seconds, 3),
            "message": stage.message,
            "fix": stage.fix,
            "code": stage.code or f"sftp.{stage.stage}",
        }
        for stage in stages
    ]


def _fix_identity(house: ConnectionHouse, *, new_identity: bool) -> None:
    acumatica = house.settings.acumatica
    now = (acumatica.url, acumatica.tenant, house.settings.stampli.company)
    confirm_identity(house.identity, now, new_identity=new_identity)


def _store_facts(store: StoreHouse) -> JsonObject:
    facts = store.database.describe()
    return {"library": facts.library, "journal_mode": facts.journal_mode}


def _error_of(stage: Mapping[str, object]) -> ConnectorError:
    return ConfigurationError(
        str(stage["message"]), fix=str(stage["fix"]), stage=str(stage["stage"]), code=str(stage["code"]), at="system"
    )
