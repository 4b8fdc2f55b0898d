"""The OpenAPI document of each endpoint version: acumatica_api.md 1 and 13.2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ml_connector_twins.acumatica.contract import VERSIONS, contracts
from ml_connector_twins.acumatica.instance import SiteOptions
from tests.twins.acumatica.wire import Erp, signed_in


def _document(version: str) -> Any:
    options = SiteOptions(virtual_directory="/Erp")
    with signed_in({"versions": list(VERSIONS)}, options) as erp:
        reply = Erp(erp.twin, version, erp.headers).get("swagger.json")
    assert reply.status == 200
    return reply.json


def _refs(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        yield from (value for key, value in content.items() if key == "$ref")
        for value in content.values():
            yield from _refs(value)
    elif isinstance(content, list):
        for value in content:
            yield from _refs(value)


def _at(document: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("#/").split("/"):
        document = document[part]
    return document


@pytest.mark.parametrize("version", VERSIONS)
def test_the_document_names_exactly_the_fields_of_its_version_and_every_pointer_leads_somewhere(version: str) -> None:
    """1: Swagger 2.0 in the 22 and 23 dumps, OpenAPI 3.0 from 24 on."""
    document = _document(version)
    is_new = version >= "24.200.001"
    definitions = document["components"]["schemas"] if is_new else document["definitions"]
    for name, entity in contracts()[version].types.items():
        fields = set(definitions[name]["allOf"][1]["properties"])
        assert fields == set(entity.values) | set(entity.linked) | set(entity.collections), name
    assert {pointer for pointer in _refs(document) if not _at(document, pointer)} == set()
    assert (document.get("openapi"), document.get("swagger")) == (("3.0.1", None) if is_new else (None, "2.0"))
    assert document["info"] == {"title": f"Default/{version}", "version": "4"}


def test_the_root_is_absolute_with_the_virtual_directory() -> None:
    """1."""
    new, old = _document("24.200.001"), _document("23.200.001")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/Erp/entity/Default/24\.200\.001", new["servers"][0]["url"])
    assert (old["basePath"], old["schemes"]) == ("/Erp/entity/Default/23.200.001", ["http"])
    assert old["host"].startswith("127.0.0.1:")


def test_every_operation_of_a_bill_is_there_with_its_answers() -> None:
    """1, 5.3, 5.4: methods as in the official dumps, which know no PATCH."""
    document = _document("24.200.001")
    found = {
        (path, method): (operation["operationId"], sorted(operation["responses"]))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.split("/")[1] == "Bill"
    }
    action = ["202", "204", "400", "401", "412", "422", "500"]
    assert found == {
        ("/Bill", "get"): ("Bill_GetList", ["200", "401", "500"]),
        ("/Bill", "put"): ("Bill_PutEntity", ["200", "400", "401", "412", "422", "500"]),
        ("/Bill/$adHocSchema", "get"): ("Bill_GetAdHocSchema", ["200", "401", "500"]),
        ("/Bill/{ids}", "get"): ("Bill_GetByKeys", ["200", "401", "500"]),
        ("/Bill/{ids}", "delete"): ("Bill_DeleteByKeys", ["204", "401", "500"]),
        ("/Bill/{ids}/files/{filename}", "put"): ("Bill_PutFile", ["204", "401", "500"]),
        ("/Bill/{id}", "get"): ("Bill_GetById", ["200", "401", "500"]),
        ("/Bill/{id}", "delete"): ("Bill_DeleteById", ["204", "401", "500"]),
        ("/Bill/ReleaseBill", "post"): ("Bill_InvokeAction_ReleaseBill", action),
        ("/Bill/ReleaseRetainage", "post"): ("Bill_InvokeAction_ReleaseRetainage", action),
        ("/Bill/ReverseBill", "post"): ("Bill_InvokeAction_ReverseBill", action),
        ("/Bill/{actionName}", "post"): ("Bill_InvokeAction_CustomAction", action),
    }


def test_an_action_says_what_it_must_be_given() -> None:
    """5.4: ReleaseRetainage takes AmtToRelease, Date, PostPeriod."""
    schemas = _document("24.200.001")["components"]["schemas"]
    assert schemas["ReleaseBill"]["required"] == ["entity"]
    assert schemas["ReleaseRetainage"]["required"] == ["entity", "parameters"]
    assert sorted(schemas["ReleaseRetainage"]["properties"]["parameters"]["properties"]) == [
        "AmtToRelease",
        "Date",
        "PostPeriod",
    ]
