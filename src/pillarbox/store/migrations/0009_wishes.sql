-- compatible: 7
-- What the owner of an account wants done with mail that is about to come into the inbox.

-- accounts, more: wishes: a sum of 1 (there are muted threads) and 2 (there are blocked senders),
-- so that delivery looks further only for those who wish anything.
-- Invariants: W1 the sum is what the two tables say.
ALTER TABLE accounts ADD COLUMN wishes BIGINT NOT NULL DEFAULT 0;

-- muted_threads: conversations whose later messages go past the inbox. A thread is here from when
-- one of its messages got the keyword $muted until the last of them lost it.
-- Invariants: the account exists.
CREATE TABLE muted_threads (
    account_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, thread_id)
)
-- sqlite: WITHOUT ROWID
;

-- blocked_senders: addresses in From, lower case, whose mail goes to Junk.
-- Invariants: the account exists.
CREATE TABLE blocked_senders (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (account_id, address)
)
-- sqlite: WITHOUT ROWID
;
