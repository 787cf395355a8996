"""What a running service says of how it stands."""

from __future__ import annotations

import http.client
import json
from typing import Any

from serving.run import Running
from tests.serving.places import TOKEN


def ready(running: Running, *, seconds: float = 30.0) -> dict[str, Any]:
    """Give what `/v1/ready` says; `seconds` is the longest that it may take."""
    connection = http.client.HTTPConnection(running.host, running.port, timeout=seconds)
    try:
        connection.request("GET", "/v1/ready", headers={"X-API-Key": TOKEN})
        said: dict[str, Any] = json.loads(connection.getresponse().read())
        return said
    finally:
        connection.close()
