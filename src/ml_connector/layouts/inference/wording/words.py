"""The words that headings and elements are made of, in several languages, each as the notion it stands for.

A dictionary and how a heading falls into its words. Nothing here knows of members or values.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Notion: words, without accents, in small letters.
_DICTIONARY = {
    "vendor": "vendor vend vendors supplier suppliers supp payee creditor lieferant lieferanten lief kreditor"
    " kreditoren fournisseur fourn proveedor prov fornitore leverancier fornecedor leverandor leverantor"
    " toimittaja dostawca crediteur"
    " acreedor",
    "invoice": "invoice invoices inv bill bills rechnung rechnungs rech faktura fakturen facture factures factura"
    " fattura factuur fatura",
    "document": "document documents doc docs beleg belege belegs voucher vouchers documento documenti documentos",
    "number": "number num no nr nbr nummer numero nro n numer",
    "id": "id ids identifier key pk guid uuid kennung identifiant clave uid",
    "code": "code cd codes kode codigo codice kurzel",
    "name": "name names nom nome naam navn namn nombre nombres",
    "date": "date dates dated datum fecha data dato dt dte",
    "due": "due fallig falligkeit falligkeits faellig faelligkeit faelligkeits vencimiento vence echeance ech"
    " scadenza"
    " verval vencimento forfall forfalls forfald forfalds forfallo zahlbar payable",
    "amount": "amount amounts amt betrag betrage montant importe monto importo bedrag valor belop belob belopp"
    " value wert mnt kwota",
    "total": "total totals totale gesamt brutto gross summe summa sum ttc totaal grand tot endbetrag",
    "net": "net netto nett ht excl subtotal",
    "line": "line lines lin ln row rows zeile zeilen position positionen pos ligne lignes linea riga regel"
    " linje rad linha"
    " detail details entry",
    "account": "account accounts acct acc gl ledger konto sachkonto kto compte cuenta conto rekening conta"
    " grootboek grootboekrekening cta expense",
    "sub": "sub subaccount subacct subacc unterkonto souscompte subcuenta sottoconto subconta",
    "branch": "branch branches br entity niederlassung filiale zweigstelle succursale agence sucursal vestiging filial",
    "project": "project projects proj job projekt projet proyecto progetto projeto prosjekt chantier baustelle",
    "task": "task tasks aufgabe phase tache tarea attivita teilprojekt",
    "cost": "cost kosten cout coste costo kost",
    "item": "item items inventory article artikel articulo articolo sku product produkt part",
    "quantity": "qty quantity menge quantite cantidad cant quantita aantal quantidade antal antall qte qt",
    "unit": "unit units uom einheit unite unidad unita eenheid enhed einzel stuck unitaire unitario",
    "price": "price prc preis prix precio prezzo prijs preco pris",
    "tax": "tax taxes vat gst mwst ust steuer tva iva btw moms mva impuesto taxe imposta umsatzsteuer mehrwertsteuer",
    "taxable": "taxable base basis bemessungsgrundlage",
    "category": "category categories kategorie categorie categoria class",
    "currency": "currency cur curr ccy wahrung waehrung devise moneda valuta monnaie moeda divisa",
    "terms": "terms term conditions bedingungen bedingung zahlungsziel condiciones condizioni termijn",
    "description": "description desc descr dsc text txt tekst beskrivning opis beschreibung bezeichnung libelle"
    " designation descripcion"
    " descrizione omschrijving descricao beskrivelse buchungstext particulars",
    "memo": "memo note notes comment comments remark remarks bemerkung kommentar anmerkung notiz commentaire"
    " comentario opmerking observaciones",
    "kind": "type kind typ art tipo soort",
    "status": "status state estado statut stato",
    "period": "period periode periodo periods",
    "post": "post posting posted buchung buchungs fiscal booking booked",
    "po": "po purchase bestell bestellung bestellungs commande pedido ordine",
    "order": "order orders auftrag auftrags",
    "receipt": "receipt receipts rcpt grn wareneingang wareneingangs reception recibo",
    "link": "link url href lien enlace",
    "approved": "approved approver approval genehmigt freigegeben approuve aprobado approvato goedgekeurd",
    "by": "by von par por door",
    "at": "at on am le",
    "to": "to",
    "retainage": "retainage retention einbehalt retenue retencion",
    "percent": "percent pct prozent percentage",
    "rate": "rate satz taux tasa",
    "location": "location loc",
    "payment": "payment payments pay pmt zahlung zahlungs paiement pago pagamento betaling betalings paid",
    "method": "method methode metodo",
    "reference": "reference ref referenz referencia riferimento trace",
    "reason": "reason grund motif motivo",
    "applied": "applied applies apply application angewendet applique aplicado ausgeglichen",
    "void": "void voided storno",
    "discount": "discount rabatt skonto remise descuento sconto korting",
    "credit": "credit haben",
    "debit": "debit soll debe",
    "file": "file files attachment attachments anhang datei fichier pdf image archivo bestand scan",
    "media": "media mime",
    "content": "content",
    "record": "record records",
    "count": "count anzahl nombrede",
    "batch": "batch control stapel lot kontroll",
    "serial": "serial seq sequence run lfd laufende",
    "extended": "ext extended",
    "stampli": "stampli",
    "external": "external extern externe",
    "company": "company firma societe mandant buchungskreis tenant",
    "cash": "cash bank",
    "previous": "previous previously prior",
    "billed": "billed",
    "allocation": "allocation allocations alloc split splits distribution aufteilung verteilung kontierung"
    " ventilation"
    " share shares coding",
    "header": "header head kopf hdr entete",
    "cents": "cents cent pence centimes minor",
    "original": "original orig",
    "export": "export exported exportiert",
    "erp": "erp acumatica",
    "changed": "changed modified last",
    "ordered": "ordered",
    "received": "received",
    "open": "open unbilled remaining",
}
_NOTIONS = {word: notion for notion, words in _DICTIONARY.items() for word in words.split()}
_SILENT = frozenset(
    [
        "of",
        "the",
        "der",
        "die",
        "das",
        "de",
        "du",
        "la",
        "le",
        "des",
        "del",
        "di",
        "el",
        "per",
        "fur",
        "for",
        "and",
        "und",
        "et",
        "y",
        "e",
        "s",
        "en",
        "van",
        "l",
        "d",
        "a",
    ]
)
_LINKERS = ("", "s", "n", "en", "es")
_SHORTEST_IN_COMPOUND = 3
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|#|%")
_ACCENTS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "№": "#", "º": "o", "°": "o"})


@cache
def notions_of(label: str) -> tuple[frozenset[str], int]:
    """The notions a heading names, and how many of its words stand for none that is known."""
    text = unicodedata.normalize("NFKD", label.translate(_ACCENTS))
    text = "".join(each for each in text if not unicodedata.combining(each))
    found: set[str] = set()
    unknown = 0
    for piece in _PIECES.findall(text):
        word = piece.lower()
        if piece == "#":
            found.add("number")
        elif piece == "%":
            found.add("percent")
        elif word in _NOTIONS:
            found.add(_NOTIONS[word])
        elif word not in _SILENT and not word.isdigit():
            parts = _compound(word)
            found.update(parts)
            unknown += not parts
    if unknown and (whole := _compound("".join(_PIECES.findall(text)).lower())):
        # Capitals in odd places: gLCode, pONumber.
        return frozenset(whole), 0
    return frozenset(found), unknown


@cache
def _compound(word: str) -> tuple[str, ...]:
    """The notions of a word made of several, such as ``rechnungsnummer`` or ``vendorid``; empty where it is not."""
    if word in _NOTIONS:
        return (_NOTIONS[word],)
    for end in range(len(word) - 1, 1, -1):
        head = word[:end]
        if head not in _NOTIONS or len(head) < _SHORTEST_IN_COMPOUND - (head in ("po", "gl", "id")):
            continue
        for linker in _LINKERS:
            rest = word[end:]
            if rest.startswith(linker) and (tail := _compound(rest[len(linker) :])):
                return (_NOTIONS[head], *tail)
    return ()
