"""What the OpenAPI document promises, against requests made up from it, sound and broken."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from serving.guard import LIVE
from serving.media import BATCH
from serving.openapi import document
from tests.serving.desks import application
from tests.serving.house import House
from tests.serving.places import TOKEN

KEY = {"X-API-Key": TOKEN}
CASES = [
    pytest.param(path, method, mode, id=f"{method} {path} {mode.value}")
    for path, operations in document()["paths"].items()
    for method in operations
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if path != BATCH and (path, mode) != (LIVE, GenerationMode.NEGATIVE)
]
"""A batch is no JSON; of a request that needs no key and takes nothing there is nothing to break."""
MADE_UP = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    house = House(tmp_path_factory.mktemp("fuzzed"))
    app = application(house.engine, house.wiring.client_keys, io.StringIO())
    yield schemathesis.openapi.from_asgi("/v1/openapi.json", app, headers=KEY)
    house.engine.close()


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_every_answer_is_one_that_the_document_promises(
    described: BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    """Sound by the schema is not yet sound by the rules of intake: those may refuse it."""

    @MADE_UP
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def answers(case: Case) -> None:
        case.call_and_validate(headers=KEY, excluded_checks=[positive_data_acceptance])

    answers()
