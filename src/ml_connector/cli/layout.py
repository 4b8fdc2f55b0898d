"""``layout infer``, ``layout read`` and ``layout check``. They need no settings file, unless a connection is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ml_connector.bootstrap import load_known
from ml_connector.cli.exit_codes import DONE, NEEDS_PERSON, exit_code_of
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_error, print_json, print_line, print_note, print_text
from ml_connector.errors import ConfigurationError, RejectedError, render_error
from ml_connector.layouts.document import render_documents
from ml_connector.layouts.inference.infer import infer_layout as propose_layout
from ml_connector.layouts.inference.interview import Proposal
from ml_connector.operations.layout_files import check_layout as list_questions
from ml_connector.operations.layout_files import (
    fault_of,
    feed_named,
    load_layout,
    load_samples,
    parse_answers,
    read_samples,
    write_layout,
)


def infer_layout(
    *samples: Path,
    options: Options = NO_OPTIONS,
    kind: str | None = None,
    connection: str | None = None,
    output: Path | None = None,
    answer: Annotated[list[str] | None, Parameter(negative=(), consume_multiple=False)] = None,
) -> int:
    """Propose a layout for a sample file; what the sample does not decide is asked.

    Parameters
    ----------
    samples
        The sample: a file, the files of a set, or a folder.
    kind
        The feed the sample belongs to, such as approved_invoices or payments; by default what it looks like.
    connection
        A connection whose stored master data and time zone help to decide.
    output
        Where to write the layout, instead of standard output.
    answer
        ID=CHOICE, the answer to a question; may be given several times.
    """
    _refuse_none(samples)
    loaded = load_samples(samples)
    known = load_known(options.config, connection) if connection else None
    answers = parse_answers(answer or ())
    found = (
        propose_layout(loaded.files, feed=feed_named(kind), known=known, answers=answers)
        if not loaded.problems
        else loaded.problems[0]
    )
    if not isinstance(found, Proposal):
        error = RejectedError(found.message, fix=found.rule or "", code=found.code, stage="sample")
        if options.json:
            print_json({"layout": None, "questions": [], "problems": [asdict(found)], "error": render_error(error)})
        print_error(error)
        return NEEDS_PERSON
    if output is not None:
        write_layout(output, found.text)
    if options.json:
        print_json({"layout": found.text, "questions": [asdict(each) for each in found.questions]})
    elif output is None:
        print_text(found.text)
    for note in found.notes:
        print_note(f"note: {note}")
    for each in found.questions:
        print_note(f"{each.id}: {each.about} {each.evidence}")
        if each.choices:
            print_note(f"  answer with --answer {each.id}=CHOICE, one of: {' | '.join(each.choices)}")
    return NEEDS_PERSON if found.questions else DONE


def read_layout(*files: Path, layout: str, options: Options = NO_OPTIONS, kind: str | None = None) -> int:
    """Show the canonical documents of a file, a set of files or a folder.

    Parameters
    ----------
    files
        Files, or folders with everything in them.
    layout
        The name of a shipped layout, or the path of a layout file.
    kind
        The feed the files belong to, such as approved_invoices or payments; by default the one they fit.
    """
    _refuse_none(files)
    reading = read_samples(load_layout(layout), load_samples(files), feed_named(kind))
    shown = render_documents(reading)
    if options.json:
        print_json(shown)
    else:
        _show_documents(shown["documents"])
        for note in reading.notes:
            print_note(note)
        _show_problems([asdict(each) for each in reading.problems])
    return NEEDS_PERSON if reading.problems else DONE


def check_layout(layout: str, *samples: Path, options: Options = NO_OPTIONS, kind: str | None = None) -> int:
    """Tell whether a layout is sound and, with a sample, whether it reads it.

    Parameters
    ----------
    layout
        The name of a shipped layout, or the path of a layout file.
    samples
        Files it is to read, or folders with everything in them.
    kind
        The feed the samples belong to; by default the one they fit.
    """
    try:
        known = load_layout(layout)
        problems = list_questions(known)
    except ConfigurationError as error:
        problem = asdict(fault_of(error, layout))
        if options.json:
            print_json({"ok": False, "problems": [problem], "error": render_error(error)})
        print_error(error)
        return exit_code_of(error)
    if samples and not problems:
        problems = read_samples(known, load_samples(samples), feed_named(kind)).problems
    if options.json:
        print_json({"ok": not problems, "problems": [asdict(each) for each in problems]})
    else:
        _show_problems([asdict(each) for each in problems])
        if not problems:
            print_line(f"{known.name} is sound{' and reads the sample' if samples else ''}.")
    return NEEDS_PERSON if problems else DONE


def _refuse_none(files: Sequence[Path]) -> None:
    if not files:
        raise ConfigurationError("No file is given.", fix="Name one.", code="cli.usage", at="settings")


def _show_documents(documents: object) -> None:
    assert isinstance(documents, list)
    for each in documents:
        name = each.get("external_id") or each.get("payment_id") or ""
        number = each.get("invoice_number") or ""
        amount = each.get("total") or each.get("amount") or ""
        parts = (name, each.get("kind") or each.get("status") or "", each.get("vendor_id") or "", number, amount)
        print_line("  ".join(str(part) for part in parts if part) or str(each))
    print_line(f"{len(documents)} document{'' if len(documents) == 1 else 's'}")


def _show_problems(problems: Sequence[dict[str, object]]) -> None:
    for each in problems:
        print_line(f"{each['file']}: {each['message']}")
