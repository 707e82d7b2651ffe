-- What no session has been told of yet: \Recent of IMAP4rev1 (RFC 3501 §2.3.2).

-- mailboxes, more: recent_uid: messages from this uid on are recent.
-- Invariants: M7 1 <= recent_uid <= uidnext.
ALTER TABLE mailboxes ADD COLUMN recent_uid BIGINT NOT NULL DEFAULT 1;
UPDATE mailboxes SET recent_uid = uidnext;
