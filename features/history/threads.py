"""Threads for loops over rows: compiled, they run beside each other."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

THREADS = ThreadPoolExecutor(max(2, os.cpu_count() or 1), thread_name_prefix="history")
"""As many as there are processors."""
