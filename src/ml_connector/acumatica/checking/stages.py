"""The staged check of one Acumatica: what works, what does not, why, and what to do (``operator_contract.md 5``).

It reads only; where ``probe`` is asked for it makes one bill and deletes it. A stage that fails leaves the later ones
unasked; none raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import httpx2

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.booking.desk import BillDesk
from ml_connector.acumatica.checking.probe import probe_hold
from ml_connector.acumatica.checking.tenant import TenantProof
from ml_connector.acumatica.marking import holds_mark
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.master_data.dac.report import find_ways
from ml_connector.acumatica.master_data.extended import ExtendedReads
from ml_connector.acumatica.master_data.orders.purchase_orders import fetch_sample_orders
from ml_connector.acumatica.reading import Reader
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.failures import translate_failure
from ml_connector.acumatica.wire.sockets import SocketTransport
from ml_connector.clock import Clock
from ml_connector.domain.keys import mark_in
from ml_connector.domain.values.bill import Bill
from ml_connector.errors import ConnectorError
from ml_connector.settings import AcumaticaSettings

# As long as our own mark: what a look-up will ask for.
_MARK_LENGTH = 15


@dataclass(frozen=True, slots=True)
class CheckStage:
    """One stage: how it ended, how long it took, what was seen, what mends it; where it failed, why (``cause``)."""

    stage: str
    result: Literal["pass", "fail", "skipped"]
    seconds: float
    message: str
    fix: str = ""
    cause: ConnectorError | None = None

    @property
    def code(self) -> str:
        """The code of what went wrong, empty where nothing did."""
        return self.cause.code if self.cause else ""


@dataclass(frozen=True, slots=True)
class _Skip:
    message: str
    fix: str = ""


_Asked = Callable[[], "str | _Skip"]


@dataclass(frozen=True, slots=True)
class StagedCheck:
    """The parts a check asks; ``http`` is None where the wire below is not real sockets."""

    settings: AcumaticaSettings
    http: SocketTransport | None
    client: ApiClient
    proof: TenantProof
    reader: Reader
    desk: BillDesk
    clock: Clock
    dac: DacReader
    master: Reader
    extended: ExtendedReads | None = None

    def run(self, *, probe: bool) -> tuple[CheckStage, ...]:
        """All stages in order."""
        return tuple(self._stages(probe=probe))

    def _stages(self, *, probe: bool) -> Iterator[CheckStage]:
        failed_at = ""
        asked: tuple[tuple[str, _Asked], ...] = (
            ("address", lambda: self._reach(tls=False)),
            ("tls", lambda: self._reach(tls=True)),
            ("sign_in", self._sign_in),
            ("endpoint_version", self._endpoint),
            ("read_vendors", self._vendors),
            ("read_bills", self._bills),
            ("write_rights", lambda: self._write_rights(probe=probe)),
            ("preferences", self._preferences),
            ("licence", self._licence),
        )
        for stage, ask in asked:
            if failed_at:
                yield CheckStage(stage, "skipped", 0.0, f"not asked, since {failed_at} failed")
                continue
            ended = self._ask(stage, ask)
            failed_at = stage if ended.result == "fail" else ""
            yield ended

    def _ask(self, stage: str, ask: _Asked) -> CheckStage:
        began = self.clock.monotonic()
        try:
            told = ask()
        except ConnectorError as error:
            return CheckStage(stage, "fail", self._since(began), error.message, error.fix, error)
        if isinstance(told, _Skip):
            return CheckStage(stage, "skipped", self._since(began), told.message, told.fix)
        return CheckStage(stage, "pass", self._since(began), told)

    def _since(self, began: float) -> float:
        return round(self.clock.monotonic() - began, 3)

    def _reach(self, *, tls: bool) -> str | _Skip:
        if self.http is None:
            return _Skip("not asked: the connection is not a real one")
        try:
            done = self.http.probe(tls=tls)
        except httpx2.TransportError as error:
            raise translate_failure(error, first_byte_sent=False) from None
        if not done:
            return _Skip("plain http, allowed to this machine itself alone")
        return "the certificate is valid, TLS 1.2 or newer" if tls else "the host is found and answers"

    def _sign_in(self) -> str:
        self.client.sign_in()
        return f"signed in ({self.settings.auth})"

    def _endpoint(self) -> str:
        self.client.unproven(self._check_contract)
        return f"endpoint {self.settings.endpoint}/{self.settings.version} is served"

    def _check_contract(self, client: ApiClient) -> None:
        self.proof.recheck(client)
        self.desk.schema.look()
        self.desk.schema.require_usual()

    def _vendors(self) -> str:
        self.client.prove()
        return f"{len(self.reader.fetch_keys('Vendor'))} vendors can be read; the tenant is the one set up"

    def _bills(self) -> str:
        """Each clause of a look-up must find a known bill on its own (``posting_protocol.md 4.5``)."""
        known = self.desk.fetch_any_bill()
        bill = None if known is None else self.desk.fetch_bill(known)
        if bill is None:
            return "bills can be read; there is none yet to try a look-up on"
        clauses = {"number": filters.equals("ReferenceNbr", bill.key.number)}
        if bill.vendor and bill.vendor_ref:
            clauses["vendor and reference"] = (
                f"{filters.equals('Vendor', bill.vendor)} and {filters.equals('VendorRef', bill.vendor_ref)}"
            )
        if bill.description:
            clauses["description"] = filters.starts_with("Description", bill.description[:_MARK_LENGTH])
        mark = mark_in(bill.description)
        if mark is not None and self.settings.mark_attribute:
            del clauses["description"]
            there = holds_mark(self.settings.mark_attribute, mark)
            clauses["mark"] = filters.any_of([filters.starts_with("Description", mark), there])
        for by, clause in clauses.items():
            if bill.id not in {values.record_id(row) for row in self.reader.fetch_all("Bill", where=clause)}:
                raise ConnectorError(
                    f"A look-up by {by} does not find bill {bill.key}, which is there.",
                    fix="Give the user the right to see all bills of all branches; else report it with the build.",
                    code="acumatica.look_up_blind",
                )
        return f"bills can be read; look-ups by {', '.join(clauses)} find a known bill"

    def _write_rights(self, *, probe: bool) -> str | _Skip:
        if not probe:
            return _Skip("not asked: the check reads only")
        known = self.desk.fetch_any_bill()
        like = None if known is None else self.desk.fetch_bill(known)
        if like is None or not like.lines or like.lines[0].account is None:
            return _Skip("there is no bill yet that a test bill could be coded like: the first one on hold shows it")
        attribute = self.settings.mark_attribute
        by_mark = partial(self._is_found_by_mark, attribute) if attribute else None
        seen, told = probe_hold(self.client, self.desk, like, self.clock, by_mark=by_mark)
        return told if seen else _Skip(told)

    def _is_found_by_mark(self, attribute: str, mark: str, bill: Bill) -> bool:
        rows = self.reader.fetch_all("Bill", where=holds_mark(attribute, mark))
        return bill.id in {values.record_id(row) for row in rows}

    def _preferences(self) -> _Skip:
        """What no contract tells: AP preferences, and the ways of the lists and figures that are read beside it."""
        ways = find_ways(self.dac, lambda: fetch_sample_orders(self.master))
        ways += self.extended.report() if self.extended else []
        told = "; ".join(["AP preferences cannot be read over the stock endpoint", *ways])
        return _Skip(f"{told}.", "Look at AP101000: Raise an Error on Duplicate Vendor Reference Number should be on.")

    def _licence(self) -> _Skip:
        return _Skip(
            "the limits of the licence cannot be read over the API; at most "
            f"{self.settings.requests_per_minute} requests a minute and {self.settings.concurrent_requests} at a time "
            "are sent",
            "Compare with the licence on form SM604000.",
        )
