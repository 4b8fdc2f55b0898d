"""How a refusal is looked at, whoever refused: what the command says, what the check says, and that nothing is half
done before the cure."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.firm import CONNECTION, Outcome
from tests.office import Office

STAGES = [
    ("acumatica", "address"),
    ("acumatica", "tls"),
    ("acumatica", "sign_in"),
    ("acumatica", "endpoint_version"),
    ("acumatica", "read_vendors"),
    ("acumatica", "read_bills"),
    ("acumatica", "write_rights"),
    ("acumatica", "preferences"),
    ("acumatica", "licence"),
    ("stampli", "address"),
    ("stampli", "handshake"),
    ("stampli", "host_key"),
    ("stampli", "sign_in"),
    ("stampli", "inbound_list"),
    ("stampli", "inbound_write"),
    ("stampli", "outbound_list"),
    ("stampli", "outbound_read"),
]
MASTER_DATA_FILES = 5
_JARGON = re.compile(r"Traceback|Exception|Errno|HTTP|JSON|\b[45]\d\d\b|asyncssh|httpx|socket", re.IGNORECASE)
_PATHS_AND_KEYS = re.compile(r"/\S+|ssh-\S+ \S+")

Change = Callable[[Office], None]


def assert_refused(outcome: Outcome, stage: str, code: str) -> str:
    """Exit 3, one error with stage, cause and fix in plain words, told to people too; the sentence comes back."""
    error = outcome.document["error"]
    assert (outcome.exit_code, list(error)) == (3, ["family", "code", "stage", "message", "fix"])
    assert (error["stage"], error["code"]) == (stage, code)
    assert error["family"] in ("transient", "configuration")
    assert error["message"] and error["fix"]
    assert not _JARGON.search(_PATHS_AND_KEYS.sub("", error["message"] + error["fix"]))
    if "stages" not in outcome.document:
        assert error["message"] in outcome.notes and error["fix"] in outcome.notes
    return f"{error['message']} {error['fix']}"


def assert_nothing_half_done(office: Office) -> None:
    """No bill, no file of any name in the inbound folder, nobody holds a lease."""
    assert (office.bills(), office.sent_names(), office.leases_held()) == ([], [], [])


def assert_checked(office: Office, system: str, stage: str, code: str) -> None:
    """``connection check`` fails at the same stage: what comes before it passed, what builds on it was not tried."""
    outcome = office.run("connection", "check", CONNECTION, "--json")
    stages = outcome.document["stages"]
    assert (outcome.exit_code, outcome.document["ok"]) == (3, False)
    assert [(row["system"], row["stage"]) for row in stages] == STAGES
    assert [(row["system"], row["stage"]) for row in stages if row["result"] == "fail"] == [(system, stage)]
    failed = STAGES.index((system, stage))
    before = [row for row in stages[:failed] if row["system"] == system]
    assert {row["result"] for row in before} <= {"pass", "skipped"}
    last = "licence" if system == "acumatica" else {"inbound_list": "inbound_write"}.get(stage, "outbound_read")
    assert {row["result"] for row in stages[failed + 1 : STAGES.index((system, last)) + 1]} <= {"skipped"}
    assert (stages[failed]["message"] != "", stages[failed]["fix"] != "") == (True, True)
    assert all(isinstance(row["seconds"], float) for row in stages)
    error = outcome.document["error"]
    assert (error["stage"], error["code"], error["message"]) == (stage, code, stages[failed]["message"])


def assert_cured(office: Office) -> None:
    """The next pass does the whole job, once."""
    outcome = office.run("sync", CONNECTION, "all", "--json")
    assert (outcome.exit_code, office.bills()) == (0, [("INV-8841", "Open")])
    assert (len(office.sent_names()), office.leases_held()) == (MASTER_DATA_FILES, [])
    proved = office.prove()
    assert (proved.exit_code, [row["residual"] for row in proved.document]) == (0, ["0.00"])
