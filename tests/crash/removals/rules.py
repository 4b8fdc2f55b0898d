"""The posting protocol with rules taken out, as edits of the product's own text: what carries the promise, shown on the
code that runs. The same removals as in the model of the protocol, with the same verdicts.

An edit is applied to a copy of the sources, which a child process runs; one that no longer fits the text is an error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_connector

ROOT = Path(__file__).parents[3]
_CHILD_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Edit:
    """One place in the product's text, which must be there exactly once, and what takes its place."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Rules taken out together. ``doubles`` says whether two payable bills of ours must be found then, by one of the
    ``seeds``; where not, none of them may find any."""

    name: str
    rules: tuple[str, ...]
    doubles: bool
    seeds: tuple[str, ...]


class EditLost(Exception):
    """The product's text is no longer what an edit expects."""


_MOVE = "        saved = self.context.steps.step(\n"
_UNSAVED = "        saved = after if after.state.value in {states} else self.context.steps.step(\n"
_REPOSITORY = "store/invoices/repository.py"
_BY_EPOCH = Edit(
    _REPOSITORY,
    "    if (row.state, row.epoch) != (before.state.value, before.epoch):\n",
    "    if row.epoch != before.epoch:\n",
)
_MANY_NUMBERS = Edit(
    _REPOSITORY,
    "    if standing.verified_ref is None or standing.verified_ref == after.verified_ref:\n",
    "    if True:\n",
)
_MANY_NUMBERS_STORED = Edit(
    "store/migrations/versions/v0001_first_tables.py",
    '" WHEN OLD.verified_number IS NOT NULL AND (',
    '" WHEN OLD.verified_number IS NULL AND NEW.verified_number IS NULL AND (',
)
# A state that is not saved; the next write then meets a row that stands before it, and is told apart by its epoch only.
NOT_SAVED = {"once": "verified", "intent": "intent", "recorded": "recorded"}
EDITS: Mapping[str, tuple[Edit, ...]] = {
    "hold": (Edit("acumatica/booking/forms.py", '            "Hold": True,\n', '            "Hold": False,\n'),),
    "fence": (
        Edit(
            _REPOSITORY,
            "    if (row.state, row.epoch) != (before.state.value, before.epoch):\n",
            "    if False:\n",
        ),
        _MANY_NUMBERS,
        _MANY_NUMBERS_STORED,
    ),
    "verify": (
        Edit("domain/protocol/verification.py", "    if doubles:\n", "    if doubles and False:\n"),
        Edit("domain/protocol/verification.py", "    if foreign:\n", "    if foreign and False:\n"),
        Edit("domain/protocol/look_up.py", "    if len(ours) > 1:\n", "    if len(ours) > 1 and False:\n"),
    ),
    "once": (_BY_EPOCH, _MANY_NUMBERS, _MANY_NUMBERS_STORED),
    "intent": (_BY_EPOCH,),
    "recorded": (_BY_EPOCH,),
    "look-up": (
        Edit(
            "domain/protocol/look_up.py",
            "    counted, shown = matching_bills(found, query)\n    ours = ",
            "    return NoneThere(())\n    counted, shown = matching_bills(found, query)\n    ours = ",
        ),
    ),
    "final": (
        Edit(
            "flows/invoices/finish_bills.py",
            "def _close(run: PostingRun, item: Item, found: BillsFound) -> None:\n",
            "def _close(run: PostingRun, item: Item, found: BillsFound) -> None:\n"
            "    return run.move(item, replace(item.posting, state=PostingState.DONE), 'not read again')\n",
        ),
    ),
}
# Late requests, paused and second workers, crashes around the answer and around each durable number, doubled requests.
PROBES = (
    "release:late-3000:put#1:alone",
    "release:late-3000:put#1:after+off_hold#1:torn",
    "release:late-90:put#1:after+recorded#1:torn",
    "release:paused-worker:put#1:alone",
    "release:paused-worker:recorded#1:alone",
    "release:paused-worker:verified#1:alone",
    "release:paused-worker:off hold#1:alone",
    "release:second-worker:intent#1:alone",
    "release:doubled:put#1:alone",
    "release:answer-lost:release#1:torn",
    "balance:paused-worker:put#1:alone",
    "batch:late-3000:put#2:after+off_hold#2:torn",
    "release:check-racy:put#1:after",
)
# Walks of many processes and faults find by themselves what the probes were chosen for.
WALKS = tuple(f"walk:{number}" for number in range(60))
ON_EDGE = (
    "release:late-3000:put#1:alone@edge",
    "release:late-700:put#1:after@edge",
    "balance:doubled:put#1:alone@edge",
)
ALL: tuple[Removal, ...] = (
    Removal("nothing", (), doubles=False, seeds=(*PROBES, *ON_EDGE)),
    Removal("no hold", ("hold",), doubles=True, seeds=ON_EDGE),
    Removal("no fence", ("fence",), doubles=False, seeds=PROBES),
    Removal("no verify", ("verify",), doubles=False, seeds=PROBES),
    Removal("VERIFIED not durable first", ("once",), doubles=False, seeds=PROBES),
    Removal("INTENT not durable", ("intent",), doubles=False, seeds=PROBES),
    Removal("RECORDED not durable", ("recorded",), doubles=False, seeds=PROBES),
    Removal("no look-up before the PUT", ("look-up",), doubles=False, seeds=PROBES),
    Removal("no final re-read", ("final",), doubles=False, seeds=PROBES),
    Removal("no fence, no write-once", ("fence", "once"), doubles=False, seeds=PROBES),
    Removal("no fence, no verify", ("fence", "verify"), doubles=True, seeds=WALKS),
    Removal("no verify, no write-once", ("verify", "once"), doubles=False, seeds=PROBES),
    Removal("no verify, no write-once, no RECORDED", ("verify", "once", "recorded"), doubles=True, seeds=WALKS),
    Removal("only verify left", ("fence", "once", "recorded"), doubles=False, seeds=PROBES),
)


def find_doubles(removal: Removal, folder: Path) -> Mapping[str, Sequence[str]]:
    """The first of the seeds under which the edited product books twice, with what the auditor saw; empty where none
    does. ``folder`` takes the copy."""
    source = folder / "src"
    _copy_sources(source)
    for edit in edits_of(removal):
        apply_edit(edit, source / "ml_connector")
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.removals.probing", *removal.seeds],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_CHILD_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"the edited product did not run: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    if not Path(found["package"]).is_relative_to(source):
        raise AssertionError(f"the child ran {found['package']}, not the edited copy")
    doubles: Mapping[str, Sequence[str]] = found["twice"]
    return doubles


def edits_of(removal: Removal) -> list[Edit]:
    """The edits of all its rules, each once; states that are not saved are one edit together."""
    edits = list(dict.fromkeys(edit for rule in removal.rules for edit in EDITS[rule]))
    if "fence" in removal.rules:
        edits = [edit for edit in edits if edit != _BY_EPOCH]
    states = {NOT_SAVED[rule] for rule in removal.rules if rule in NOT_SAVED}
    if states:
        edits.append(Edit("flows/invoices/posting_run.py", _MOVE, _UNSAVED.format(states=sorted(states))))
    return edits


def _copy_sources(source: Path) -> None:
    product = Path(ml_connector.__file__).parent
    shutil.copytree(product, source / "ml_connector", copy_function=os.symlink)
    shutil.copytree(product.parent / "ml_connector_twins", source / "ml_connector_twins", copy_function=os.symlink)


def apply_edit(edit: Edit, product: Path) -> None:
    """Change the text of a copied product; EditLost where it does not fit."""
    path = product / edit.path
    text = path.read_text(encoding="utf-8")
    if text.count(edit.before) != 1:
        raise EditLost(f"{edit.path} has {text.count(edit.before)} times: {edit.before}")
    path.unlink()
    path.write_text(text.replace(edit.before, edit.after), encoding="utf-8")
