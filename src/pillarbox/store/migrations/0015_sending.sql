-- compatible: 12
-- Who an account writes as, and what it handed in to be sent.

-- identities: a name and an address to write as (RFC 8621 §6). identity_id is the account's modseq
-- when it was made, modseq that of its last change. standard: 1 for one that is there because the
-- account has the address; it cannot be destroyed. reply_to, bcc: JSON, '' for none.
-- Invariants: S1 identity_id <= modseq <= the account's.
CREATE TABLE identities (
    account_id BIGINT NOT NULL,
    identity_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    standard BIGINT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    bcc TEXT NOT NULL,
    text_signature TEXT NOT NULL,
    html_signature TEXT NOT NULL,
    PRIMARY KEY (account_id, identity_id)
);

-- submissions: a message that an account handed in (RFC 8621 §7). submission_id is the account's
-- modseq when it was made, modseq that of its last change. state: 'pending' until it is released,
-- then 'final', or 'canceled'. shown: 0 if JMAP does not tell of it: then it goes when it is not
-- pending. blob_id: the octets to be sent, 0 unless it is pending. retry_at: not to be released
-- before (a lease, or what failed). message_id, thread_id, identity_id: 0 for none. envelope,
-- client: JSON, for delivery.
-- Invariants: S2 submission_id <= modseq <= the account's. S3 state is one of those; a blob exists
--   exactly while it is pending. shown = 1 unless it is pending.
CREATE TABLE submissions (
    account_id BIGINT NOT NULL,
    submission_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    identity_id BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    state TEXT NOT NULL,
    send_at BIGINT NOT NULL,
    retry_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    blob_id BIGINT NOT NULL,
    trace_id TEXT NOT NULL,
    envelope TEXT NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (account_id, submission_id)
);
CREATE INDEX submissions_due ON submissions (retry_at) WHERE state = 'pending';
CREATE INDEX submissions_trace ON submissions (account_id, trace_id);
CREATE INDEX submissions_blob ON submissions (blob_id) WHERE blob_id <> 0;

-- destroyed_objects: what was once an object of JMAP, for those who ask what changed. kind: the
-- letter that its id begins with. Only the latest of each kind are kept.
CREATE TABLE destroyed_objects (
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind, number)
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX destroyed_objects_modseq ON destroyed_objects (account_id, kind, modseq)
