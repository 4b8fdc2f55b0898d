"""Bills one by one: what creates one on hold, reads it, changes it and finishes it by its key, and its files.

Every write is sent once and judged (``wire.client``); an answer is believed only where it is about the bill that was
meant (``posting_protocol.md 5``). Whether a write may be sent at all is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, unquote

from ml_connector.acumatica import values
from ml_connector.acumatica.booking.file_addresses import PLACE, file_names, path_of_keys, path_of_link
from ml_connector.acumatica.booking.forms import bill_key, key_fields, parse_bill, render_bill
from ml_connector.acumatica.booking.rewriting import render_rewriting
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.contract.schema_watch import SchemaWatch
from ml_connector.acumatica.filters import encode_query
from ml_connector.acumatica.reading import Reader, Shape
from ml_connector.acumatica.values import Row, wrap, wrap_all
from ml_connector.acumatica.wire.client import ApiClient, Write
from ml_connector.acumatica.wire.outcomes import Accepted, Executed
from ml_connector.domain.values.bill import Bill, BillFiles, BillKey, BillPlan, BillTax
from ml_connector.domain.values.draft import PlannedWrite
from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError, TransientError, UncertainError

_EXPANDED = ("Details", "TaxDetails")
_SINGLE = (Shape(expand=_EXPANDED),)
# The number an unsaved record shows (acumatica_api.md 5.1).
_UNSAVED = "<NEW>"
_ONLY_NEW = {"If-None-Match": "*"}
_ONLY_EXISTING = {"If-Match": "*"}
_WITH_FILES = (Shape(expand=("files",)),)


class BillDesk:
    """Creates and finishes bills of one tenant."""

    def __init__(self, client: ApiClient, reader: Reader, contract: Contract) -> None:
        self._client = client
        self._reader = reader
        self._contract = contract
        self.schema = SchemaWatch(client, contract)

    def fetch_any_bill(self) -> BillKey | None:
        """Some bill of the tenant; None where an unfiltered read is empty."""
        rows = self._reader.fetch_some("Bill", 2)
        return bill_key(rows[0]) if rows else None

    def fetch_bill(self, key: BillKey) -> Bill | None:
        """One bill by its key with lines and taxes; None where it is not there."""
        row = self._reader.fetch_record("Bill", (key.type, key.number), _SINGLE)
        return None if row is None else parse_bill(row)

    def require_fields(self, plan: BillPlan) -> None:
        """The instance still has every field of that bill; ConfigurationError ``acumatica.contract_changed``."""
        self.schema.look_once()
        self.schema.require(render_bill(plan, self._contract))

    def create_bill(self, plan: BillPlan) -> Bill:
        """One PUT, on hold, insert only; the bill as answered, believed only where it is the one that was sent."""
        body = render_bill(plan, self._contract)
        try:
            answered = self._client.write(self._creation(plan, body))
            if not isinstance(answered, Executed):
                raise _unclear("Acumatica did not answer with the bill")
            return _believed(plan, answered.record)
        except RejectedError as error:
            raise self.schema.explain(body, error) from error
        except (TransientError, UncertainError) as error:
            raise _after_write(error) from error

    def set_bill_taxes(self, key: BillKey, taxes: Sequence[BillTax]) -> None:
        """Set the tax details of a bill that stays on hold (8.4).

        Raises ConfigurationError ``acumatica.no_tax_override`` where the pinned version cannot.
        """
        if not self._contract.has_field("Bill", "IsTaxValid"):
            raise ConfigurationError(
                f"Endpoint version {self._contract.version} cannot set the tax of a bill.",
                fix="Correct the tax in Acumatica, or pin version 23.200.001 or later.",
                code="acumatica.no_tax_override",
            )
        rows = [
            wrap_all({"TaxID": tax.tax_id, "TaxableAmount": tax.taxable_amount, "TaxAmount": tax.amount})
            for tax in taxes
        ]
        fields = {"Hold": wrap(True), "IsTaxValid": wrap(True), "TaxDetails": rows}
        self._updated(key, self._update(key, fields, "the change of the tax"))

    def change_bill(self, key: BillKey, plan: BillPlan, seen: Bill) -> Bill:
        """Change a bill on hold to the plan, only where it exists and is as it was ``seen``; the bill as answered."""
        record = self._reader.fetch_record("Bill", (key.type, key.number), _SINGLE)
        if record is None or parse_bill(record) != seen:
            raise TransientError(
                f"Bill {key} was changed in Acumatica a moment ago; it is looked at again.",
                fix="Run it again.",
                code="acumatica.bill_changed",
            )
        return parse_bill(self._updated(key, self._change(key, plan, record)))

    def take_bill_off_hold(self, key: BillKey) -> Bill:
        """Hold false on that key and nothing else, only where it exists (4.11 of the protocol); the bill as answered,
        lines and taxes None where the answer left them out."""
        return parse_bill(self._updated(key, self._off_hold(key)))

    def describe_bill(self, key: BillKey, description: str) -> None:
        """Another description on that key and nothing else, only where it exists."""
        self._updated(key, self._update(key, {"Description": wrap(description)}, "the change of the description"))

    def release_bill(self, key: BillKey) -> None:
        """The release action on that key, polled to its end; 204 proves nothing by itself (5.4)."""
        write = self._release(key)
        answered = self._client.write(write)
        if isinstance(answered, Accepted):
            self._client.follow(write, answered)

    def describe_creation(self, plan: BillPlan) -> PlannedWrite:
        """The request of ``create_bill``, which is not sent."""
        return self._client.describe(self._creation(plan, render_bill(plan, self._contract)))

    def describe_change(self, key: BillKey, plan: BillPlan) -> PlannedWrite:
        """The request of ``change_bill``, which is not sent."""
        record = self._reader.fetch_record("Bill", (key.type, key.number), _SINGLE)
        return self._client.describe(self._change(key, plan, record or {}))

    def describe_off_hold(self, key: BillKey) -> PlannedWrite:
        """The request of ``take_bill_off_hold``, which is not sent."""
        return self._client.describe(self._off_hold(key))

    def describe_release(self, key: BillKey) -> PlannedWrite:
        """The request of ``release_bill``, which is not sent."""
        return self._client.describe(self._release(key))

    def delete_bill(self, key: BillKey) -> None:
        """Delete a bill that was never released (1, 8.6)."""
        path = "/".join(["Bill", *(quote(part, safe="") for part in (key.type, key.number))])
        self._client.write(Write("DELETE", path, b"", f"deleting bill {key}"))

    def fetch_bill_files(self, key: BillKey) -> BillFiles | None:
        """The names of a bill's files and its ``files:put`` link, which older builds lack (4.1, 5.5); None where the
        bill is not there."""
        row = self._reader.fetch_record("Bill", (key.type, key.number), _WITH_FILES)
        if row is None:
            return None
        link = values.linked(row, "_links").get("files:put")
        return BillFiles(tuple(file_names(row)), link if isinstance(link, str) and PLACE in unquote(link) else None)

    def attach_file(self, key: BillKey, files: BillFiles, name: str, content: bytes) -> None:
        """One PUT of the bytes (5.5). A link to another host than ours is not followed: the bill's own address, by its
        key, is used then."""
        path = path_of_link(files.address, self._client.origin, name) or path_of_keys(key, name)
        if path is None:
            raise RejectedError(f"Acumatica has no address for {name} on {key}.", code="acumatica.refused")
        answered = self._client.write(Write("PUT", path, content, f"attaching {name}"))
        if isinstance(answered, Accepted):
            raise _unclear(f"It is not known whether {name} was attached")

    def _creation(self, plan: BillPlan, body: Row) -> Write:
        headers = dict(_ONLY_NEW)
        if plan.branch is not None and plan.branch.isascii() and plan.branch.isprintable():
            headers["PX-CbApiBranch"] = plan.branch
        return self._put(body, "the creation of the bill", headers, _EXPANDED)

    def _change(self, key: BillKey, plan: BillPlan, record: Row) -> Write:
        return self._update(key, render_rewriting(plan, record, self._contract), "the change of the bill")

    def _off_hold(self, key: BillKey) -> Write:
        return self._update(key, {"Hold": wrap(False)}, "taking the bill off hold")

    def _release(self, key: BillKey) -> Write:
        self._contract.check_action("Bill", "ReleaseBill")
        return Write("POST", "Bill/ReleaseBill", {"entity": key_fields(key)}, "the release of the bill")

    def _update(self, key: BillKey, fields: Row, what: str) -> Write:
        return self._put({**key_fields(key), **fields}, what, _ONLY_EXISTING, _EXPANDED)

    def _updated(self, key: BillKey, write: Write) -> Row:
        answered = self._client.write(write)
        try:
            if isinstance(answered, Executed) and bill_key(answered.record) == key:
                return answered.record
        except TransientError as error:
            raise _after_write(error) from error
        raise _unclear(f"Acumatica's answer to {write.what} was about something else")

    def _put(self, body: Row, what: str, headers: dict[str, str], expand: tuple[str, ...] = ()) -> Write:
        self._contract.check_body("Bill", body)
        return Write("PUT", "Bill", body, what, encode_query({"$expand": ",".join(expand)}), headers)


def _believed(plan: BillPlan, record: Row) -> Bill:
    """The answer as a bill, where it carries our mark, vendor, reference and amount and a real number."""
    bill = parse_bill(record)
    told = (bill.vendor.casefold(), bill.vendor_ref.casefold(), bill.amount)
    sent = (plan.vendor.strip().casefold(), plan.vendor_ref.rstrip().casefold(), plan.amount)
    if bill.key.number == _UNSAVED or plan.marker not in bill.description or told != sent:
        raise _unclear("Acumatica's answer did not belong to our request")
    return bill


def _after_write(error: ConnectorError) -> ConnectorError:
    """An answer that came and cannot be read says nothing of whether the write was done."""
    return _unclear(error.message) if error.code == "acumatica.unreadable" else error


def _unclear(why: str) -> UncertainError:
    return UncertainError(
        f"{why.rstrip('.')}. The bill will be looked up before anything is repeated.",
        fix="Run it again.",
        code="acumatica.unclear",
    )
