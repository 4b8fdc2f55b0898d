"""Cells that hold more than one thing: code and name, account and branch, shares packed in a cell or side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from ml_connector.layouts.inference.assigning import Assigned
from ml_connector.layouts.inference.columns import NAMED_CODE, Field
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.layout import Column

_NUMBERED = re.compile(r"(.*?)([0-9]{1,3})([^0-9]*)")
_SHARE = re.compile(r"(?P<codes>[^=:@%\s]+?)\s*(?P<sign>[=:@])\s*(?P<figure>-?[0-9][0-9.,]*)(?P<percent>\s?%)?")
_CODE_SIGNS = "/|-._+"
_SPLIT = re.compile(r"([0-9]{3,8})([-/.: ])([A-Za-z0-9].*)")
_SHARE_MEMBERS = ("account", "branch", "subaccount", "project", "task", "cost_code")
_BESIDE = ("branch", "subaccount")
_ALONE = "one code"


def wide_groups(fields: Sequence[Field]) -> tuple[list[Field], list[Field]]:
    """Columns that stand several times side by side, numbered (one for each name), and the others."""
    bases: dict[tuple[str, str], dict[int, Field]] = {}
    for each in fields:
        match = _NUMBERED.fullmatch(each.name)
        if match and match[1]:
            bases.setdefault((match[1], match[3]), {})[int(match[2])] = each
    numbers = [set(found) for found in bases.values() if len(found) > 1 and 1 in found]
    if not numbers or not any(_has_amounts(found) for found in bases.values()):
        return [], list(fields)
    usual = max(numbers, key=numbers.count)
    wide = [(name, found) for name, found in bases.items() if set(found) == usual]
    if not any(_has_amounts(found) for _, found in wide) or len(wide) < 2:
        return [], list(fields)
    inside = {id(each) for _, found in wide for each in found.values()}
    joined = [
        Field(
            f"{before}{{n}}{after}",
            f"{before} {after}",
            tuple(cell for n in sorted(found) for cell in found[n].cells),
            found[1].at,
        )
        for (before, after), found in wide
    ]
    return joined, [each for each in fields if id(each) not in inside]


def _has_amounts(found: dict[int, Field]) -> bool:
    return any(each.decimals for each in found.values())


def packed_column(fields: Sequence[Field], interview: Interview, known: Known) -> tuple[Field, Column] | None:
    """The column whose cells hold all shares of a line, with how a share is written."""
    for field in fields:
        for sign in (";", "|", ",", " + ", " "):
            shares = [part.strip() for each in field.filled for part in each.split(sign) if part.strip()]
            matches = [_SHARE.fullmatch(each) for each in shares]
            if len(shares) > len(field.filled) and all(matches):
                return field, _packed(field, sign, [each for each in matches if each], interview=interview, known=known)
    return None


def _packed(field: Field, sign: str, matches: Sequence[re.Match[str]], *, interview: Interview, known: Known) -> Column:
    codes = [each["codes"] for each in matches]
    inner = next(
        (each for each in _CODE_SIGNS if all(code.count(each) == codes[0].count(each) > 0 for code in codes)), ""
    )
    parts = list(zip(*(code.split(inner) if inner else [code] for code in codes), strict=True))
    members: list[str] = []
    for at, values in enumerate(parts, start=1):
        member = _member_of(values, [each for each in _SHARE_MEMBERS if each not in members], known)
        if member is None and len(parts) == 1:
            member = "account"
        members.append(member or f"?{at}")
    if any(each.startswith("?") for each in members):
        members = _asked_members(field, members, parts, interview)
    forms = []
    for each in matches:
        figure = "{percent}%" if each["percent"] else "{amount}"
        form = f"{inner.join('{' + member + '}' for member in members)}{each['sign']}{figure}"
        if form not in forms:
            forms.append(form)
    return Column(field.name, "packed", "packed", "shares", split=sign.strip() or " ", formats=tuple(forms))


def _member_of(values: Sequence[str], members: Sequence[str], known: Known) -> str | None:
    """The member whose codes in the connection's records these are."""
    found = [each for each in members if known.codes.get(each) and set(values) <= known.codes[each]]
    return found[0] if len(found) == 1 else None


def _asked_members(field: Field, members: list[str], parts: Sequence[Sequence[str]], interview: Interview) -> list[str]:
    """Which code is which: digits in the first place are offered as the account first."""
    count = len(members)
    orders: list[tuple[str, ...]] = [
        ("account", "branch"),
        ("account", "subaccount"),
        ("branch", "account"),
        ("subaccount", "account"),
    ]
    if count == 3:
        orders = [
            ("account", "subaccount", "branch"),
            ("account", "branch", "subaccount"),
            ("branch", "account", "subaccount"),
            ("project", "task", "cost_code"),
        ]
    choices = [" ".join(each) for each in orders if len(each) == count]
    evidence = f"A share names {', '.join(dict.fromkeys(parts[0]))} and {', '.join(dict.fromkeys(parts[-1]))}."
    answer = interview.ask("shares", f"What do the codes in {field.name} stand for?", evidence, choices=choices)
    return (
        (answer or choices[0]).split(" ")
        if choices
        else [each if not each.startswith("?") else "account" for each in members]
    )


def composite_columns(
    columns: Sequence[Column], assigned: Assigned, interview: Interview, known: Known
) -> tuple[Column, ...]:
    """The columns with cells parted that hold a code and a name, or two codes."""
    found: list[Column] = []
    filled: set[tuple[str, str]] = {(each.place, each.member) for each in columns}
    for column in columns:
        field = assigned[Slot(column.place, column.member)]
        codes = known.codes.get(column.member, frozenset())
        if column.type != "code" or not field.filled or set(field.filled) <= codes:
            found.append(column)
        elif _all_named(field, column.member):
            found += _code_and_name(column, field, filled)
        elif column.member == "account" and any(_SPLIT.fullmatch(each) for each in field.filled):
            found += _account_and_more(column, field, filled, interview=interview, known=known)
        else:
            found.append(column)
    return tuple(found)


def _all_named(field: Field, member: str) -> bool:
    coded = ("vendor_id", "account", "subaccount", "branch", "project", "task", "cost_code", "inventory_id")
    return member in coded and field.named_codes


def _code_and_name(column: Column, field: Field, filled: Set[tuple[str, str]]) -> list[Column]:
    match = NAMED_CODE.fullmatch(field.filled[0])
    sign = match[2] if match else " "
    parted = [replace(column, extraction=replace(column.extraction, before=sign if sign.strip() else " "))]
    if column.member == "vendor_id" and ("document", "vendor_name") not in filled:
        name = replace(column, member="vendor_name", type="text", required="no")
        parted.append(replace(name, extraction=replace(column.extraction, after=sign if sign.strip() else " ")))
    return parted


def _account_and_more(
    column: Column, field: Field, filled: Set[tuple[str, str]], *, interview: Interview, known: Known
) -> list[Column]:
    """An account followed by a branch or subaccount, unless whole cells are the accounts."""
    matches = [match for each in field.filled if (match := _SPLIT.fullmatch(each))]
    signs = {each[2] for each in matches}
    free = [each for each in _BESIDE if ("lines", each) not in filled]
    if len(signs) != 1 or not free:
        return [column]
    sign = signs.pop()
    accounts = known.codes.get("account", frozenset())
    member = _member_of([each[3] for each in matches], free, known)
    heads = {each.partition(sign)[0] for each in field.filled}
    if member is None or (accounts and not heads <= accounts):
        choices = [_ALONE, *(f"account and {each}" for each in free)]
        shown = ", ".join(dict.fromkeys(each.group() for each in matches[:3]))
        answer = interview.ask(
            "account-parts", f"What stands in {field.name}?", f"Cells such as {shown}.", choices=choices
        )
        if answer is None or answer == _ALONE:
            return [column]
        member = answer.removeprefix("account and ")
    first = replace(column, extraction=replace(column.extraction, before=sign))
    second = replace(column, member=member, required="no", extraction=replace(column.extraction, after=sign))
    return [first, second]
