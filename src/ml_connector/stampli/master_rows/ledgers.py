"""The accounts and subaccounts feeds: what may be picked for coding. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ml_connector.domain.coding_lists import account_refusal, subaccount_refusal
from ml_connector.domain.values.master_data import Snapshot

Cells = Mapping[str, object]

_SEGMENTS_MAX = 6


def account_rows(snapshot: Snapshot) -> Mapping[str, Cells]:
    """One row an account that may be picked, by account id."""
    return {
        account.account_id: {
            "AccountID": account.account_id,
            "Description": account.description,
            "Type": account.type,
            "Active": True,
            "RequiresProject": account.account_group is not None,
            "Currency": account.currency,
            "RecordID": account.record_id,
            "LastModified": account.modified_at,
            "InactiveReason": None,
            "InactiveOn": None,
        }
        for account in snapshot.accounts.values()
        if account_refusal(account) is None
    }


def account_reasons(snapshot: Snapshot) -> Mapping[str, str]:
    """Why an account may not be picked, by account id."""
    refusals = {account.account_id: account_refusal(account) for account in snapshot.accounts.values()}
    return {account_id: reason for account_id, reason in refusals.items() if reason is not None}


def subaccount_rows(snapshot: Snapshot, segments: tuple[int, ...]) -> Mapping[str, Cells]:
    """One row an active subaccount, by its code, with its segments."""
    rows: dict[str, Cells] = {}
    told = segment_lengths(snapshot)
    for subaccount in (snapshot.subaccounts or {}).values():
        if subaccount_refusal(subaccount) is None:
            parts = split_subaccount(subaccount.subaccount_id, told, segments)
            rows[subaccount.subaccount_id] = {
                "SubaccountID": subaccount.subaccount_id,
                "Description": subaccount.description,
                "Active": True,
                **{f"Segment{n}": part for n, part in enumerate([*parts, *[""] * _SEGMENTS_MAX][:_SEGMENTS_MAX], 1)},
            }
    return rows


def segment_lengths(snapshot: Snapshot) -> tuple[int, ...]:
    """The lengths of the segments as Acumatica tells them, empty where it does not."""
    return tuple(segment.length for segment in snapshot.segments or ())


def split_subaccount(code: str, told: tuple[int, ...], configured: tuple[int, ...]) -> tuple[str, ...]:
    """The segments of a code by what Acumatica tells, else by what the customer does where the lengths do not fit."""
    return split_segments(code, told if sum(told) == len(code) else configured)


def split_segments(code: str, lengths: tuple[int, ...]) -> tuple[str, ...]:
    """The segments of a subaccount code: at its separators, else by the customer's lengths, else the whole code as
    one."""
    parts = tuple(part for part in re.split(r"[-./ ]", code) if part)
    if len(parts) > 1 or not lengths or sum(lengths) != len(code):
        return parts
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return tuple(code[start : start + length] for start, length in zip(starts, lengths, strict=True))
