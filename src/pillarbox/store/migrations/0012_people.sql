-- compatible: 10
-- Whom an account writes to and hears from, and its contacts.

-- correspondents: one address that the account wrote to (sent), or that wrote to it and was no
-- junk (received). name: the last one that was seen. words: name without case and accents, and the
-- address: what a few letters are looked for in. used_at: the last of both.
-- Invariants: K1 address is lower case; sent, received >= 0 and not both 0.
CREATE TABLE correspondents (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    sent BIGINT NOT NULL,
    received BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, address)
)
-- sqlite: WITHOUT ROWID
;

-- address_books: the one address book of an account, once it was changed; until then it has its
-- defaults. modseq: its last change. horizon: what was destroyed is told of only above it.
CREATE TABLE address_books (
    account_id BIGINT PRIMARY KEY,
    modseq BIGINT NOT NULL,
    horizon BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- contacts: a card of the address book. card_id is the account's modseq when it was made, modseq
-- that of its last change. body: JSContact (RFC 9553), opaque here. words: all of it that is
-- searched, without case and accents.
-- Invariants: K2 card_id <= modseq <= the account's. uid is unique in the account.
CREATE TABLE contacts (
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account_id, card_id),
    UNIQUE (account_id, uid)
);
CREATE INDEX contacts_modseq ON contacts (account_id, modseq);

-- contact_addresses: the email addresses of a card, lower case.
-- Invariants: K3 the card exists.
CREATE TABLE contact_addresses (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    card_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, address, card_id)
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX contact_addresses_card ON contact_addresses (account_id, card_id);

-- destroyed_contacts: what was once a card, for those who ask what changed.
CREATE TABLE destroyed_contacts (
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    PRIMARY KEY (account_id, card_id)
);
CREATE INDEX destroyed_contacts_modseq ON destroyed_contacts (account_id, modseq);
