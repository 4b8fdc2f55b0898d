"""What carries the promise, shown on the running code: each rule of the protocol taken out, alone and in the groups of
the model. A removal that books twice must be seen; one that another layer makes good must stay harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.removals.rules import ALL, Edit, EditLost, Removal, apply_edit, find_doubles


@pytest.mark.parametrize("removal", ALL, ids=lambda removal: removal.name)
def test_a_rule_taken_out_is_seen_where_it_carries_the_promise(removal: Removal, tmp_path: Path) -> None:
    assert bool(find_doubles(removal, tmp_path)) is removal.doubles


def test_an_edit_that_no_longer_fits_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text("once\ntwice\ntwice\n", encoding="utf-8")
    for text, count in (("never", 0), ("twice", 2)):
        with pytest.raises(EditLost, match=f"some.py has {count} times: {text}"):
            apply_edit(Edit("some.py", text, ""), tmp_path)
    apply_edit(Edit("some.py", "once", "often"), tmp_path)
    assert (tmp_path / "some.py").read_text(encoding="utf-8") == "often\ntwice\ntwice\n"
