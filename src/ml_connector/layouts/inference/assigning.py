"""Which column means which member: wording, cells, the connection's records and arithmetic together.

Each column goes to the member it fits best, each member to one column. Where two fit a member that matters equally
well, it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ml_connector.layouts.inference.columns import Field, fit_of, known_bonus
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.wording.meanings import Slot, meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import DocumentKind, Place

Assigned = dict[Slot, Field]
Score = tuple[float, Field, Slot]
_ASKED = {
    "vendor_id": "Which column holds the vendor's id?",
    "external_id": "Which column holds the id of the document?",
    "invoice_number": "Which column holds the vendor's invoice number?",
    "invoice_date": "Which column holds the date of the invoice?",
    "total": "Which column holds the total of the invoice?",
    "account": "Which column holds the account?",
    "amount": "Which column holds the amount?",
    "payment_id": "Which column holds the id of the payment?",
    "payment_date": "Which column holds the date of the payment?",
}
NONE = "none of them"
_CLOSE = 1.0
_TELLING = 4
# Below this a wording says too little to be taken without a question.
_SURE = 9.0


def score_fields(
    fields: Sequence[Field],
    places: Sequence[Place],
    *,
    document: DocumentKind,
    known: Known,
    adjust: Callable[[Slot, Field], float | None] = lambda slot, field: 0.0,
) -> list[Score]:
    """Every meaning each column may have, the best first."""
    found: list[Score] = []
    for field in fields:
        meant = dict(meanings_of(field.label, document))
        for member, codes in known.codes.items():
            # A short number is a code of something by chance; then the wording must say so too.
            if codes & set(field.filled) and any(len(each) >= _TELLING for each in field.filled):
                meant.setdefault(Slot("document" if member in ("vendor_id", "vendor_name") else "lines", member), 0.0)
        for slot, score in meant.items():
            fit = fit_of(slot, field) if slot.place in places else None
            more = adjust(slot, field) if fit is not None else None
            if fit is not None and more is not None:
                whole = score + fit + more + known_bonus(slot, field, known)
                if whole > 0:
                    found.append((whole, field, slot))
    return sorted(_own_numbers(found), key=lambda each: (-each[0], each[1].at))


def _own_numbers(scores: Sequence[Score]) -> list[Score]:
    """Where one heading names the invoice's number, a number of anything else is not it."""
    best: dict[int, float] = {}
    for score, field, _ in scores:
        best[id(field)] = max(best.get(id(field), 0.0), score)
    owners = {
        id(field)
        for score, field, slot in scores
        if slot.member == "invoice_number" and score >= best[id(field)] and "invoice" in notions_of(field.label)[0]
    }
    return [each for each in scores if not owners or each[2].member != "invoice_number" or id(each[1]) in owners]


def assign_fields(
    scores: Sequence[Score], interview: Interview, *, taken: Mapping[Slot, Field] | None = None
) -> Assigned:
    """One column a member, one member a column; equals are asked where it matters, else both are left out."""
    result: Assigned = dict(taken or {})
    used = {id(each) for each in result.values()}
    closed: set[Slot] = set(result)
    for score, field, slot in scores:
        if id(field) in used or slot in closed:
            continue
        rivals = [
            each
            for other, each, meant in scores
            if meant == slot
            and each is not field
            and id(each) not in used
            and other > score - _CLOSE
            and not _better_elsewhere(each, slot, scores, closed)
        ]
        if rivals and slot.member in _ASKED:
            chosen = _asked(slot, list({id(each): each for each in (field, *rivals)}.values()), interview)
            closed.add(slot)
            if chosen is None:
                continue
            field = chosen
        result[slot] = field
        closed.add(slot)
        used.add(id(field))
    return result


def weak_slots(scores: Sequence[Score], assigned: Assigned) -> list[Slot]:
    """Members that matter whose column was taken on a wording that says too little."""
    by_slot = {(id(field), slot): score for score, field, slot in scores}
    return [
        slot
        for slot, field in assigned.items()
        if slot.member in ("invoice_date", "payment_date") and by_slot.get((id(field), slot), _SURE) < _SURE + 2
    ]


def ask_for(slot: Slot, fields: Sequence[Field], interview: Interview, *, evidence: str) -> Field | None:
    """The column a person names for the member, None where none is meant; while nobody has answered, the first one
    stands in for it in a layout that refuses to read."""
    about = _ASKED.get(slot.member, f"Which column holds {slot.member.replace('_', ' ')}?")
    names = [each.name for each in fields]
    record = "" if slot.place == "document" else fields[0].record.removeprefix("#")
    answer = interview.ask(
        f"{record}-{slot.member}".lstrip("-").replace(" ", "-"), about, evidence, choices=[*names, NONE]
    )
    if answer is None:
        return fields[0]
    return next((each for each in fields if each.name == answer), None)


def _asked(slot: Slot, fields: Sequence[Field], interview: Interview) -> Field | None:
    shown = "; ".join(f"{each.name}: {', '.join(dict.fromkeys(each.filled[:3]))}" for each in fields)
    return ask_for(slot, fields, interview, evidence=f"Several columns could be it. {shown}")


def _better_elsewhere(field: Field, slot: Slot, scores: Sequence[Score], closed: set[Slot]) -> bool:
    """Whether a column has another meaning, still free, that fits it as well."""
    own = next(score for score, each, meant in scores if each is field and meant == slot)
    return any(
        each is field and meant != slot and meant not in closed and score >= own for score, each, meant in scores
    )
