"""A long run over the targets, guided by coverage: ``make fuzz``. atheris is installed by that target alone.

Arguments: the target, then those of libFuzzer. A finding stays as a file ``.venv/fuzz-TARGET-crash-*``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["ml_connector.layouts", "ml_connector.numerals"]):
    from tests.fuzz.targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()
