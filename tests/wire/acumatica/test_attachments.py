"""Files on a bill: the list, the link, one PUT a file (acumatica_api.md 4.1, 5.5)."""

from __future__ import annotations

import httpx2
import pytest

from ml_connector.domain.values.bill import BillFiles, BillKey
from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError, TransientError, UncertainError
from tests.wire.acumatica.bill_samples import BILL_ID, KEY, a_plan, a_record
from tests.wire.acumatica.stub import ROOT, Opened, Scripted, failed, opened, page, said
from tests.wire.acumatica.test_outcomes import SAFE, errors_of_the_library
from tests.wire.acumatica.twin import OpenTwin

PDF = b"%PDF-1.7\x00\xff"
VIEW = f"{ROOT}/files/PX.Objects.AP.APInvoiceEntry/Document/{BILL_ID}"
LINK = f"{VIEW}/{{filename}}"
NAME = "INV 8841 ü#1.pdf"
QUOTED = "INV%208841%20%C3%BC%231.pdf"


def files_of(**members: object) -> BillFiles | None:
    wire = Scripted()
    wire.on("GET", "Bill/Bill/000123", said(200, {**a_record(), "files": [], **members}))
    return opened(wire).erp.fetch_bill_files(KEY)


@pytest.mark.parametrize("link", [LINK, LINK.replace("{filename}", "%7Bfilename%7D")])
def test_a_bill_shows_its_files_and_the_link_for_more(link: str) -> None:
    """acumatica_api.md 4.1."""
    listed = [
        {"id": "x", "filename": "Bills and Adjustments (Bill, 000123)\\scan.pdf", "href": "/x", "comment": ""},
        {"id": "y", "filename": "plain.pdf"},
        {"id": "z"},
    ]

    assert files_of(files=listed, _links={"files:put": link}) == BillFiles(("scan.pdf", "plain.pdf"), link)


def test_an_older_build_shows_no_link() -> None:
    assert files_of() == BillFiles((), None)


def test_a_bill_that_is_gone_has_no_files() -> None:
    wire = Scripted()
    wire.on(
        "GET", "Bill/Bill/000123", failed("No entity", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException")
    )

    assert opened(wire).erp.fetch_bill_files(KEY) is None


def put(link: str | None, *answers: httpx2.Response | Exception, path: str = f"{VIEW}/{QUOTED}") -> Opened:
    wire = Scripted()
    wire.on("PUT", path, *(answers or [said(204, headers={"location": "/x"})]))
    case = opened(wire)
    case.erp.attach_file(KEY, BillFiles((), link), NAME, PDF)
    return case


@pytest.mark.parametrize("link", [LINK, f"http://127.0.0.1:8081{LINK}", LINK.replace("{filename}", "%7Bfilename%7D")])
def test_the_bytes_go_as_they_are_to_the_link_with_the_name_encoded(link: str) -> None:
    """acumatica_api.md 5.5."""
    [sent] = put(link).wire.to(f"{VIEW}/{QUOTED}")

    assert (sent.method, sent.content, sent.headers["content-type"]) == ("PUT", PDF, "application/octet-stream")


@pytest.mark.parametrize("link", [None, f"https://elsewhere.example.com{LINK}", f"//elsewhere{LINK}"])
def test_without_a_link_of_our_own_host_the_bills_key_is_the_address(link: str | None) -> None:
    """acumatica_api.md 5.5."""
    path = f"{ROOT}/Bill/Bill/000123/files/{QUOTED}"

    assert [sent.path for sent in put(link, path=path).wire.sent if sent.method == "PUT"] == [path]


@pytest.mark.parametrize(
    ("answer", "family", "code"),
    [
        (said(401, {}), TransientError, "acumatica.signed_out"),
        (said(429, "slow"), TransientError, "acumatica.limited"),
        (said(403, {"message": "no"}), ConfigurationError, "acumatica.forbidden"),
        (said(422, {"error": "The file type is not allowed."}), RejectedError, "acumatica.refused"),
        (failed("The file type is not allowed."), RejectedError, "acumatica.refused"),
        (said(202, headers={"location": "/x"}), UncertainError, "acumatica.unclear"),
        (said(404), UncertainError, "acumatica.unclear"),
        (said(413, "too large"), UncertainError, "acumatica.unclear"),
        (said(500, "x"), UncertainError, "acumatica.unclear"),
        (page(200), UncertainError, "acumatica.unclear"),
        (page(302), UncertainError, "acumatica.unclear"),
    ],
)
def test_each_answer_is_refused_not_done_or_uncertain(
    answer: httpx2.Response, family: type[ConnectorError], code: str
) -> None:
    with pytest.raises(ConnectorError) as raised:
        put(LINK, answer)

    assert (isinstance(raised.value, family), raised.value.code) == (True, code)


@pytest.mark.parametrize("error", list(errors_of_the_library()), ids=lambda error: type(error).__name__)
def test_every_exception_of_the_library_is_not_sent_or_uncertain_and_nothing_is_repeated(error: Exception) -> None:
    wire = Scripted()
    wire.on("PUT", f"{VIEW}/{QUOTED}", error)
    case = opened(wire)
    with pytest.raises(ConnectorError) as raised:
        case.erp.attach_file(KEY, BillFiles((), LINK), NAME, PDF)

    assert type(raised.value) is (TransientError if type(error).__name__ in SAFE else UncertainError)
    assert len(wire.to(f"{VIEW}/{QUOTED}")) == 1


@pytest.mark.parametrize("links", [True, False])
def test_on_the_twin_a_file_is_put_listed_and_read_back_as_it_was(twin: OpenTwin, links: bool) -> None:
    """acumatica_api.md 5.5."""
    case = twin()
    case.control.turn(links="yes" if links else "no")
    made = case.erp.create_bill(a_plan())
    before = case.erp.fetch_bill_files(made.key)
    assert before is not None
    assert (before.names, before.address is not None) == ((), links)
    case.erp.attach_file(made.key, before, NAME, PDF)
    after = case.erp.fetch_bill_files(made.key)

    assert after is not None
    assert after.names == (NAME,)


def test_on_the_twin_a_released_bill_takes_a_late_file(twin: OpenTwin) -> None:
    case = twin()
    made = case.erp.create_bill(a_plan())
    case.erp.take_bill_off_hold(made.key)
    case.erp.release_bill(made.key)
    files = case.erp.fetch_bill_files(made.key)
    assert files is not None
    case.erp.attach_file(made.key, files, "late.pdf", PDF)
    shown = case.erp.fetch_bill_files(BillKey(made.key.type, made.key.number))

    assert shown is not None
    assert shown.names == ("late.pdf",)
