"""Questions that a sample leaves open, the answers people gave, and what is known of the connection.

Values and the one collector of questions; nothing is inferred here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.layout import Layout


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the sample does not decide: what it is about, what the sample shows, what may be answered."""

    id: str
    about: str
    evidence: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the connection's stored master data and settings say: codes by the member they fill, and the time zone."""

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A layout for the sample, as a value and as its TOML text, with what is still open and what was left out."""

    layout: Layout
    text: str
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


class Interview:
    """Collects questions; a question that was answered comes back with its answer instead."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._asked: set[str] = set()
        self.questions: list[Question] = []
        self.notes: list[str] = []

    def ask(
        self,
        id: str,
        about: str,
        evidence: str,
        *,
        choices: Sequence[str],
        accepts: Callable[[str], bool] = lambda each: False,
    ) -> str | None:
        """The answer that was given, None where the question is open; ``accepts`` lets other answers pass than the
        choices. ConfigurationError ``layout.unknown_answer`` for any other."""
        self._asked.add(id)
        answer = self._answers.get(id)
        if answer is None:
            if all(each.id != id for each in self.questions):
                self.questions.append(Question(id, about, evidence, tuple(choices)))
            return None
        found = next((each for each in choices if each.casefold() == answer.strip().casefold()), None)
        if found is None and not accepts(answer):
            raise _unknown_answer(f"{answer!r} is no answer to {id!r}.", f"Answer one of {', '.join(choices)}.")
        return found or answer

    def refuse_idle_answers(self) -> None:
        """ConfigurationError ``layout.unknown_answer`` where an answer belongs to no question of this sample."""
        for each in self._answers:
            if each not in self._asked:
                asked = ", ".join(sorted(self._asked)) or "none"
                raise _unknown_answer(f"The sample leaves no question {each!r} open.", f"Questions here: {asked}.")


def _unknown_answer(message: str, fix: str) -> ConfigurationError:
    return ConfigurationError(message, fix=fix, code="layout.unknown_answer", at="settings")
