"""What only a customer's sandbox can tell: the 14 calls of ``acumatica_api.md 12``, E1 to E10 of the posting protocol.

    ML_CONNECTOR_SANDBOX_URL=… (see ``grounds``) python -m tests.conformance.questions [SWITCHES.json]

prints one line a question: yes, no or not asked, the day, what the site said, and the twin's switches it decides; the
file takes those switches, and ``python -m ml_connector_twins acumatica --switches SWITCHES.json`` behaves like that
site. It reads; with ML_CONNECTOR_SANDBOX_WRITES=yes it makes bills of its own, on hold, and deletes them again; with
…_STRAIN=yes it fills the seats and the minute. One bill is released (E1) and stays.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ml_connector.acumatica.erp import AcumaticaErp
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError
from ml_connector_twins.acumatica.switches import SWITCHES
from tests.conformance.answers import WHY_NOT, Question, Told
from tests.conformance.asked_by_reading import BY_READING
from tests.conformance.asked_by_writing import BY_WRITING, not_deleted
from tests.conformance.grounds import on_the_sandbox, sandbox_words
from tests.conformance.site import Site


def _order(question: Question) -> tuple[bool, int, str]:
    digits = re.sub(r"\D", "", question.number)
    return question.number.startswith("E"), int(digits), question.number


QUESTIONS = tuple(sorted((*BY_READING, *BY_WRITING), key=_order))
"""All of them, in the order of their numbers."""


def ask_all(erp: AcumaticaErp, given: Mapping[str, str], *, poll_seconds: float = 1.0, run: str = "") -> Iterator[Told]:
    """Every question in order; nothing is raised, a refusal is an answer. ``given`` are the environment's words."""
    clock = SystemClock()
    day = f"{clock.now():%Y-%m-%d}"
    site = Site(erp._client, clock, run or secrets.token_hex(3).upper(), given, poll_seconds=poll_seconds)
    for question in QUESTIONS:
        if not _allowed(question, given):
            yield Told(question, "not asked", day, WHY_NOT[question.needs])
            continue
        try:
            answer = question.ask(site)
            yield Told(question, "yes" if answer.yes else "no", day, answer.text, answer.switches)
        except ReadFault as fault:
            yield Told(question, "no", day, f"status {fault.status} {fault.fault.type or fault.message}")
        except ConnectorError as error:
            yield Told(question, "no", day, f"{error.code} {error.message}")
        except LookupError as lacking:
            yield Told(question, "not asked", day, str(lacking.args[0]))
    left = not_deleted(site)
    if left:
        print(f"left behind: {left}", file=sys.stderr)


def _allowed(question: Question, given: Mapping[str, str]) -> bool:
    match question.needs:
        case "nothing":
            return True
        case "writes" | "strain":
            return given.get(question.needs.upper()) == "yes"
        case _:
            return given.get("WRITES") == "yes" and bool(given.get(question.needs.upper()))


def found_switches(told: Iterable[Told]) -> dict[str, object]:
    """The twin's switches as the answers put them; what is a list is changed by one entry (``+`` and ``-``)."""
    found: dict[str, object] = {}
    for each in told:
        for name, value in each.switches.items():
            if name[0] not in "+-":
                found[name] = value
                continue
            default = SWITCHES[name[1:]].default
            entries = list(found.get(name[1:], default))  # type: ignore[call-overload]
            kept = [entry for entry in entries if entry != value]
            found[name[1:]] = [*kept, value] if name[0] == "+" else kept
    return found


def write_switches(path: Path, told: Iterable[Told]) -> None:
    """The file a twin can be started with; the answers stand in it as a remark."""
    answers = list(told)
    content = {"_answers": [each.render() for each in answers], **found_switches(answers)}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(words: list[str]) -> int:
    """Ask the sandbox that the environment names; the file named by ``words`` takes the switches."""
    answers = []
    with on_the_sandbox() as opened:
        for told in ask_all(opened, sandbox_words(os.environ)):
            print(told.render(), flush=True)
            answers.append(told)
    if words:
        write_switches(Path(words[0]), answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
