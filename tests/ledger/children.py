"""Child processes that start fast: forked from a server that has imported the ledger."""

from __future__ import annotations

import multiprocessing

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["ledger.sqlite_store", "ledger.vault", "tests.ledger.some_records"])
