-- The first schema: accounts, mail, routing, the queue, traces.
--
-- Rules for every table:
--   * Times are integer microseconds since 1970 UTC. Booleans are 0 or 1. Sizes are octets.
--   * Tables of accounts have account_id first in every key, so that accounts can be spread
--     over several databases.
--   * No foreign keys: verify.py checks what they would, and more, and says what is wrong.
--   * Every change to an account's mail begins with its row in `accounts`: the counter is also
--     the lock that puts changes of one account in order on PostgreSQL.


-- domains: a domain we receive mail for.
-- Invariants: name is lower case, A-labels. catch_all is '' or an address: who gets mail to
-- names that do not exist.
CREATE TABLE domains (
    domain_id {id},
    name TEXT NOT NULL UNIQUE,
    catch_all TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL
);

-- dkim_keys: a key pair of a domain. private_key is opaque here (the caller may encrypt it).
-- Invariants: the domain exists. state is 'active', 'pending' or 'retired'.
CREATE TABLE dkim_keys (
    domain_id BIGINT NOT NULL,
    selector TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    private_key {blob} NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (domain_id, selector)
);


-- accounts: one person or role that has mail, and the account's counters.
-- modseq is the one counter behind CONDSTORE, QRESYNC and JMAP states; the ids of messages,
-- threads and mailboxes are the value it had when they were made, so an id is also a date.
-- Invariants:
--   A1 used_octets and used_messages are the sums over messages that have a placement.
--   A2 no modseq and no id of the account is above `modseq`.
--   A3 expunge history is whole above `horizon`; horizon <= modseq.
--   A4 every account has exactly one mailbox of role 'inbox', named INBOX (until deleted_at).
--   A5 an address is an account or an alias, never both, and its domain exists.
CREATE TABLE accounts (
    account_id {id},
    address TEXT NOT NULL UNIQUE,
    credentials TEXT NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0,
    modseq BIGINT NOT NULL DEFAULT 0,
    horizon BIGINT NOT NULL DEFAULT 0,
    last_uidvalidity BIGINT NOT NULL DEFAULT 0,
    quota_octets BIGINT NOT NULL DEFAULT 0,
    used_octets BIGINT NOT NULL DEFAULT 0,
    used_messages BIGINT NOT NULL DEFAULT 0,
    settings TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX accounts_deleted ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;

-- aliases: mail to `address` goes to `target`, one row for each target, local or remote.
CREATE TABLE aliases (
    address TEXT NOT NULL,
    target TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (address, target)
);

CREATE INDEX aliases_target ON aliases (target);


-- mailboxes: a named list of messages. `name` is the whole path, parts joined by '/'.
-- modseq: the last change of the mailbox itself. highest_modseq: of its contents.
-- Invariants:
--   M1 total, unseen, deleted and octets are counted over the placements.
--   M2 every uid, of placements and of expunged, is below uidnext.
--   M3 no modseq of a placement or expunged row is above highest_modseq.
--   M4 parent_id is 0 or a mailbox of the account whose name is the path above.
--   M5 uidvalidity is unique in the account and never above accounts.last_uidvalidity.
--   M6 a role belongs to at most one mailbox of the account.
CREATE TABLE mailboxes (
    account_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    parent_id BIGINT NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    role TEXT,
    uidvalidity BIGINT NOT NULL,
    uidnext BIGINT NOT NULL DEFAULT 1,
    modseq BIGINT NOT NULL,
    highest_modseq BIGINT NOT NULL,
    total BIGINT NOT NULL DEFAULT 0,
    unseen BIGINT NOT NULL DEFAULT 0,
    deleted BIGINT NOT NULL DEFAULT 0,
    octets BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, mailbox_id)
);

CREATE UNIQUE INDEX mailboxes_name ON mailboxes (account_id, name);
CREATE UNIQUE INDEX mailboxes_role ON mailboxes (account_id, role);

-- destroyed_mailboxes: what was once a mailbox, for those who ask what changed.
CREATE TABLE destroyed_mailboxes (
    account_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    destroyed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, mailbox_id)
);

-- subscriptions: names, not mailboxes: a name outlives its mailbox (RFC 9051 §6.3.8).
CREATE TABLE subscriptions (
    account_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
);


-- blobs: octets in the blob store that some row needs. `ref` is where they are.
-- Invariants: refcount is the number of messages and queue items with this blob_id. At 0 the
-- octets may be thrown away, and then the row.
CREATE TABLE blobs (
    blob_id {id},
    ref TEXT NOT NULL UNIQUE,
    refcount BIGINT NOT NULL,
    octets BIGINT NOT NULL
);

CREATE INDEX blobs_unused ON blobs (blob_id) WHERE refcount = 0;

-- messages: what is fixed for a message when it is filed. What may change is in placements.
-- message_id is the account's modseq at that moment; thread_id that of the thread's first.
-- Invariants:
--   E1 a message has a placement, or lies in the vault (expunged.vault = 1).
--   E2 the blob exists, and is of this size.
--   E3 thread_id <= message_id.
CREATE TABLE messages (
    account_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    blob_id BIGINT NOT NULL,
    octets BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    header_octets BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sent_at BIGINT,
    has_attachment BIGINT NOT NULL,
    trace_id TEXT NOT NULL,
    header_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    base_subject TEXT NOT NULL,
    from_text TEXT NOT NULL,
    to_text TEXT NOT NULL,
    cc_text TEXT NOT NULL,
    preview TEXT NOT NULL,
    envelope {blob} NOT NULL,
    body {blob} NOT NULL,
    bodystructure {blob} NOT NULL,
    tree {blob} NOT NULL,
    PRIMARY KEY (account_id, message_id)
);

CREATE INDEX messages_thread ON messages (account_id, thread_id);

-- placements: a message in a mailbox, under a uid: what IMAP calls a message. All that FETCH
-- FLAGS, SEARCH by date and a message list need is here, in uid order, without a join.
-- keywords: lower case JMAP names, sorted, joined by spaces ("$seen work").
-- Invariants:
--   P1 the message and the mailbox exist; octets and received_at are the message's.
--   P2 placements of one message have the same keywords: they belong to the message.
--   P3 a message is in a mailbox at most once.
CREATE TABLE placements (
    account_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    keywords TEXT NOT NULL,
    deleted BIGINT NOT NULL,
    octets BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, uid)
)
-- sqlite: WITHOUT ROWID
;

CREATE UNIQUE INDEX placements_message ON placements (account_id, message_id, mailbox_id);
CREATE INDEX placements_modseq ON placements (account_id, mailbox_id, modseq);
CREATE INDEX placements_received ON placements (account_id, mailbox_id, received_at, uid);

-- expunged: a placement that is no more. vault = 1: expunged by somebody, can be restored and
-- keeps its message row; 0: moved or restored, only history for QRESYNC and JMAP.
-- Invariants: V1 vault rows have a message row. V2 no uid is both here and in placements.
CREATE TABLE expunged (
    account_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    keywords TEXT NOT NULL,
    vault BIGINT NOT NULL,
    mailbox_name TEXT NOT NULL,
    expunged_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, uid)
);

CREATE INDEX expunged_modseq ON expunged (account_id, modseq);
CREATE INDEX expunged_message ON expunged (account_id, message_id);

-- thread_links: which thread a (message identifier, base subject) pair belongs to. link is
-- their 64-bit hash: a Message-ID that the account has seen, or only seen referred to.
-- Invariants: T1 thread_id <= accounts.modseq.
CREATE TABLE thread_links (
    account_id BIGINT NOT NULL,
    link BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, link)
)
-- sqlite: WITHOUT ROWID
;

-- deliveries: guards against filing the same thing twice. delivery_key is the caller's name for
-- one delivery to one recipient; kept for some days.
CREATE TABLE deliveries (
    account_id BIGINT NOT NULL,
    delivery_key TEXT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    delivered_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, delivery_key)
);


-- queue_items: a message on its way to other servers. account_id is 0 for mail of no account.
-- Invariants: Q1 an item has at least one recipient that is open (due, leased or held).
--   Q2 the blob exists.
CREATE TABLE queue_items (
    item_id {id},
    blob_id BIGINT NOT NULL,
    octets BIGINT NOT NULL,
    sender TEXT NOT NULL,
    envid TEXT NOT NULL,
    ret TEXT NOT NULL,
    body_type TEXT NOT NULL,
    smtputf8 BIGINT NOT NULL,
    require_tls BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    trace_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX queue_items_blob ON queue_items (blob_id);

-- queue_recipients: one forward-path of an item. state: 0 due, 1 leased, 2 held, 3 done, 4 failed.
-- act_at is when somebody must look at the row: the next attempt, or the end of the lease.
-- Invariants: Q3 act_at is NULL exactly in the states held, done and failed; lease_owner is ''
--   exactly outside the state leased. Q4 the item exists.
CREATE TABLE queue_recipients (
    item_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    notify TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    state BIGINT NOT NULL,
    act_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL DEFAULT '',
    attempted_at BIGINT,
    last_code BIGINT NOT NULL DEFAULT 0,
    last_enhanced TEXT NOT NULL DEFAULT '',
    last_text TEXT NOT NULL DEFAULT '',
    last_peer TEXT NOT NULL DEFAULT '',
    delay_told BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (item_id, position)
);

CREATE INDEX queue_recipients_act ON queue_recipients (act_at, item_id) WHERE act_at IS NOT NULL;
CREATE INDEX queue_recipients_domain ON queue_recipients (domain);


-- traces: the story of one message or of one refused connection. data: zstd of the encoded
-- trace; the columns are copies for searching. Steps that come later are in trace_steps.
CREATE TABLE traces (
    trace_no {id},
    trace_id TEXT NOT NULL UNIQUE,
    started_at BIGINT NOT NULL,
    direction TEXT NOT NULL,
    action TEXT NOT NULL,
    verdict TEXT NOT NULL,
    account TEXT NOT NULL,
    client_ip TEXT NOT NULL,
    sender TEXT NOT NULL,
    header_from TEXT NOT NULL,
    recipients TEXT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    octets BIGINT NOT NULL,
    data {blob} NOT NULL
);

CREATE INDEX traces_started ON traces (started_at, trace_no);

-- trace_steps: steps added after the trace was saved, in order of `position`.
-- Invariants: R1 the trace exists.
CREATE TABLE trace_steps (
    trace_no BIGINT NOT NULL,
    position BIGINT NOT NULL,
    data {blob} NOT NULL,
    PRIMARY KEY (trace_no, position)
);

-- trace_terms: where to look for a trace. term is a 64-bit hash of an address, message id or
-- client address, in lower case, whatever its role: one index for every kind of search.
-- Invariants: R2 the trace exists.
CREATE TABLE trace_terms (
    term BIGINT NOT NULL,
    trace_no BIGINT NOT NULL,
    PRIMARY KEY (term, trace_no)
)
-- sqlite: WITHOUT ROWID
;


-- leases: who may do a job that only one process at a time should do, and until when.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- settings: small values that the whole installation shares.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
