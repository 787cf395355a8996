"""Rules that most administrations have in some form; each puts its own in configs/selection.yaml."""

from __future__ import annotations

from datetime import date

from selection.rule_settings import Examples, RuleSettings

DEFAULT_RULES: tuple[RuleSettings, ...] = (
    RuleSettings(
        name="arms",
        effect="mandatory",
        lane="red",
        when='chapter == "93"',
        owner="Arms control desk",
        legal_basis="Arms Trade Treaty, Article 8; national arms control act",
        valid_from=date(2014, 12, 24),
        examples=Examples(
            matching=({"hs_code": "930200"}, {"hs_code": "9306210000"}),
            others=({"hs_code": "950300"}, {}),
        ),
    ),
    RuleSettings(
        name="antiques",
        effect="mandatory",
        lane="orange",
        when='heading == "9705" or heading == "9706"',
        owner="Cultural heritage desk",
        legal_basis="UNESCO Convention of 1970 on cultural property, Article 7",
        valid_from=date(1972, 4, 24),
        examples=Examples(
            matching=({"hs_code": "970610"}, {"hs_code": "970531"}),
            others=({"hs_code": "970121"}, {}),
        ),
    ),
    RuleSettings(
        name="origin_unknown",
        effect="mandatory",
        lane="orange",
        when='origin_country == "ZZ"',
        owner="Origin desk",
        legal_basis="Revised Kyoto Convention, Specific Annex K, Chapter 2",
        valid_from=date(2006, 2, 3),
        examples=Examples(matching=({"origin_country": "ZZ"},), others=({"origin_country": "CL"}, {})),
    ),
    RuleSettings(
        name="no_value",
        effect="mandatory",
        lane="orange",
        when="cif == 0",
        owner="Valuation desk",
        legal_basis="WTO Agreement on Customs Valuation, Articles 1 to 7: goods given free have a value too",
        valid_from=date(1995, 1, 1),
        examples=Examples(matching=({"cif": 0.0},), others=({"cif": 0.01}, {})),
    ),
    RuleSettings(
        name="trusted_low_value",
        effect="exempt",
        when="importer_aeo and cif > 0 and cif <= 1000 "
        'and chapter not in ["22", "24", "30", "36", "71", "93"]',
        owner="Authorised operators desk",
        legal_basis="WTO Agreement on Trade Facilitation, Article 7.7",
        valid_from=date(2017, 2, 22),
        examples=Examples(
            matching=({"importer_aeo": True, "cif": 400.0, "hs_code": "610910"},),
            others=(
                {"importer_aeo": True, "cif": 4000.0, "hs_code": "610910"},
                {"importer_aeo": True, "cif": 0.0, "hs_code": "610910"},
                {"importer_aeo": True, "cif": 400.0, "hs_code": "240220"},
                {"importer_aeo": True, "hs_code": "610910"},
                {"cif": 400.0, "hs_code": "610910"},
            ),
        ),
    ),
)
