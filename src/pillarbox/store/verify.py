"""Checking that the database says nothing that contradicts itself.

Each check is a query for rows that break an invariant of `migrations/0001_mail.sql`; its name
is the invariant's there. Tests run them after every test, `pillarbox store verify` for users.
Run them in `db.scan`: they read everything. `check_blobs` reads the octets as well.
"""

from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.store import refcounts, wishes
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.verify_jmap import JMAP_CHECKS
from pillarbox.store.verify_people import PEOPLE_CHECKS
from pillarbox.store.verify_sending import SENDING_CHECKS
from pillarbox.store.verify_signin import SIGNIN_CHECKS
from pillarbox.store.verify_vacation import VACATION_CHECKS


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant. rule: its name in the schema. where: what row, for a person."""

    rule: str
    where: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}"


MAX_FINDINGS: Final = 100
"""How many findings of one rule are told."""

# Each gives text for a person. {only} limits it to one account.
ACCOUNT_CHECKS: Final = (
    (
        "A1 quota",
        """
        SELECT a.address || ' says ' || a.used_octets || ' octets in ' || a.used_messages
            || ', counted ' || COALESCE(s.octets, 0) || ' in ' || COALESCE(s.messages, 0)
        FROM accounts a LEFT JOIN (
            SELECT m.account_id AS account_id, SUM(m.octets) AS octets, COUNT(*) AS messages
            FROM messages m WHERE EXISTS (SELECT 1 FROM placements p
                WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
            GROUP BY m.account_id) s ON s.account_id = a.account_id
        WHERE a.deleted_at IS NULL {only} AND (a.used_octets <> COALESCE(s.octets, 0)
            OR a.used_messages <> COALESCE(s.messages, 0))
        """,
    ),
    (
        "A2 modseq",
        """
        SELECT a.address || ' has modseq ' || a.modseq || ', a row has ' || MAX(s.modseq)
        FROM accounts a JOIN (
            SELECT account_id, MAX(modseq) AS modseq FROM placements GROUP BY account_id
            UNION ALL SELECT account_id, MAX(modseq) FROM expunged GROUP BY account_id
            UNION ALL SELECT account_id, MAX(message_id) FROM messages GROUP BY account_id
            UNION ALL SELECT account_id, MAX(modseq) FROM destroyed_mailboxes GROUP BY account_id
            UNION ALL SELECT account_id, MAX(CASE WHEN modseq > highest_modseq THEN modseq
                ELSE highest_modseq END) FROM mailboxes GROUP BY account_id
            UNION ALL SELECT account_id, MAX(mailbox_id) FROM mailboxes GROUP BY account_id
            UNION ALL SELECT account_id, MAX(thread_id) FROM thread_links GROUP BY account_id
        ) s ON s.account_id = a.account_id
        WHERE s.modseq > a.modseq {only}
        GROUP BY a.address, a.modseq
        """,
    ),
    (
        "A3 horizon",
        "SELECT a.address FROM accounts a WHERE a.horizon > a.modseq {only}",
    ),
    *wishes.CHECKS,
    (
        "A4 inbox",
        """
        SELECT a.address FROM accounts a WHERE a.deleted_at IS NULL {only} AND (
            SELECT COUNT(*) FROM mailboxes b
            WHERE b.account_id = a.account_id AND b.role = 'inbox' AND b.name = 'INBOX') <> 1
        """,
    ),
    (
        "A5 address",
        """
        SELECT a.address FROM accounts a WHERE a.deleted_at IS NULL {only} AND (
            EXISTS (SELECT 1 FROM aliases l WHERE l.address = a.address)
            OR NOT EXISTS (SELECT 1 FROM domains d
                WHERE a.address LIKE '%@' || d.name))
        """,
    ),
    (
        "M1 counts",
        """
        SELECT a.address || '/' || b.name || ' says ' || b.total || ' total, ' || b.unseen
            || ' unseen, ' || b.deleted || ' deleted, ' || b.octets || ' octets; counted '
            || COALESCE(s.total, 0) || ', ' || COALESCE(s.unseen, 0) || ', '
            || COALESCE(s.deleted, 0) || ', ' || COALESCE(s.octets, 0)
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id LEFT JOIN (
            SELECT account_id, mailbox_id, COUNT(*) AS total,
                SUM(CASE WHEN ' ' || keywords || ' ' LIKE '% $seen %' THEN 0 ELSE 1 END) AS unseen,
                SUM(deleted) AS deleted, SUM(octets) AS octets
            FROM placements GROUP BY account_id, mailbox_id
        ) s ON s.account_id = b.account_id AND s.mailbox_id = b.mailbox_id
        WHERE a.deleted_at IS NULL {only} AND (b.total <> COALESCE(s.total, 0)
            OR b.unseen <> COALESCE(s.unseen, 0) OR b.deleted <> COALESCE(s.deleted, 0)
            OR b.octets <> COALESCE(s.octets, 0))
        """,
    ),
    (
        "M2 uidnext, M3 highest_modseq",
        """
        SELECT a.address || '/' || b.name || ' has uidnext ' || b.uidnext || ', highest_modseq '
            || b.highest_modseq || '; rows have ' || MAX(s.uid) || ', ' || MAX(s.modseq)
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id JOIN (
            SELECT account_id, mailbox_id, MAX(uid) AS uid, MAX(modseq) AS modseq
            FROM placements GROUP BY account_id, mailbox_id
            UNION ALL SELECT account_id, mailbox_id, MAX(uid), MAX(modseq)
            FROM expunged GROUP BY account_id, mailbox_id
        ) s ON s.account_id = b.account_id AND s.mailbox_id = b.mailbox_id
        WHERE (s.uid >= b.uidnext OR s.modseq > b.highest_modseq) {only}
        GROUP BY a.address, b.name, b.uidnext, b.highest_modseq
        """,
    ),
    (
        "M7 recent_uid",
        """
        SELECT a.address || '/' || b.name || ' has uidnext ' || b.uidnext || ', recent_uid '
            || b.recent_uid
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id
        WHERE (b.recent_uid < 1 OR b.recent_uid > b.uidnext) {only}
        """,
    ),
    (
        "M8 sort_order",
        """
        SELECT a.address || '/' || b.name || ' has sort_order ' || b.sort_order
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id
        WHERE b.sort_order < 0 {only}
        """,
    ),
    (
        "M4 parent",
        """
        SELECT a.address || '/' || b.name
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id
        LEFT JOIN mailboxes p ON p.account_id = b.account_id AND p.mailbox_id = b.parent_id
        WHERE ((b.parent_id = 0 AND b.name LIKE '%/%')
            OR (b.parent_id <> 0 AND (p.name IS NULL
                OR SUBSTR(b.name, 1, LENGTH(p.name) + 1) <> p.name || '/'
                OR SUBSTR(b.name, LENGTH(p.name) + 2) LIKE '%/%'))) {only}
        """,
    ),
    (
        "M5 uidvalidity",
        """
        SELECT a.address || ' ' || b.uidvalidity
        FROM mailboxes b JOIN accounts a ON a.account_id = b.account_id
        WHERE 1 = 1 {only}
        GROUP BY a.address, a.last_uidvalidity, b.account_id, b.uidvalidity
        HAVING COUNT(*) > 1 OR b.uidvalidity > a.last_uidvalidity
        """,
    ),
    (
        "E1 reachable",
        """
        SELECT a.address || ' message ' || m.message_id
        FROM messages m JOIN accounts a ON a.account_id = m.account_id
        WHERE a.deleted_at IS NULL {only}
            AND NOT EXISTS (SELECT 1 FROM placements p
                WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
            AND NOT EXISTS (SELECT 1 FROM expunged e WHERE e.account_id = m.account_id
                AND e.message_id = m.message_id AND e.vault = 1)
        """,
    ),
    (
        "E2 blob",
        """
        SELECT a.address || ' message ' || m.message_id
        FROM messages m JOIN accounts a ON a.account_id = m.account_id
        LEFT JOIN blobs b ON b.blob_id = m.blob_id
        WHERE (b.octets IS NULL OR b.octets <> m.octets) {only}
        """,
    ),
    (
        "E3 thread",
        """
        SELECT a.address || ' message ' || m.message_id
        FROM messages m JOIN accounts a ON a.account_id = m.account_id
        WHERE m.thread_id > m.message_id {only}
        """,
    ),
    (
        "P1 placement",
        """
        SELECT a.address || ' mailbox ' || p.mailbox_id || ' uid ' || p.uid
        FROM placements p JOIN accounts a ON a.account_id = p.account_id
        LEFT JOIN messages m ON m.account_id = p.account_id AND m.message_id = p.message_id
        LEFT JOIN mailboxes b ON b.account_id = p.account_id AND b.mailbox_id = p.mailbox_id
        WHERE (m.octets IS NULL OR b.name IS NULL OR m.octets <> p.octets
            OR m.received_at <> p.received_at OR p.deleted NOT IN (0, 1)) {only}
        """,
    ),
    (
        "P2 keywords",
        """
        SELECT a.address || ' message ' || p.message_id
        FROM placements p JOIN accounts a ON a.account_id = p.account_id
        WHERE 1 = 1 {only}
        GROUP BY a.address, p.account_id, p.message_id HAVING COUNT(DISTINCT p.keywords) > 1
        """,
    ),
    (
        "V1 vault, V2 uid",
        """
        SELECT a.address || ' mailbox ' || e.mailbox_id || ' uid ' || e.uid
        FROM expunged e JOIN accounts a ON a.account_id = e.account_id
        WHERE ((e.vault = 1 AND NOT EXISTS (SELECT 1 FROM messages m
                WHERE m.account_id = e.account_id AND m.message_id = e.message_id))
            OR EXISTS (SELECT 1 FROM placements p WHERE p.account_id = e.account_id
                AND p.mailbox_id = e.mailbox_id AND p.uid = e.uid)) {only}
        """,
    ),
)

_ORPHAN: Final = """
SELECT '{0} of account ' || t.account_id FROM {0} t WHERE NOT EXISTS
    (SELECT 1 FROM accounts a WHERE a.account_id = t.account_id) GROUP BY t.account_id
"""
_ORPHANS: Final = " UNION ALL ".join(
    _ORPHAN.format(table)
    for table in (
        "mailboxes",
        "destroyed_mailboxes",
        "subscriptions",
        "messages",
        "placements",
        "expunged",
        "thread_links",
        "deliveries",
        "web_sessions",
        "app_passwords",
        "second_factors",
        "recovery_codes",
        "passkeys",
        "security_events",
        "trace_readers",
        "preferences",
        "muted_threads",
        "blocked_senders",
        "uploads",
        "push_subscriptions",
    )
)

GLOBAL_CHECKS: Final = (
    ("no account", _ORPHANS),
    *SIGNIN_CHECKS,
    *JMAP_CHECKS,
    *PEOPLE_CHECKS,
    *SENDING_CHECKS,
    *VACATION_CHECKS,
    (
        "refcount",
        """
        SELECT 'blob ' || b.ref || ' says ' || b.refcount || ', counted '
            || COALESCE(s.uses, 0)
        FROM blobs b LEFT JOIN (
            SELECT blob_id, COUNT(*) AS uses FROM (
                SELECT blob_id FROM messages UNION ALL SELECT blob_id FROM queue_items
                UNION ALL SELECT blob_id FROM upload_chunks
                UNION ALL SELECT blob_id FROM submissions WHERE blob_id <> 0) u
            GROUP BY blob_id
        ) s ON s.blob_id = b.blob_id
        WHERE b.refcount <> COALESCE(s.uses, 0)
        """,
    ),
    (
        "Q1 open",
        """
        SELECT 'queue item ' || i.item_id FROM queue_items i WHERE NOT EXISTS (
            SELECT 1 FROM queue_recipients r WHERE r.item_id = i.item_id AND r.state IN (0, 1, 2))
        """,
    ),
    (
        "Q2 blob",
        """
        SELECT 'queue item ' || i.item_id FROM queue_items i
        LEFT JOIN blobs b ON b.blob_id = i.blob_id
        WHERE b.octets IS NULL OR b.octets <> i.octets
        """,
    ),
    (
        "Q3 state",
        """
        SELECT 'queue item ' || item_id || ' recipient ' || position FROM queue_recipients
        WHERE state NOT IN (0, 1, 2, 3, 4)
            OR (act_at IS NULL AND state IN (0, 1)) OR (act_at IS NOT NULL AND state NOT IN (0, 1))
            OR (lease_owner = '' AND state = 1) OR (lease_owner <> '' AND state <> 1)
        """,
    ),
    (
        "Q4 item",
        """
        SELECT 'queue item ' || r.item_id FROM queue_recipients r WHERE NOT EXISTS (
            SELECT 1 FROM queue_items i WHERE i.item_id = r.item_id)
        """,
    ),
    (
        "R1 steps, R2 terms",
        """
        SELECT 'trace ' || t.trace_no FROM (
            SELECT trace_no FROM trace_steps UNION SELECT trace_no FROM trace_terms) t
        WHERE NOT EXISTS (SELECT 1 FROM traces r WHERE r.trace_no = t.trace_no)
        """,
    ),
    (
        "R3 readers",
        """
        SELECT 'reader ' || t.account_id || ' of trace ' || t.trace_no FROM trace_readers t
        WHERE NOT EXISTS (SELECT 1 FROM traces r WHERE r.trace_no = t.trace_no)
        """,
    ),
    (
        "dkim_keys",
        """
        SELECT 'key ' || k.selector FROM dkim_keys k
        WHERE k.state NOT IN ('made', 'published', 'signing', 'retired', 'removed')
            OR NOT EXISTS (SELECT 1 FROM domains d WHERE d.domain_id = k.domain_id)
        """,
    ),
)


def check(tx: Transaction, *, account_id: AccountId | None = None) -> list[Finding]:
    """Return every broken invariant, of all or of one account; empty when all is well."""
    findings: list[Finding] = []
    for rule, sql in ACCOUNT_CHECKS:
        if account_id is None:
            rows = tx.all(f"{sql.format(only='')} LIMIT {MAX_FINDINGS}")
        else:
            only = "AND a.account_id = ?1"
            rows = tx.all(f"{sql.format(only=only)} LIMIT {MAX_FINDINGS}", account_id)
        findings += [Finding(rule, row[0]) for row in rows]
    if account_id is None:
        for rule, sql in GLOBAL_CHECKS:
            rows = tx.all(f"{sql} LIMIT {MAX_FINDINGS}")
            findings += [Finding(rule, row[0]) for row in rows]
    return findings


async def check_blobs(db: Database) -> list[Finding]:
    """Read every blob that a row needs, and return those that are gone or changed.

    The blob store compares digests as it reads. Stops after MAX_FINDINGS. This is the one
    function of the store that awaits: octets are not read inside a transaction.
    """
    findings: list[Finding] = []
    after = 0
    while len(findings) < MAX_FINDINGS and (page := await db.scan(refcounts.held, after)):
        for after, ref, octets in page:  # noqa: B007 - where the next page begins
            try:
                found = len(await db.blob(ref))
            except (Corrupt, NotFound) as exc:
                findings.append(Finding("octets", f"blob {ref}: {exc}"))
                continue
            if found != octets:
                findings.append(Finding("octets", f"blob {ref}: {found} octets, not {octets}"))
    return findings
