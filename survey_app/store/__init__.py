"""The only room that speaks SQL: studies, sittings and their answers, assignments and jobs; knows no Flask."""

from survey_app.store.database import TRANSACTIONS_AT_ONCE, Store, StoreUnavailableError, Transaction, open_store

__all__ = ["TRANSACTIONS_AT_ONCE", "Store", "StoreUnavailableError", "Transaction", "open_store"]
