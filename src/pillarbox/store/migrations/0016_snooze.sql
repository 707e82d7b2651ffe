-- compatible: 15
-- Messages that come back to the inbox at a time.

-- snoozes: a message in the mailbox of role 'snoozed'. until: when it comes back. mailbox_id:
-- where to, 0 for the inbox. A row whose message is elsewhere, or gone, counts for nothing, and
-- goes at its time.
-- Invariants: the account exists.
CREATE TABLE snoozes (
    account_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    until BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, message_id)
);
CREATE INDEX snoozes_until ON snoozes (until)
