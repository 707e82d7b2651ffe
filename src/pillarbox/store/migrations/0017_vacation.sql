-- compatible: 16
-- Answers while the owner of an account is away.

-- vacations: what is answered, and when (RFC 8621 §8). version: grows with each change. since,
-- until: from when, and until before when; 0 for no limit. body: JSON, for whoever writes the answer.
-- Invariants: V1 the account exists.
CREATE TABLE vacations (
    account_id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    enabled BIGINT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- vacation_answers: who was answered, so that nobody is answered again for a while. due: what the
-- answer that is still to be written is about, as JSON; '' once it is in the queue. The row is
-- written with the message that is answered.
-- Invariants: V2 the account has a row in vacations.
CREATE TABLE vacation_answers (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    due TEXT NOT NULL,
    PRIMARY KEY (account_id, address)
);
CREATE INDEX vacation_answers_due ON vacation_answers (answered_at) WHERE due <> ''
