"""The invariants of `migrations/0012_people.sql`, as queries for rows that break them."""

from typing import Final

PEOPLE_CHECKS: Final = (
    (
        "K1 correspondent",
        """
        SELECT address || ' of account ' || account_id FROM correspondents
        WHERE address = '' OR sent < 0 OR received < 0 OR sent + received = 0
        """,
    ),
    (
        "K2 contact",
        """
        SELECT 'card ' || c.card_id || ' of account ' || c.account_id
        FROM contacts c LEFT JOIN accounts a ON a.account_id = c.account_id
        WHERE c.card_id > c.modseq OR a.modseq IS NULL OR c.modseq > a.modseq
        """,
    ),
    (
        "K3 contact address",
        """
        SELECT e.address || ' of card ' || e.card_id || ' of account ' || e.account_id
        FROM contact_addresses e LEFT JOIN contacts c
            ON c.account_id = e.account_id AND c.card_id = e.card_id
        WHERE c.card_id IS NULL
        """,
    ),
)
