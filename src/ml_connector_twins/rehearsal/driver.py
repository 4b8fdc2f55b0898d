"""The rehearsal itself: starts both twins, sets the product up, lives through the days, gathers evidence, judges.

Everything it knows of the product comes from the command line; everything it knows of the truth from the twins.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ml_connector_twins.acumatica.control.client import ControlError
from ml_connector_twins.rehearsal.children import ChildFailed, Children
from ml_connector_twins.rehearsal.faults import FaultProfile
from ml_connector_twins.rehearsal.judge.evidence import Evidence, Verdict, judge
from ml_connector_twins.rehearsal.judge.proof import answer_was_lost, trail_unbroken
from ml_connector_twins.rehearsal.people import People
from ml_connector_twins.rehearsal.plan.actions import Action
from ml_connector_twins.rehearsal.plan.day import DayPlan, Drop
from ml_connector_twins.rehearsal.plan.days import plan_days
from ml_connector_twins.rehearsal.product import SYSTEM, Outcome, Product
from ml_connector_twins.rehearsal.workplace import CONNECTION, QUARANTINE_SECONDS, Workplace, render_settings
from ml_connector_twins.stampli.drops import drop_in_place, drop_renamed
from ml_connector_twins.stampli.faults import FaultPlan, render_fault_plan
from ml_connector_twins.stampli.folders import Folders, prepare_folders
from ml_connector_twins.stampli.incoming import list_received

SFTP_USER = "harbor"
PASSWORD_VARIABLE = "ML_CONNECTOR_TWIN_SFTP_PASSWORD"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DayResult:
    """One day lived through."""

    evidence: Evidence
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Both twins up and the product set up against them."""

    product: Product
    people: People
    folders: Folders
    workplace: Workplace


def rehearse(
    children: Children, workplace: Workplace, *, days: int, profile: FaultProfile, sftp_password: str, tell: Tell
) -> tuple[tuple[DayResult, ...], tuple[Verdict, ...]]:
    """The whole rehearsal: one result a day, and the verdicts that need the end."""
    stage = set_stage(children, workplace, sftp_password=sftp_password, tell=tell)
    results: list[DayResult] = []
    seen: frozenset[str] = frozenset()
    for number, plan in enumerate(plan_days(days), start=1):
        tell(f"day {number}, {plan.on:%a %Y-%m-%d}")
        result = _live_day(stage, plan, number, profile=profile, seen=seen, tell=tell)
        seen = frozenset(file.name for file in result.evidence.received)
        results.append(result)
    found = trail_unbroken(stage.product.verify_audit().document)
    trail = Verdict("the audit trail", "unbroken", found.words, found.ok)
    return tuple(results), (trail,)


def set_stage(children: Children, workplace: Workplace, *, sftp_password: str, tell: Tell) -> Stage:
    """Start the twins, write the settings file, store the secrets."""
    tell("starting the twins of Acumatica and of Stampli's folders")
    folders = prepare_folders(workplace.sftp_root)
    password = secrets.token_urlsafe(24)
    acumatica = children.start_server(acumatica_arguments(password), name="the twin of Acumatica")
    stampli = children.start_server(_stampli_arguments(workplace), name="the twin of Stampli")
    settings = render_settings(acumatica, stampli, username=SFTP_USER)
    workplace.settings.write_text(settings, encoding="utf-8")
    product = Product(children, workplace.settings, connection=CONNECTION)
    for key, value in (
        ("acumatica.password", password),
        ("acumatica.client_secret", str(acumatica["client_secret"])),
        ("stampli.password", sftp_password),
    ):
        stored = product.set_secret(key, value)
        if stored.exit_code != 0:
            raise ChildFailed(f"`{stored.words}` ended with {stored.exit_code}; its words are in {workplace.log}")
    return Stage(product, People(str(acumatica["control"])), folders, workplace)


def acumatica_arguments(password: str) -> list[str]:
    """How the twin of Acumatica is started; one password in 64 begins with a dash and would be taken for an option."""
    return ["ml_connector_twins", "acumatica", "--port", "0", "--exit-with-stdin", f"--password={password}"]


def _stampli_arguments(workplace: Workplace) -> list[str]:
    return [
        *("ml_connector_twins", "stampli", "--port", "0", "--exit-with-stdin"),
        *("--root", str(workplace.sftp_root), "--username", SFTP_USER, "--password-env", PASSWORD_VARIABLE),
        *("--host-key", str(workplace.folder / "stampli_host_key"), "--control", str(workplace.stampli_faults)),
    ]


def _live_day(
    stage: Stage, plan: DayPlan, number: int, *, profile: FaultProfile, seen: frozenset[str], tell: Tell
) -> DayResult:
    stage.people.begin_day(plan.on)
    for action in plan.actions:
        _act(stage.people, action, tell)
    for drop in plan.drops:
        _deliver(stage.folders, drop)
    _plant_faults(stage, profile, number)
    syncs = _sync_until_done(stage.product, passes_max=profile.passes_max)
    evidence = _gather(stage, plan, number, syncs=syncs, seen=seen)
    expectations = list(plan.expectations)
    if number == 1 and profile.loses_an_answer:
        expectations.append(answer_was_lost())
    verdicts = (judge(expectation, evidence) for expectation in expectations)
    return DayResult(evidence, tuple(replace(v, case=f"day {number}: {v.case}") for v in verdicts))


def _act(people: People, action: Action, tell: Tell) -> None:
    """What the ERP does not let people do is told, and the cases that needed it will fail by themselves."""
    try:
        people.act(action)
    except ControlError as refusal:
        tell(f"refused: {action}: {refusal}")


def _deliver(folders: Folders, drop: Drop) -> None:
    put = drop_in_place if drop.in_place else drop_renamed
    put(folders.outbound, drop.name, drop.content)


def _plant_faults(stage: Stage, profile: FaultProfile, number: int) -> None:
    stage.people.plant_faults(profile.acumatica.get(number, ()))
    plan = FaultPlan(faults=tuple(profile.stampli.get(number, ())))
    stage.workplace.stampli_faults.write_text(render_fault_plan(plan), encoding="utf-8")


def _sync_until_done(product: Product, *, passes_max: int) -> tuple[Outcome, ...]:
    """One pass; more only while the product says that it is safe to run again (exit 3)."""
    syncs = [product.sync("all")]
    while syncs[-1].exit_code == SYSTEM and len(syncs) < passes_max:
        time.sleep(QUARANTINE_SECONDS)
        syncs.append(product.sync("all"))
    return tuple(syncs)


def _gather(stage: Stage, plan: DayPlan, number: int, *, syncs: Sequence[Outcome], seen: frozenset[str]) -> Evidence:
    received = list_received(stage.folders.inbound)
    product = stage.product
    return Evidence(
        day=number,
        on=plan.on,
        syncs=syncs,
        prove=product.prove(),
        reconcile=product.reconcile(),
        invoice_list=product.list_invoices(),
        file_list=product.list_files(),
        books=stage.people.open_books(),
        received=received,
        new_names=frozenset(file.name for file in received) - seen,
    )


def day_document(result: DayResult) -> Mapping[str, Any]:
    """One entry of ``days`` in `rehearse --json`; ``again`` holds the passes before the last, where there were any."""
    evidence = result.evidence
    shown: dict[str, Any] = {
        "date": evidence.on.isoformat(),
        "sync": evidence.syncs[-1].document,
        "prove": evidence.prove.document,
        "reconcile": evidence.reconcile.document,
    }
    if len(evidence.syncs) > 1:
        shown["again"] = [sync.document for sync in evidence.syncs[:-1]]
    return shown
