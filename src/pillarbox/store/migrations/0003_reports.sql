-- Reports that others send about our domains.

-- reports: one aggregate report. kind: 'dmarc'. org, name: who reports, and its id there: a
-- report that comes twice is kept once. begin_at, end_at: the period. messages, aligned: sums.
-- body is opaque here.
-- Invariants: 0 <= aligned <= messages.
CREATE TABLE reports (
    report_no {id},
    kind TEXT NOT NULL,
    domain TEXT NOT NULL,
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    begin_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    aligned BIGINT NOT NULL,
    body {blob} NOT NULL,
    UNIQUE (kind, domain, org, name)
);
CREATE INDEX reports_end ON reports (domain, end_at);
CREATE INDEX reports_received ON reports (received_at);
