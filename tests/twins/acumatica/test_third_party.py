"""A client nobody here wrote works against the twin: easy-acumatica 0.6 (issue 3, "It is done when").

It signs in by cookie, reads the endpoint list and the OpenAPI document, builds its services from that, and signs out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from easy_acumatica import AcumaticaClient
from easy_acumatica.exceptions import AcumaticaError
from easy_acumatica.odata import QueryOptions

from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica


@contextmanager
def _client(twin: RunningTwin, folder: Path) -> Iterator[Any]:
    client = AcumaticaClient(
        base_url=twin.url,
        username=twin.options.username,
        password=twin.options.password,
        tenant=twin.options.tenants[0],
        cache_dir=folder,
        auto_load_env=False,
        rate_limit_calls_per_second=1000.0,
    )
    try:
        yield client
    finally:
        client.close()


def test_it_signs_in_reads_the_schema_lists_vendors_and_creates_a_bill(tmp_path: Path) -> None:
    with running_acumatica() as twin:
        with _client(twin, tmp_path) as client:
            version = client.endpoint_version
            fields = set(client.get_model_info("Bill")["fields"])
            vendors = client.vendor.get_list(options=QueryOptions(select=["VendorID", "VendorName"]))
            models = client.models
            bill = models.Bill(
                Type="Bill",
                Vendor="V10005",
                VendorRef="EASY-1",
                Date="2026-10-05",
                PostPeriod="102026",
                Amount=120.5,
                Details=[
                    models.BillDetail(
                        TransactionDescription="Water",
                        Account="61000",
                        Subaccount="0110000",
                        Branch="MAIN",
                        Project="X",
                        Qty=1,
                        UnitCost=120.5,
                    )
                ],
            )
            made = client.bill.put_entity(bill, options=QueryOptions(expand=["Details"]))
            read = client.bill.get_by_keys(Type="Bill", ReferenceNbr=made["ReferenceNbr"]["value"])
            seats = twin.control.call("GET", "sessions")["open"]
        left = twin.control.call("GET", "sessions")["open"]
        booked = [(b["VendorRef"], b["Balance"], b["Status"]) for b in twin.control.bills()]
    assert version == "24.200.001"
    assert {"Vendor", "VendorRef", "Details", "TaxDetails", "IsTaxValid"} <= fields
    assert {"V10001", "V10005"} <= {row["VendorID"]["value"] for row in vendors}
    assert (read["id"], read["Status"]["value"]) == (made["id"], "On Hold")
    assert booked == [("EASY-1", "120.50", "On Hold")]
    assert (seats, left) == (1, 0)


def test_it_is_told_of_a_refusal(tmp_path: Path) -> None:
    """5.3: 422 with the entity: an error of its own kind, and nothing is booked."""
    with running_acumatica() as twin:
        with _client(twin, tmp_path) as client, pytest.raises(AcumaticaError):
            client.bill.put_entity({"Type": {"value": "Bill"}, "Vendor": {"value": "NOBODY"}})
        booked = twin.control.bills()
    assert booked == []
