"""The invariants of `migrations/0007_sign_in.sql`, as queries for rows that break them."""

from typing import Final

SIGNIN_CHECKS: Final = (
    (
        "S1 number",
        """
        SELECT a.address || ' has last_signin ' || a.last_signin || ', a row has ' || MAX(s.number)
        FROM accounts a JOIN (
            SELECT account_id, session_no AS number FROM web_sessions
            UNION ALL SELECT account_id, password_no FROM app_passwords
            UNION ALL SELECT account_id, passkey_no FROM passkeys
            UNION ALL SELECT account_id, event_no FROM security_events
        ) s ON s.account_id = a.account_id
        WHERE s.number > a.last_signin GROUP BY a.address, a.last_signin
        """,
    ),
    (
        "S2 session",
        """
        SELECT 'session ' || session_no || ' of account ' || account_id FROM web_sessions
        WHERE LENGTH(mark) <> 32 OR LENGTH(previous) NOT IN (0, 32) OR used_at < created_at
        """,
    ),
    (
        "S3 app password",
        """
        SELECT 'app password ' || password_no || ' of account ' || account_id FROM app_passwords
        WHERE LENGTH(mark) <> 32 OR scopes = ''
        """,
    ),
    (
        "S5 event",
        """
        SELECT 'event ' || event_no || ' of account ' || account_id FROM security_events
        WHERE told NOT IN (0, 1)
        """,
    ),
    (
        "S4 second factor",
        """
        SELECT 'account ' || f.account_id FROM second_factors f
        WHERE (f.totp_since > 0 AND LENGTH(f.totp) = 0) OR (f.passkeys_only = 1 AND NOT EXISTS (
            SELECT 1 FROM passkeys p WHERE p.account_id = f.account_id))
        """,
    ),
)
