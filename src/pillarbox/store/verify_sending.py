"""The invariants of `migrations/0015_sending.sql`, as queries for rows that break them."""

from typing import Final

SENDING_CHECKS: Final = (
    (
        "S1 identity",
        """
        SELECT 'identity ' || i.identity_id || ' of account ' || i.account_id
        FROM identities i LEFT JOIN accounts a ON a.account_id = i.account_id
        WHERE i.identity_id > i.modseq OR a.modseq IS NULL OR i.modseq > a.modseq
        """,
    ),
    (
        "S2 submission",
        """
        SELECT 'submission ' || s.submission_id || ' of account ' || s.account_id
        FROM submissions s LEFT JOIN accounts a ON a.account_id = s.account_id
        WHERE s.submission_id > s.modseq OR a.modseq IS NULL OR s.modseq > a.modseq
        """,
    ),
    (
        "S3 pending",
        """
        SELECT 'submission ' || s.submission_id || ' of account ' || s.account_id
            || ' is ' || s.state
        FROM submissions s LEFT JOIN blobs b ON b.blob_id = s.blob_id
        WHERE s.state NOT IN ('pending', 'final', 'canceled')
            OR (s.state = 'pending') <> (b.blob_id IS NOT NULL)
            OR (s.state <> 'pending' AND (s.blob_id <> 0 OR s.shown <> 1))
        """,
    ),
)
