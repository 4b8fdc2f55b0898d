"""The words files use for kinds of documents and of lines, in several languages, each with the kind it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.layout import Place

_DOCUMENTS = {
    "invoice": "invoice inv bill vendorinvoice standardinvoice rechnung re rg faktura facture fac factura fattura"
    " factuur fatura i",
    "credit_memo": "creditmemo credit creditnote crm cm cn crn cr vendorcredit debitadj debitadjustment gutschrift gs"
    " avoir notadecredito abono notadicredito creditnota kreditnota kreditfaktura c",
    "prepayment": "prepayment prepay prepaid ppm pp anzahlung vorauszahlung acompte anticipo aanbetaling",
}
_LINES = {
    "expense": "e exp expense gl account g aufwand charge depense gasto",
    "item": "p i po item inventory stock poline product material artikel article articulo",
    "tax": "t tax vat gst salestax mwst ust steuer tva iva btw moms",
    "freight": "f freight fr shipping fracht versand porto",
    "discount": "d disc discount rabatt skonto remise descuento sconto korting",
}


def _by_word(table: Mapping[str, str]) -> Mapping[str, str]:
    return {word: kind for kind, words in table.items() for word in words.split()}


_MEANT: Mapping[Place, Mapping[str, str]] = {"document": _by_word(_DOCUMENTS), "lines": _by_word(_LINES)}
DOCUMENT_KINDS, LINE_KINDS = tuple(_DOCUMENTS), tuple(_LINES)


def known_kinds(place: Place, cells: Sequence[str]) -> float | None:
    """How many of the cells are words of kinds of that place (as a weight), None where none or hardly any is."""
    meant = _MEANT.get(place)
    if meant is None:
        return None
    words = {loose_word(each) for each in cells}
    known = sum(each in meant for each in words) / len(words) if words else 0.0
    long = any(len(each) > 1 for each in words)
    return (2.0 if long else 1.0) + known if known >= 0.5 else None


def kind_of(place: Place, word: str) -> str | None:
    """The kind a word means, None where it is not known."""
    return _MEANT["document" if place == "document" else "lines"].get(loose_word(word))


def usual_words(place: Place) -> Mapping[str, str]:
    """The words of the standard layouts for the kinds of documents; other places have none."""
    if place != "document":
        return {}
    return {"Invoice": "invoice", "Credit Memo": "credit_memo", "Prepayment": "prepayment"}
