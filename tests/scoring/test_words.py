"""Every reason has words in every language, and they ask for the figures it has."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from babel.messages.pofile import read_po

import scoring
from customs.outcome import Finding
from customs.reason import Reason
from features.history.entities import FINDINGS
from features.validation import WARNINGS
from scoring.errors import WordsError
from scoring.figures import FIGURES
from scoring.reasons import CATALOGUE, explain
from scoring.row import Row
from scoring.words import ANY_ORIGIN, LANGUAGES, NOTHING, PERCENT, UNREAD, check_words, render
from tests.scoring.scorers import declaration, scorer

_LOOKED_AT = (
    "declarant_id", "seller_id", "brand", "quantity", "packages", "net_kg", "gross_kg", "freight",
    "insurance", "invoice_amount", "tax_rate_pct", "description",
)  # fmt: skip
_SAID_IN_WORDS = ("may_trade", "may_not_trade")


def _catalogue(language):
    path = Path(scoring.__file__).parent / "locale" / language / "LC_MESSAGES" / "reasons.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _reasons():
    """Every reason there can be."""
    parts = np.ones(len(scorer().recipe.names) + 1)
    return explain(scorer().recipe, parts, *declaration(2), 0, top=99)


def _placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_code_has_words_that_ask_only_for_its_figures(language):
    words = {message.id: message.string for message in _catalogue(language) if message.id}
    figures = {reason.code: set(reason.parameters) for reason in _reasons()}
    names = {
        NOTHING,
        UNREAD,
        f"{NOTHING}/preference",
        f"{NOTHING}/past_value",
        ANY_ORIGIN,
        PERCENT,
        *WARNINGS,
        *_LOOKED_AT,
        *_SAID_IN_WORDS,
        *(f"kind/{kind}" for kind in Finding),
        *("kinds/learnt", "kinds/rates", "other_heading"),
        *("hs_edition_superseded/one", "hs_edition_superseded/several"),
    }
    sentences = set(words) - names
    assert {sentence.partition("/")[0] for sentence in sentences} == set(figures)
    for sentence in sentences:
        assert _placeholders(words[sentence]) <= figures[sentence.partition("/")[0]], sentence


def test_both_languages_show_the_same_figures():
    spanish, english = (
        {message.id: _placeholders(message.string) for message in _catalogue(language) if message.id}
        for language in ("es", "en")
    )
    assert spanish == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_of_the_version_that_reasons_carry(language):
    assert _catalogue(language).version == CATALOGUE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_written_whole(language):
    for reason in _reasons():
        sentence = render(reason, language)
        assert sentence.endswith(".")
        assert not {"{", "}", "None", "nan"} & set(sentence.replace(".", " ").split())
        assert "{" not in sentence


def test_numbers_are_written_by_the_habit_of_the_language_and_gaps_in_words():
    figures = {
        "unit_value": 1234.5, "comparables": 12345, "mean": 0.01239, "spread": 1.5, "subheading": "847130",
        "origins": "*", "compared": 31, "window": 30, "quarter": 1000.0, "median": 1500.0,
        "three_quarters": 2000.0, "lower": 33.9, "compared_origins": "CN", "importer_value": 87.5,
        "seller_value": None,
    }  # fmt: skip
    assert (
        "declared 1,234.5; comparable items of subheading 847130 in the last 30 days "
        "(origin: China (CN)): 31, median 1,500, half of them between 1,000 and 2,000, "
        "declared at less than this one: 33.9%; "
        "of all days (origin: any): 12,345,"
    ) in said("unit_value", figures, "en")
    spanish = said("unit_value", figures, "es")
    assert "media geométrica 0.0124, desviación típica de un factor 1.5" in spanish
    assert "origen: cualquiera" in spanish
    assert "mediana 1,500, la mitad de ellos entre 1,000 y 2,000" in spanish
    assert spanish.endswith("del importador: 87.5 %, del proveedor: sin dato.")
    shape = {"items": 2, "share": None}
    assert said("declaration_shape", shape, "en").endswith("share of this one in the declared value no data.")
    assert said("declaration_shape", shape | {"share": 9.5}, "es").endswith("valor declarado 9.5 %.")


def test_fields_and_rules_are_named_in_words_and_so_is_that_there_are_none():
    absent = {"fields": "brand, net_kg", "looked_at": ", ".join(_LOOKED_AT)}
    assert said("missing", absent, "en") == "Completeness: not declared: brand, net mass."
    assert said("missing", absent, "es") == "Integridad: sin declarar: marca, peso neto."
    whole = absent | {"fields": None}
    assert said("missing", whole, "en").startswith(
        "Completeness: all the fields looked at are declared (decl"
    )
    assert said("missing", whole, "es").startswith(
        "Integridad: están declarados todos los campos que se miran"
    )
    assert said("warnings", {"rules": "zero_mass, taxes_differ"}, "es") == (
        "Advertencias de la recepción: un peso es cero, los tributos no son el valor CIF por la tasa."
    )
    assert "none of its checks" in said("warnings", {"rules": None}, "en")


def test_a_record_says_when_nothing_was_inspected_and_when_nobody_is_named():
    served = {"usual": 9.0, "importers": 0, "young": None, "past_value": None}
    nobody = {"known": None, "illicit": None, "rate": None} | served
    assert said("seller_record", nobody, "es") == (
        "Historial del proveedor: no hay, pues no se declara proveedor."
    )
    one = {"known": 1, "illicit": 1, "rate": 100.0, "usual": 9.0, "known_year": 0, "illicit_year": 0}
    one |= dict.fromkeys((f"found_{kind}" for kind in FINDINGS), 0) | {"found_origin": 1}
    assert said("importer_record", one | {"past_value": 87.5, "lately": None}, "es") == (
        "Historial del importador: ítems irregulares: 1 de 1 inspeccionados "
        "(100 %; entre todos los inspeccionados, 9 %); de los resultados de los últimos 365 días: 0 de 0 "
        "(sin dato si los más nuevos pesan más); hallazgos por tipo: valor 0, clasificación 0, origen 1, "
        "cantidad o peso 0, propiedad intelectual 0; "
        "valores unitarios pasados frente a ítems comparables: 87.5 %."
    )
    new = {"known": 0, "illicit": 0, "rate": None} | served
    assert "no item inspected yet (irregular among all inspected items: 9%)" in said(
        "seller_record", new, "en"
    )


def test_a_gap_has_no_unit():
    masses = {"net_kg": 2.5, "gross_kg": None, "quantity": None, "packages": 3}
    assert said("mass", masses, "es") == (
        "Pesos y cantidades: neto 2.5 kg, bruto sin dato, cantidad sin dato, bultos 3."
    )


def test_countries_are_named_and_a_preference_that_is_not_claimed_is_none():
    usual = {"subheading": "847130", "goods_share": 25.0, "departed_share": 20.0, "way_share": None}
    route = {"origin": "US", "departure": "QQ", "preference": None} | usual
    assert said("origin", route, "es") == (
        "Origen y ruta: origen Estados Unidos (US) (el de 25 % de los ítems anteriores de la subpartida "
        "847130 y de 20 % de los de la misma procedencia), procedencia QQ (sin dato de los ítems anteriores "
        "de este origen), preferencia invocada: ninguna."
    )


def said(code, figures, language):
    return render(Reason(code, 0.1, figures, CATALOGUE), language)


@pytest.mark.parametrize(
    ("code", "language", "catalogue"),
    [("unheard", "en", CATALOGUE), ("origin", "qu", CATALOGUE), ("baseline", "en", "0")],
)
def test_what_has_no_words_is_refused_with_a_remedy(code, language, catalogue):
    with pytest.raises(WordsError) as refused:
        render(Reason(code, 0.1, {}, catalogue), language)
    assert refused.value.remedy


def test_a_declared_text_cannot_reach_into_the_sentence():
    figures = {"origin": "{departure.__class__}", "departure": "CN", "preference": None}
    figures |= dict.fromkeys(("subheading", "goods_share", "departed_share", "way_share"))
    assert "{departure.__class__}" in render(Reason("origin", 0.1, figures, CATALOGUE), "en")


class _Noting(dict):
    """History values that note whether they were asked for."""

    asked = False

    def __getitem__(self, name):
        self.asked = True
        return super().__getitem__(name)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Histories and reference tables could not be read: "),
        ("es", "No se pudieron leer los historiales ni las tablas de referencia: "),
    ],
)
def test_where_nothing_was_read_each_reason_that_rests_on_it_says_so_first(language, said):
    columns, history = declaration(2)
    for reason in _reasons():
        values = _Noting(history)
        if reason.code in FIGURES:
            FIGURES[reason.code](Row(columns, values, 0))
        sentence = render(reason, language, unread=True)
        assert sentence.startswith(said) == values.asked, reason.code
        assert sentence.removeprefix(said) == render(reason, language)


def test_a_code_without_words_is_named_with_the_place_where_codes_stand():
    check_words(reason.code for reason in _reasons())
    with pytest.raises(WordsError, match="'unheard_of' has no words") as caught:
        check_words(["ring", "unheard_of"])
    assert "reasons.po" in caught.value.remedy


@pytest.mark.parametrize(("language", "words"), [("es", "con este origen: sin dato."), ("en", "no data")])
def test_what_is_unknown_of_what_is_unknown_is_said_once(language, words):
    sentences = [message for message in _catalogue(language) if message.id == "relation_record"]
    figures = dict.fromkeys(_placeholders(sentences[0].string), None) | {"known": 3, "illicit": 1}
    told = render(Reason("relation_record", 0.1, figures, CATALOGUE), language)
    assert words in told
    assert "sin dato de sin dato" not in told
    assert "no data of no data" not in told
