-- compatible: 5
-- What JMAP asks for: an order of mailboxes, and threads without reading the messages' rows.

-- mailboxes, more: sort_order: lower is shown first (RFC 8621 §2).
-- Invariants: M8 sort_order >= 0.
ALTER TABLE mailboxes ADD COLUMN sort_order BIGINT NOT NULL DEFAULT 0;

-- All that a list of a whole account needs of a message is in the index.
DROP INDEX messages_thread;
CREATE INDEX messages_threads ON messages (account_id, thread_id, message_id, has_attachment);
