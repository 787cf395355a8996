"""Which origins a preference fits: trade agreements and their members."""

from __future__ import annotations

from collections.abc import Mapping

from features.codes.countries import countries

_MEMBERS = """
AP        CL CO MX PE
ASEAN     BN ID KH LA MM MY PH SG TH VN
CAFTA     CR DO GT HN NI SV US
CAN       BO CO EC PE
CPTPP     AU BN CA CL GB JP MX MY NZ PE SG VN
ECOWAS    BJ CI CV GH GM GN GW LR NG SL SN TG
EFTA      CH IS LI NO
EU        AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
MERCOSUR  AR BO BR PY UY
RCEP      AU BN CN ID JP KH KR LA MM MY NZ PH SG TH VN
USMCA     CA MX US
"""

AGREEMENTS: dict[str, frozenset[str]] = {
    name: frozenset(members) for name, *members in (line.split() for line in _MEMBERS.split("\n") if line)
}
"""Members, by the name of the agreement, as of 2026."""


def fits(preference: str, origin: str, further: Mapping[str, tuple[str, ...]]) -> bool:
    """False where a preference is known and the origin is none of its countries.

    A preference is known if it is an agreement (here, or in `further`: code → countries) or the code of one
    country, the partner of a bilateral agreement. Of others nothing can be said.

    >>> fits("CAN", "EC", {}), fits("CAN", "CN", {}), fits("CN", "CN", {}), fits("X1", "CN", {})
    (True, False, True, True)
    """
    if preference in further:
        return origin in further[preference]
    if preference in AGREEMENTS:
        return origin in AGREEMENTS[preference]
    return origin == preference or preference not in countries()
