"""The invariants of `migrations/0017_vacation.sql`, as queries for rows that break them."""

from typing import Final

VACATION_CHECKS: Final = (
    (
        "V1 vacation",
        """
        SELECT 'vacation of account ' || v.account_id
        FROM vacations v LEFT JOIN accounts a ON a.account_id = v.account_id
        WHERE a.account_id IS NULL
        """,
    ),
    (
        "V2 answer",
        """
        SELECT 'answer of account ' || w.account_id || ' to ' || w.address
        FROM vacation_answers w LEFT JOIN vacations v ON v.account_id = w.account_id
        WHERE v.account_id IS NULL
        """,
    ),
)
