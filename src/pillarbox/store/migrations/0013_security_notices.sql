-- compatible: 7
-- People are told by mail of what happened to their ways of signing in.

-- security_events, more: told: 1 once a mail about it lies in the account, or where none is due.
-- Invariants: S5 told is 0 or 1.
ALTER TABLE security_events ADD COLUMN told BIGINT NOT NULL DEFAULT 1;
CREATE INDEX security_events_untold ON security_events (account_id) WHERE told = 0;
