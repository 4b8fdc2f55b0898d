"""The executable: which commands there are, and what every way to end means as an exit code.

Commands are imported when they are called, so that ``--help`` is quick.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from ml_connector.cli.exit_codes import SYSTEM, exit_code_of
from ml_connector.cli.output import print_error, print_json, print_note
from ml_connector.errors import ConfigurationError, ConnectorError, ProgramError, TransientError, render_error

_ROOM = "ml_connector.cli"
# Python looks for garbage after each 700 new objects; loading the program and reading an answer make many times that,
# and nearly all of it stays.
_OBJECTS_PER_LOOK = 100_000


def build_app() -> App:
    """The commands of the operator contract that exist so far."""
    app = App(
        name="ml-connector",
        help="Master data from Acumatica to Stampli, approved invoices back as bills, payments reconciled to the cent.",
        help_format="plaintext",
        version="0.1.0",
        # Ctrl-C is ours to tell: exit 3, nothing lost.
        suppress_keyboard_interrupt=False,
    )
    for name, target, about in (
        ("rehearse", "installation.rehearse:rehearse", "The main job on the twins of both systems."),
        ("worker", "installation.worker:worker", "Keep every connection's schedule."),
        ("serve", "installation.worker:serve", "The same, with a health page."),
        ("sync", "sync:sync", "One pass now, in the foreground."),
        ("prove", "proof:prove", "Every approved invoice and its bill."),
        ("reconcile", "proof:reconcile", "Payments and totals, to the cent."),
        ("backup", "installation.backup:backup", "The database and the archive in one file."),
        ("restore", "installation.backup:restore", "A backup, back into an empty store."),
    ):
        app.command(f"{_ROOM}.{target}", name=name, help=about)
    for noun, about, commands in (
        (
            "connection",
            "The connections and whether both systems answer.",
            {"list": "All of them.", "check": "Stages.", "sign-in": "A person's permission, by browser."},
        ),
        ("secret", "Passwords and keys, stored encrypted.", {"set": "From standard input.", "list": "Never values."}),
        ("installation.vault", "The master key that seals them.", {"rotate": "Another one, for all secrets."}),
        (
            "invoice",
            "What became of each approved invoice, and what a person decides about one.",
            {
                "list": "All of them.",
                "show": "One whole story.",
                "replay": "Run it again from its original.",
                "accept": "Let findings that ask for a review pass.",
                "reject": "Refuse it for good.",
                "handled": "Booked by hand as that bill.",
            },
        ),
        (
            "file",
            "Every file that was seen.",
            {"list": "With hash, state and counts.", "replay": "Again, from the archive."},
        ),
        ("feed", "The feeds we send.", {"list": "What Stampli has, what is held.", "accept": "Let a held one pass."}),
        ("audit", "The audit trail.", {"verify": "Is it unbroken?", "export": "With a script that proves it."}),
        (
            "layout",
            "The format of a customer's files.",
            {"infer": "From a sample.", "read": "Documents.", "check": "Is it sound?"},
        ),
    ):
        name = noun.rpartition(".")[2]
        group = App(name=name, help=about)
        for command, short in commands.items():
            group.command(f"{_ROOM}.{noun}:{command.replace('-', '_')}_{name}", name=command, help=short)
        app.command(group)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    gc.set_threshold(_OBJECTS_PER_LOOK)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal cannot show is shown escaped; it must not end a pass that went well.
        sys.stdout.reconfigure(errors="backslashreplace")
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    code = run(_common_last(tokens))
    _let_go_of_log()
    sys.exit(code)


def _let_go_of_log() -> None:
    """Where standard error has no room left, forget what could not be told: the interpreter would end with 120 for it,
    whatever the command came to (fault row 249)."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _common_last(tokens: list[str]) -> list[str]:
    """``--config PATH`` and ``--json`` given before the command mean the same as after it."""
    moved: list[str] = []
    while tokens and tokens[0].partition("=")[0] in ("--config", "--json"):
        count = 2 if tokens[0] == "--config" else 1
        moved, tokens = moved + tokens[:count], tokens[count:]
    return tokens + moved


def run(tokens: list[str]) -> int:
    """Run one command; its exit code comes back, whatever happened."""
    signal.signal(signal.SIGTERM, _end_in_order)
    try:
        result = build_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _tell(tokens, _usage(str(error)))
    except ConnectorError as error:
        return _tell(tokens, error)
    except KeyboardInterrupt:
        return _tell(tokens, _stopped())
    except BrokenPipeError:
        # The reader of our output went away; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SYSTEM
    except Exception as error:  # the outermost guard: whatever it is, it is a fault of the program
        return _program_fault(tokens, error)
    return result if isinstance(result, int) else 0


def _end_in_order(number: int, frame: object) -> None:
    """SIGTERM ends like Ctrl-C: sessions are signed out, leases given back."""
    raise KeyboardInterrupt


def _tell(tokens: list[str], error: ConnectorError) -> int:
    """What stopped the command, to people and, where asked, as its document; the exit code comes back."""
    if "--json" in tokens:
        print_json({"error": render_error(error)})
    print_error(error)
    return exit_code_of(error)


def _stopped() -> TransientError:
    return TransientError(
        "Stopped before the end; nothing is lost.",
        fix="Run it again: it goes on from what is on record.",
        code="cli.stopped",
    )


def _usage(message: str) -> ConfigurationError:
    fix = "See ml-connector --help."
    return ConfigurationError(message, fix=fix, stage="arguments", code="cli.usage", at="settings")


def _program_fault(tokens: list[str], fault: Exception) -> int:
    """The places go to standard error, the words of the exception do not: they could carry a foreign text."""
    code = _tell(tokens, ProgramError(fault, "running the command"))
    for frame in traceback.extract_tb(fault.__traceback__):
        print_note(f"  {frame.filename}:{frame.lineno} {frame.name}")
    return code
