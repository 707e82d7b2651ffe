-- The life of a DKIM key: made, published, signing, retired, removed.

-- dkim_keys, more: since: when it came into its state. record: the TXT text to publish, '' where
-- an older program made the key. finding: what the last look at DNS showed, '' before the first.
-- seen_at: since when every authoritative server shows it, 0 if not. ttl: seconds, the longest
-- that a server gave. detail: words on the finding.
-- Invariants: state is 'made', 'published', 'signing', 'retired' or 'removed'.
ALTER TABLE dkim_keys ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dkim_keys ADD COLUMN record TEXT NOT NULL DEFAULT '';
ALTER TABLE dkim_keys ADD COLUMN finding TEXT NOT NULL DEFAULT '';
ALTER TABLE dkim_keys ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dkim_keys ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dkim_keys ADD COLUMN ttl BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dkim_keys ADD COLUMN detail TEXT NOT NULL DEFAULT '';
UPDATE dkim_keys SET since = created_at;
UPDATE dkim_keys SET state = 'signing' WHERE state = 'active';
UPDATE dkim_keys SET state = 'made' WHERE state = 'pending';
