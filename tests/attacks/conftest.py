"""The furnished store of the flows."""

from tests.flows.conftest import sqlite_store, store_url

__all__ = ["sqlite_store", "store_url"]
