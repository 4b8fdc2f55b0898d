"""The ``$metadata`` documents of the two OData interfaces: CSDL of what this twin serves (``acumatica_api.md`` 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from ml_connector_twins.acumatica.web.calls import Answer
from ml_connector_twins.acumatica.web.odata.dacs import DACS
from ml_connector_twins.acumatica.web.odata.inquiries import Inquiry

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def _type(name: str, fields: Mapping[str, str], keys: Iterable[str]) -> str:
    refs = "".join(f"<PropertyRef Name={quoteattr(key)}/>" for key in keys)
    properties = "".join(f"<Property Name={quoteattr(n)} Type={quoteattr(kind)}/>" for n, kind in fields.items())
    return f"<EntityType Name={quoteattr(name)}><Key>{refs}</Key>{properties}</EntityType>"


def _document(schemas: str) -> Answer:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="{_EDMX}">'
        f"<edmx:DataServices>{schemas}</edmx:DataServices></edmx:Edmx>"
    )
    return Answer(200, text.encode(), (("content-type", "application/xml"),))


def dac_metadata() -> Answer:
    """One schema a namespace; the container declares the full and the short name of each class."""
    schemas, sets = "", ""
    for dac in DACS:
        namespace, _, name = dac.name.rpartition(".")
        kind = quoteattr(dac.name)
        schemas += f'<Schema Namespace="{namespace}" xmlns="{_EDM}">{_type(name, dac.fields, dac.keys)}</Schema>'
        for alias in (dac.entity_set, dac.short):
            sets += f"<EntitySet Name={quoteattr(alias)} EntityType={kind}/>"
    container = f'<EntityContainer Name="Container">{sets}</EntityContainer>'
    return _document(f'{schemas}<Schema Namespace="Default" xmlns="{_EDM}">{container}</Schema>')


def inquiry_metadata(exposed: Sequence[Inquiry]) -> Answer:
    """An entity set an inquiry, and a function for its parameters."""
    types, sets, functions = "", "", ""
    for inquiry in exposed:
        name = inquiry.title.replace(" ", "")
        keys = [caption for caption, field in inquiry.columns.items() if field in inquiry.source.keys]
        types += _type(name, inquiry.fields, keys)
        sets += f"<EntitySet Name={quoteattr(inquiry.title)} EntityType={quoteattr(f'GenericInquiry.{name}')}/>"
        if inquiry.parameters:
            called = quoteattr(f"{name}_WithParameters")
            given = "".join(f'<Parameter Name={quoteattr(p)} Type="Edm.String"/>' for p in inquiry.parameters)
            functions += f"<Function Name={called}>{given}</Function>"
            sets += f"<FunctionImport Name={called} Function={quoteattr(f'GenericInquiry.{name}_WithParameters')}/>"
    container = f'<EntityContainer Name="Default">{sets}</EntityContainer>'
    return _document(f'<Schema Namespace="GenericInquiry" xmlns="{_EDM}">{types}{functions}{container}</Schema>')
