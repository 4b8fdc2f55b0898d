"""A layout is data; whatever is wrong with it is told with the key it is about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.layout import Column, CsvDialect, FeedLayout, Layout, NumberLimits
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import SHIPPED_NAMES, example_names, load_shipped_layout

TEXT = """
name = "plain"
version = 2
format = "csv"
[csv]
encoding = "utf-8"
delimiter = ";"
field_characters_max = 100
[numbers]
amount_decimals_max = 2
quantity_decimals_max = 3
[feeds.approved_invoices]
direction = "in"
document = "approved_invoice"
noun = "bill"
label = ["Nr"]
group_by = [["Nr"]]
line_key = ["Pos"]
columns = [
    { name = "Nr", member = "invoice_number", type = "code", required = "value" },
    { name = "Art", member = "kind", type = "word", words = { "Rechnung" = "invoice", "Gutschrift" = "credit_memo" } },
    { name = "Datum", member = "invoice_date", type = "day", required = "value" },
    { name = "Summe", member = "total", type = "amount", required = "value" },
    { name = "Pos", member = "line_number", type = "whole", place = "lines" },
    { name = "Betrag", member = "amount", type = "amount", place = "lines", required = "value" },
    { name = "Ort", member = "location", type = "text", required = "column" },
]
[feeds.codes]
direction = "out"
document = "row"
noun = "code"
columns = [{ name = "Code", member = "code", type = "text" }]
"""


def test_a_text_becomes_the_layout_it_says() -> None:
    words = {"Rechnung": "invoice", "Gutschrift": "credit_memo"}
    invoices = FeedLayout(
        "approved_invoices",
        "in",
        "approved_invoice",
        "bill",
        (
            Column("Nr", "invoice_number", "code", required="value"),
            Column("Art", "kind", "word", words=words),
            Column("Datum", "invoice_date", "day", required="value"),
            Column("Summe", "total", "amount", required="value"),
            Column("Pos", "line_number", "whole", place="lines"),
            Column("Betrag", "amount", "amount", place="lines", required="value"),
            Column("Ort", "location", "text", required="column"),
        ),
        ("Nr",),
        (("Nr",),),
        ("Pos",),
    )
    codes = FeedLayout("codes", "out", "row", "code", (Column("Code", "code", "text"),))

    assert parse_layout(TEXT, "plain.toml") == Layout(
        "plain",
        2,
        {"approved_invoices": invoices, "codes": codes},
        CsvDialect(";", 100),
        NumberLimits(2, 3),
    )


def test_a_layout_of_ones_own_reads_by_its_own_delimiter_words_and_limits() -> None:
    layout = parse_layout(TEXT, "plain.toml")
    content = (
        b"Art;Nr;Datum;Summe;Betrag;Ort\r\nGutschrift;7;2026-01-02;-1.50;-1.50;\r\nRechnung;8;2026-01-02;1.555;1;\r\n"
    )
    found = read_document_file(layout, "approved_invoices", name="x.csv", content=content)

    assert [(each.values["kind"], each.values["total"]) for each in found.documents] == [
        ("credit_memo", Decimal("1.50"))
    ]
    assert [each.message for each in found.problems] == [
        "Row 3: Summe '1.555' has 3 decimals, at most 2 are allowed. Bill 8 is left out."
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        (
            "version = 2",
            "version = ",
            "layout.not_toml",
            "Layout plain.toml: this is no TOML: Invalid value (at line 3",
        ),
        ("version = 2", "", "layout.missing_key", "version is missing."),
        ("version = 2", "version = true", "layout.wrong_value", "version must be a whole number from 1 to 1000000"),
        ('name = "plain"', "name = 1", "layout.wrong_value", "name must be a text in quotes, not 1."),
        ('format = "csv"', 'format = "xls"', "layout.wrong_value", "format must be one of 'csv', 'xml', not 'xls'"),
        ("[csv]", "[csv]\nquotes = 1", "layout.unknown_key", "csv.quotes is not known."),
        ("[csv]", "[csv]\nquote = 1", "layout.wrong_value", "csv.quote must be a text in quotes, not 1."),
        (
            'delimiter = ";"',
            "delimiter = '\"'",
            "layout.wrong_value",
            "csv.delimiter must be one or more characters, no quote and no line end",
        ),
        ("[numbers]\namount", "[numbers]\nx = 1\namount", "layout.unknown_key", "numbers.x is not known."),
        ('direction = "in"', 'direction = "inn"', "layout.wrong_value", "'in', 'out', not 'inn'; 'in' is near."),
        ('group_by = [["Nr"]]\n', "", "layout.missing_key", "feeds.approved_invoices.group_by is missing."),
        ('group_by = [["Nr"]]', "group_by = []", "layout.wrong_value", "must be a list of lists of texts, not []."),
        ('group_by = [["Nr"]]', "group_by = [[1]]", "layout.wrong_value", "group_by[0] must be a list of texts"),
        ('[["Nr"]]', '[["Nummer"]]', "layout.wrong_value", "column 'Nummer', which is not listed; 'Summe' is near."),
        ('label = ["Nr"]', 'label = ["N"]', "layout.wrong_value", "label names the column 'N', which is not listed"),
        ('type = "whole"', 'type = "int"', "layout.wrong_value", "columns[4].type must be one of 'text', 'code'"),
        ('member = "total"', 'member = "totl"', "layout.wrong_value", "columns[3].member must be one of 'external_id'"),
        (
            'member = "code"',
            'member = "Code"',
            "layout.wrong_value",
            "must be a name in small letters such as vendor_id",
        ),
        ('place = "lines"', 'place = "applications"', "layout.wrong_value", "must be one of 'document', 'lines'"),
        ('= "credit_memo"', '= "credit"', "layout.wrong_value", "columns[1].words.Gutschrift must be one of 'invoice'"),
        (
            '"amount", place = "lines", required = "value"',
            '"amount", place = "lines"',
            "layout.wrong_value",
            "columns has none that fills 'amount' of lines with required = \"value\".",
        ),
        ('"total"', '"kind"', "layout.wrong_value", "columns fills 'kind' of document twice."),
        ("columns = [{", "columns = [] #", "layout.wrong_value", "feeds.codes.columns must be a list of tables."),
        ("[numbers]", "[numbers.x]\n[number]", "layout.unknown_key", "numbers.x is not known."),
        ("[feeds.codes]", "[[feeds.codes]]", "layout.wrong_value", "feeds.codes must be a table"),
        ('noun = "code"', 'noun = "code"\nsort = 1', "layout.unknown_key", "feeds.codes.sort is not known."),
        ('type = "text" }', 'type = "text", x = 1 }', "layout.unknown_key", "feeds.codes.columns[0].x is not known."),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, code: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError) as raised:
        parse_layout(TEXT.replace(old, new, 1), "plain.toml")

    assert (raised.value.code, raised.value.at) == (code, "settings")
    assert raised.value.message.startswith("Layout plain.toml: ")
    assert message in raised.value.message
    assert raised.value.fix


def test_an_unknown_key_is_answered_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_layout("verison = 1\n" + TEXT, "plain.toml")

    assert raised.value.message == "Layout plain.toml: verison is not known."
    assert raised.value.fix == "Did you mean 'version'? Otherwise take it out."


def test_a_layout_without_a_feed_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="feeds holds no feed"):
        parse_layout(TEXT.split("[feeds.approved_invoices]", maxsplit=1)[0] + "[feeds]\n", "plain.toml")


def test_every_shipped_layout_loads_under_its_own_name() -> None:
    names = (*SHIPPED_NAMES, *example_names())

    assert [load_shipped_layout(name).name for name in names] == list(names)


@pytest.mark.parametrize("name", ["standard-json", "../standard-csv", ""])
def test_a_layout_that_is_not_shipped_is_not_looked_for(name: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_shipped_layout(name)

    assert (raised.value.code, raised.value.message) == (
        "layout.unknown_name",
        f"No layout named {name!r} comes with the product.",
    )
