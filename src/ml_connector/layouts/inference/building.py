"""Assigned columns to columns of a layout: forms of days, style of figures, words of kinds. Asks what stays open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from ml_connector.layouts.inference.cells.days import NULLS, Days, infer_days, infer_periods, resolve_open, with_order
from ml_connector.layouts.inference.cells.figures import Evidence, parse_figure, style_of, weigh_figures
from ml_connector.layouts.inference.cells.kinds import DOCUMENT_KINDS, LINE_KINDS, kind_of, usual_words
from ml_connector.layouts.inference.columns import Field, type_of
from ml_connector.layouts.inference.columns import dated as is_dated
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import Column, DayStyle, DocumentKind, NumberStyle, Required

ZONES = (
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
)
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK", "HUF", "PYG"})
_VALUES: Mapping[DocumentKind, tuple[str, ...]] = {
    "approved_invoice": ("external_id", "invoice_date", "total", "key"),
    "payment": ("payment_id", "status", "amount"),
    "row": (),
}
_HEADINGS = ("vendor_id", "invoice_number", "payment_date")
_FIGURES = ("amount", "quantity", "price")


@dataclass(frozen=True, slots=True)
class Styles:
    """How the whole file writes figures and days."""

    numbers: NumberStyle
    days: DayStyle


def build_columns(
    assigned: Sequence[tuple[Slot, Field]], document: DocumentKind, interview: Interview, known: Known
) -> tuple[tuple[Column, ...], Styles]:
    """The columns of a layout in the order of the sample, and the styles they share."""
    ordered = list(assigned)
    days = {id(field): _days_of(field) for slot, field in ordered if type_of(slot) == "day"}
    day_style = _settle_days(list(days.values()), interview, known)
    currency = next((field for slot, field in ordered if slot == Slot("document", "currency")), None)
    figures = [(slot, field) for slot, field in ordered if type_of(slot) in _FIGURES]
    numbers, own = _settle_figures(figures, currency, interview)
    columns = []
    for slot, field in ordered:
        column = _plain(slot, field, document)
        kind = column.type
        if kind == "day":
            column = _as_day(column, days[id(field)])
        elif kind == "period":
            column = _as_period(column, field, interview)
        elif kind == "word":
            column = replace(column, words=_words_of(slot, field, interview))
        elif kind in _FIGURES:
            column = replace(column, numbers=own.get(id(field)), nulls=_nulls_of(field))
        elif slot.place == "attachments" and slot.member == "name" and not column.path:
            column = replace(
                column, split=next((sign for sign in ";|," if any(sign in each for each in field.filled)), "")
            )
        elif kind == "code":
            column = replace(column, nulls=_nulls_of(field))
        columns.append(column)
    return tuple(columns), Styles(numbers, day_style)


def style_of_fields(fields: Sequence[Field]) -> NumberStyle:
    """The style in which figures are summed while meanings are looked for; open questions are asked later."""
    found = weigh_figures(cell for each in fields for cell in each.filled)
    return style_of(found) or NumberStyle()


def _plain(slot: Slot, field: Field, document: DocumentKind) -> Column:
    required: Required = "no"
    amount = slot.member == "amount" and slot.place in ("lines", "shares", "taxes", "applications")
    if (slot.place in ("document", "key") and slot.member in _VALUES[document]) or amount:
        required = "value"
    elif slot.member in _HEADINGS and slot.place in ("document", "applications"):
        required = "column"
    return Column(
        name=field.name,
        member=slot.member,
        type=type_of(slot),
        place=slot.place,
        required=required,
        position=field.at if not field.path and field.record.startswith("#") else 0,
        path=field.path,
        record=field.record.removeprefix("#"),
    )


def _nulls_of(field: Field) -> tuple[str, ...]:
    """Words for nothing that stand beside cells that say something."""
    texts = {each.strip() for each in field.cells if each.strip()}
    nulls = tuple(sorted(each for each in texts if each.casefold() in NULLS and each != "0" and not each.isdigit()))
    return nulls if len(texts) > len(nulls) else ()


def _days_of(field: Field) -> Days:
    return infer_days(field.cells, numbers=is_dated(field.label)) or Days()


def _settle_days(columns: Sequence[Days], interview: Interview, known: Known) -> DayStyle:
    """Days that can be read two ways are asked once for the file, the zone of instants once."""
    resolve_open(columns)
    left = [each for each in columns if each.open]
    if left:
        alternatives = list(dict.fromkeys(forms for each in left for forms in each.open.values()))
        choices = alternatives[0]
        if len(alternatives) > 1:
            choices = (
                "month first",
                "day first",
                *(["year first"] if any(len(each) > 2 for each in alternatives) else []),
            )
        evidence = f"No day of the sample is above 12: {' or '.join(alternatives[0])} fits every cell."
        answer = interview.ask("days", "In which order do day and month stand?", evidence, choices=choices)
        for each in left if answer else ():
            for shape, forms in list(each.open.items()):
                chosen = answer if answer in forms else with_order(forms, answer or "")
                if chosen:
                    each.formats.append(chosen)
                    del each.open[shape]
    zone = known.zone
    if any(each.instants for each in columns) and not zone:
        about = "In which time zone is the day of an instant taken?"
        evidence = "Days are instants; late in the evening their day depends on the zone."
        zone = interview.ask("zone", about, evidence, choices=ZONES, accepts=_is_zone) or ""
    return DayStyle(zone=zone or "UTC")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        return False
    return True


def _as_day(column: Column, days: Days) -> Column:
    nulls = tuple(sorted(days.nulls))
    column = replace(column, nulls=nulls)
    if days.before:
        column = replace(column, extraction=replace(column.extraction, before=days.before))
    if days.open:
        alternatives = next(iter(days.open.values()))
        return replace(column, undecided=" or ".join(alternatives))
    return column if days.plain() or not days.formats else replace(column, formats=tuple(days.formats))


def _as_period(column: Column, field: Field, interview: Interview) -> Column:
    forms = infer_periods(field.filled) or ()
    if len(forms) > 1:
        evidence = f"{field.name} says {', '.join(field.filled[:3])}."
        answer = interview.ask("period", f"How does {field.name} write a period?", evidence, choices=forms)
        if answer is None:
            return replace(column, undecided=" or ".join(forms))
        forms = (answer,)
    return column if forms in ((), ("YYYY-MM",)) else replace(column, formats=forms)


def _words_of(slot: Slot, field: Field, interview: Interview) -> Mapping[str, str]:
    """The file's words with the kinds they mean; a word that means none we know is asked."""
    kinds = DOCUMENT_KINDS if slot.place == "document" else LINE_KINDS
    found: dict[str, str] = {}
    for word in dict.fromkeys(field.filled):
        kind = kind_of(slot.place, word)
        if kind is None:
            about = f"Which kind does {word!r} in {field.name} mean?"
            kind = interview.ask(
                f"kind-{word}",
                about,
                f"{sum(each.strip() == word for each in field.cells)} rows say {word!r}.",
                choices=kinds,
            )
        if kind:
            found[word] = kind
    usual = {word: kind for word, kind in usual_words(slot.place).items() if kind not in found.values()}
    return found | usual if found else usual_words(slot.place) or {kind: kind for kind in kinds}


def _settle_figures(
    fields: Sequence[tuple[Slot, Field]], currency: Field | None, interview: Interview
) -> tuple[NumberStyle, dict[int, NumberStyle]]:
    """The style of the file, and that of columns which have one of their own."""
    own: dict[int, NumberStyle] = {}
    whole = weigh_figures(cell for _, field in fields for cell in field.filled)
    style = style_of(whole)
    if style is None and whole.contradictory:
        single = {id(field): style_of(weigh_figures(field.filled)) for _, field in fields}
        own = {key: each for key, each in single.items() if each is not None}
        if len(own) == len(single):
            style = NumberStyle()
    if style is None:
        style = _asked_style(whole, interview)
    if style is not None:
        style = replace(style, signs=_signs_of(style, currency))
        own = {key: replace(each, signs=_signs_of(each, currency)) for key, each in own.items() if each != style}
    units = _minor_units([field for slot, field in fields if type_of(slot) == "amount"], whole, currency, interview)
    if units:
        plain = style or NumberStyle()
        for slot, field in fields:
            if type_of(slot) == "amount":
                own[id(field)] = replace(own.get(id(field), plain), minor_units=units)
    return style or NumberStyle(), own


def _asked_style(found: Evidence, interview: Interview) -> NumberStyle | None:
    shown = found.ambiguous[0] if found.ambiguous else ", ".join(sorted(found.decimals | found.groupings))
    evidence = f"{shown} can be read with either sign, and no other figure of the sample decides."
    answer = interview.ask("numbers", "Which sign stands before the decimals?", evidence, choices=("point", "comma"))
    if answer is None:
        return None
    return style_of(replace_contradiction(found), decimal="." if answer == "point" else ",")


def replace_contradiction(found: Evidence) -> Evidence:
    """The evidence after a person has decided."""
    return Evidence(set(), found.groupings, found.negative, found.signs, found.ambiguous, found.whole)


def _signs_of(style: NumberStyle, currency: Field | None) -> Mapping[str, str]:
    codes = set(currency.filled) if currency else set()
    only = codes.pop() if len(codes) == 1 else ""
    return {sign: code or only for sign, code in style.signs.items()}


def _minor_units(amounts: Sequence[Field], whole: Evidence, currency: Field | None, interview: Interview) -> int:
    """2 where amounts are counted in cents; asked where no figure has decimals."""
    if any("cents" in notions_of(each.label)[0] for each in amounts):
        return 2
    if currency and set(currency.filled) and set(currency.filled) <= _WITHOUT_CENTS:
        return 0
    figures = [figure.body for each in amounts for cell in each.filled if (figure := parse_figure(cell))]
    if not figures or whole.decimals or whole.ambiguous or not all(each.isdigit() for each in figures):
        return 0
    evidence = f"No amount has decimals, such as {figures[0]}."
    answer = interview.ask("units", "What do the amounts count?", evidence, choices=("whole", "cents"))
    return 2 if answer == "cents" else 0
