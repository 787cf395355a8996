"""The nouns of the domain hold together."""

from __future__ import annotations

import pickle

from customs.declaration import FIELD, FIELDS, KEY, MONEY, PARTIES
from customs.errors import InputError, RefusedError, TamizError
from customs.evidence import SkillClaim
from customs.lane import Lane
from customs.outcome import OUTCOME_FIELDS, Finding
from customs.valuation import PAID_FREIGHT, PAID_INSURANCE, UNPAID_FREIGHT
from features.errors import DocumentError


def test_no_field_is_declared_twice() -> None:
    assert len(FIELD) == len(FIELDS)
    assert len({field.name for field in OUTCOME_FIELDS}) == len(OUTCOME_FIELDS)


def test_the_key_and_the_required_fields_are_those_of_the_schema() -> None:
    assert KEY == ("declaration_id", "item_no", "version")
    required = {field.name for field in FIELDS if field.required}
    assert required == {
        "declaration_id",
        "item_no",
        "accepted_at",
        "office_id",
        "importer_id",
        "origin_country",
        "hs_code",
        "cif",
    }


def test_parties_and_money_are_named_so_that_the_value_model_can_be_kept_blind_to_them() -> None:
    assert set(PARTIES) == {"importer_id", "declarant_id", "seller_id", "courier_id"}
    assert set(MONEY) == {"cif", "fob", "insurance", "adjustment", "invoice_amount", "total_taxes"}


def test_an_error_comes_whole_out_of_another_process_whatever_it_is_made_from() -> None:
    for error in (InputError("a", remedy="b"), DocumentError("name", "a", remedy="b")):
        found = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
        assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))


def test_errors_carry_the_exit_status_that_the_command_line_promises() -> None:
    assert [error("x", remedy="y").exit_status for error in (TamizError, InputError, RefusedError)] == [
        1,
        2,
        3,
    ]


def test_no_skill_is_claimed_on_a_bound_that_is_absent_or_not_above_one() -> None:
    claims = [SkillClaim("precision_at_5", "rules", 2.0, bound) for bound in (float("nan"), 1.0, 1.01)]
    assert [claim.holds for claim in claims] == [False, False, True]


def test_lanes_are_ordered_by_how_much_they_intrude() -> None:
    assert sorted(Lane, key=lambda lane: lane.severity) == [Lane.GREEN, Lane.ORANGE, Lane.RED]


def test_every_incoterm_either_holds_the_main_carriage_or_does_not() -> None:
    assert not UNPAID_FREIGHT & PAID_FREIGHT
    assert PAID_INSURANCE < PAID_FREIGHT


def test_the_finding_none_is_the_only_licit_one() -> None:
    assert [finding for finding in Finding if finding.value == "none"] == [Finding.NONE]
