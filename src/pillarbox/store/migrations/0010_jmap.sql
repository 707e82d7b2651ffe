-- compatible: 7
-- What JMAP clients leave with the server: uploads for a while, and where to push news to.

-- uploads: octets that a client will use in a later request (RFC 8620 §6.1). whole: 0 while they
-- arrive. octets: so far.
-- Invariants: the account exists. U1 octets is the sum of its chunks, whose positions are
-- 0, 1, 2, ...
CREATE TABLE uploads (
    upload_no {id},
    account_id BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    octets BIGINT NOT NULL,
    whole BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX uploads_account ON uploads (account_id, created_at);
CREATE INDEX uploads_created ON uploads (created_at);

-- upload_chunks: the octets, cut so that nobody need hold all of them.
-- Invariants: U2 the upload exists, and the blob has so many octets.
CREATE TABLE upload_chunks (
    upload_no BIGINT NOT NULL,
    position BIGINT NOT NULL,
    blob_id BIGINT NOT NULL,
    octets BIGINT NOT NULL,
    PRIMARY KEY (upload_no, position)
)
-- sqlite: WITHOUT ROWID
;

-- push_subscriptions: where to send news of an account (RFC 8620 §7.2). kind, number: of the
-- credentials that made it (`visitor.Visitor`); without them it ends. p256dh, auth: keys of the
-- client (RFC 8291), both '' for none. code: what the client must send back; verified: it did.
-- types: of which to tell, separated by spaces, '' for all. states: JSON, what the client knows.
-- failures: since the last success. retry_at: not to be tried before.
-- Invariants: the account exists. P1 both keys or none; the URL is https.
CREATE TABLE push_subscriptions (
    subscription_no {id},
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    device_client_id TEXT NOT NULL,
    url TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    code TEXT NOT NULL,
    verified BIGINT NOT NULL,
    types TEXT NOT NULL,
    states TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    retry_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id);
