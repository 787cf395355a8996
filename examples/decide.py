"""Send a declaration to the decision service and show what it says: Python's standard library only.

TAMIZ_KEY=tamiz_... python examples/decide.py examples/declaration.json
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TRIES = 3


def decide(url: str, key: str, declaration: dict[str, Any]) -> dict[str, Any]:
    """Give the decision. Sent again, a declaration gets the decision it got before, so trying again is safe.

    Raises RuntimeError if there is none: then the declaration is for manual review, never for release.
    """
    body = json.dumps(declaration).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    wait, told = 1.0, "no answer"
    for turn in range(TRIES):
        if turn:
            time.sleep(wait)
        try:
            status, retry_after, answer = _post(url, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:  # the last: a proxy's page
            told = str(error)
        else:
            if status == 200:
                return answer
            told = json.dumps(answer, indent=2, ensure_ascii=False)
            if status not in {409, 503}:
                break
            wait = retry_after
    raise RuntimeError(f"for manual review: {told}")


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, float, dict[str, Any]]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=10)
    try:
        connection.request("POST", "/v1/decisions", body, headers)
        answer = connection.getresponse()
        return answer.status, float(answer.getheader("Retry-After", "1")), json.loads(answer.read())
    finally:
        connection.close()


def show(decision: dict[str, Any]) -> None:
    """Print the lane, why, and the strongest reasons of each item."""
    selection = decision["selection"]
    print(f"{decision['declaration_id']}: {decision['lane']} ({selection['reason'] or 'released'})")
    for item in decision["items"]:
        risk = "no score" if item["risk"] is None else f"risk {item['risk']:.1%}"
        print(f"  item {item['item_no']}: {risk}")
        for reason in item["reasons"][:3]:
            print(f"    {reason['contribution']:+.2f}  {reason['text']['es']}")
    print(f"  recorded {decision['recorded_at']}, leaf {decision['leaf_hash'][:16]}")


def main() -> int:
    """Decide on the declaration in the file named on the command line."""
    if len(sys.argv) != 2 or "TAMIZ_KEY" not in os.environ:
        print(__doc__, file=sys.stderr)
        return 2
    url = os.environ.get("TAMIZ_URL", "http://127.0.0.1:3000")
    declaration = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    try:
        show(decide(url, os.environ["TAMIZ_KEY"], declaration))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
