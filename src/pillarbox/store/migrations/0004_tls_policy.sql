-- compatible: 3
-- What other domains require of those who send to them, and what we report to them.

-- sts_policies: the MTA-STS policy of a domain as it was fetched. policy_id: of the record that
-- announced it. text: the file. expires_at: fetched_at and its max_age.
CREATE TABLE sts_policies (
    domain TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX sts_policies_end ON sts_policies (expires_at);

-- tls_results: connections to the servers of a domain in one UTC day (days since 1970) that are
-- alike. digest: of what stands in body, which is opaque here. count: how many there were.
-- Invariants: count > 0.
CREATE TABLE tls_results (
    domain TEXT NOT NULL,
    day BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, domain, digest)
);

-- sent_reports: what we reported of one day to one domain. kind: 'dmarc' or 'tls'. outcome: in
-- words, where it went or why not. trace_id: of the message, '' for none.
CREATE TABLE sent_reports (
    kind TEXT NOT NULL,
    domain TEXT NOT NULL,
    day BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    PRIMARY KEY (kind, day, domain)
);
