"""The invariants of `migrations/0010_jmap.sql`, as queries for rows that break them."""

from typing import Final

JMAP_CHECKS: Final = (
    (
        "U1 upload",
        """
        SELECT 'upload ' || u.upload_no FROM uploads u LEFT JOIN (
            SELECT upload_no, SUM(octets) AS octets, COUNT(*) AS number, MAX(position) AS last
            FROM upload_chunks GROUP BY upload_no) c ON c.upload_no = u.upload_no
        WHERE u.octets <> COALESCE(c.octets, 0) OR COALESCE(c.last, -1) <> COALESCE(c.number, 0) - 1
        """,
    ),
    (
        "U2 chunk",
        """
        SELECT 'upload ' || c.upload_no || ' chunk ' || c.position FROM upload_chunks c
        LEFT JOIN uploads u ON u.upload_no = c.upload_no
        LEFT JOIN blobs b ON b.blob_id = c.blob_id
        WHERE u.upload_no IS NULL OR b.octets IS NULL OR b.octets <> c.octets
        """,
    ),
    (
        "P1 push",
        """
        SELECT 'push subscription ' || subscription_no FROM push_subscriptions
        WHERE (p256dh = '') <> (auth = '') OR url NOT LIKE 'https://%'
        """,
    ),
)
