-- compatible: 7
-- Who may read of mail that is in nobody's mailbox; what people prefer.

-- trace_readers: the accounts that a refused or deferred message was for. What was delivered is
-- found by the message's own trace_id.
-- Invariants: R3 the trace exists. The account exists.
CREATE TABLE trace_readers (
    account_id BIGINT NOT NULL,
    trace_no BIGINT NOT NULL,
    PRIMARY KEY (account_id, trace_no)
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX trace_readers_trace ON trace_readers (trace_no);

-- preferences: how one person wants to see their mail. body: JSON, opaque here. version: grows
-- with each change.
-- Invariants: the account exists.
CREATE TABLE preferences (
    account_id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
