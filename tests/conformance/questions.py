"""What only a customer's sandbox can tell: the 14 calls of ``acumatica_api.md 12``, E1 to E10 of the posting protocol.

Those that only read are asked; those that would write, fill the seats or strain the site are listed as not asked. Run
with a sandbox named in the environment (see ``grounds``), this module prints one line a question: yes, no or not asked,
the day, and what the site said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from ml_connector.acumatica.erp import AcumaticaErp
from ml_connector.acumatica.filters import any_of, contains, encode_query, quote_text, starts_with
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError
from tests.conformance.grounds import on_the_sandbox

Ask = Callable[[ApiClient], str]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is not established; ``ask`` gives what the site said, None where it would do more than read."""

    number: str
    what: str
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one question: ``yes`` it was answered, ``no`` it was refused, ``not asked``."""

    question: Question
    verdict: str
    day: str
    answer: str

    def render(self) -> str:
        """The line of the report."""
        return f"{self.question.number:<4} {self.verdict:<10} {self.day}  {self.question.what}: {self.answer}".rstrip(
            ": "
        )


def rows_of(path: str, **options: str) -> Ask:
    """Asks a list of one row and tells how it came."""

    def ask(client: ApiClient) -> str:
        query = encode_query({f"${name}": value for name, value in {"top": "1", **options}.items()})
        body = client.read(path, query)
        if not isinstance(body, list):
            return f"a {type(body).__name__} came"
        filled = (name for row in body for name, value in row.items() if value and isinstance(value, list))
        parts = set(filled)
        return f"{len(body)} rows, parts with content: {', '.join(sorted(parts)) or 'none'}"

    return ask


def missing_key(client: ApiClient) -> str:
    """How a record that is not there is told."""
    try:
        client.read(f"Vendor/{quote('NOSUCHVEN')}")
    except ReadFault as fault:
        return f"status {fault.status} {fault.fault.type}"
    return "an answer came"


def unknown_version(client: ApiClient) -> str:
    """How a version that is not there is told."""
    client.read_from("entity/Default/99.200.001/Vendor", "$top=1")
    return "an answer came"


def longest_filter(client: ApiClient) -> str:
    """The longest filter that is answered, in encoded characters."""
    answered = 0
    for clauses in (10, 30, 60, 100, 200):
        text = any_of([f"VendorRef eq {quote_text(f'NOSUCH{number:04d}')}" for number in range(clauses)])
        query = encode_query({"$filter": text, "$select": "ReferenceNbr"})
        try:
            client.read("Bill", query)
        except ConnectorError:
            break
        answered = len(query)
    return f"{answered} characters are answered"


_BY_MARK = starts_with("Description", "SXNOSUCHMARKER")
_SINCE = "LastModifiedDateTime gt datetimeoffset'2020-01-01T00:00:00.000"
QUESTIONS = (
    Question("1", "token and revocation"),
    Question("2", "more sign-ins than seats"),
    Question("3", "duplicate VendorRef, same type, then a Debit Adj."),
    Question("4", "the pair of 412"),
    Question("5", "a key that is not there", missing_key),
    Question("6", "an endpoint version that is not there", unknown_version),
    Question("7", "poll of a release that fails"),
    Question("8", "list of Bill with Applications", rows_of("Bill", expand="Applications")),
    Question("9", "list of Check with History", rows_of("Check", expand="History")),
    Question("10", "list of PurchaseOrder filtered by VendorID", rows_of("PurchaseOrder", filter="VendorID gt ''")),
    Question("11a", "LastModifiedDateTime with +00:00", rows_of("Bill", filter=f"{_SINCE}+00:00'")),
    Question("11b", "LastModifiedDateTime with -05:00", rows_of("Bill", filter=f"{_SINCE}-05:00'")),
    Question(
        "12",
        "billed quantity of an order line by $custom",
        rows_of("PurchaseOrder", expand="Details", custom="Details/Transactions.BilledQty"),
    ),
    Question("13", "a bill line on a closed order line"),
    Question("14", "a bill line on a subcontract line with retainage"),
    Question("E1", "Hold by PUT, also with approvals; release from each status"),
    Question("E2a", "filter startswith(Description)", rows_of("Bill", filter=_BY_MARK)),
    Question("E2b", "filter substringof(Description)", rows_of("Bill", filter=contains("Description", "SXNOSUCH"))),
    Question("E2c", "both with or", rows_of("Bill", filter=any_of([_BY_MARK, "ReferenceNbr gt ''"]))),
    Question("E2d", "longest filter", longest_filter),
    Question("E2e", "list of Bill with Details", rows_of("Bill", expand="Details")),
    Question("E3", "duplicate switch on: status, body, parallel PUTs"),
    Question("E4", "an id of our own in a PUT"),
    Question("E5", "disconnect after 1, 60, 299 seconds: does it commit"),
    Question("E6", "lag from write to read"),
    Question("E7", "form of 429, headers, time in the queue"),
    Question("E8", "comparison of VendorRef: case, trailing blanks, full-width"),
    Question("E9", "does If-None-Match: * ever refuse with automatic numbering"),
    Question("E10", "what an application recycle does to a running PUT"),
)


def ask_all(erp: AcumaticaErp) -> Iterator[Told]:
    """Every question in order; nothing is raised, a refusal is an answer."""
    day = f"{SystemClock().now():%Y-%m-%d}"
    for question in QUESTIONS:
        if question.ask is None:
            yield Told(question, "not asked", day, "it would do more than read")
            continue
        try:
            yield Told(question, "yes", day, question.ask(erp._client))
        except ReadFault as fault:
            yield Told(question, "no", day, f"status {fault.status} {fault.fault.type or fault.message}")
        except ConnectorError as error:
            yield Told(question, "no", day, f"{error.code} {error.message}")


if __name__ == "__main__":
    with on_the_sandbox() as opened:
        for told in ask_all(opened):
            print(told.render(), flush=True)
