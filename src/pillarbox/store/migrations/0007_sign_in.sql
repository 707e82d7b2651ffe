-- Signing in: browsers, app passwords, second factors, passkeys, and what was changed of them.
-- Programs that do not know these tables are shut out: they would let people in without their
-- second factor.
--
-- What a client proves itself with is never kept: a mark is its keyed hash (32 octets), and the
-- key is not in the database.

-- accounts, more: last_signin: the last number that was given to a session, an app password, a
-- passkey or an event of the account. Numbers are never used twice.
-- Invariants: S1 no such number is above last_signin.
ALTER TABLE accounts ADD COLUMN last_signin BIGINT NOT NULL DEFAULT 0;

-- web_sessions: a browser that is signed in. mark: of its token; previous: of the token before,
-- empty for none, good until `mark` has been seen (seen_at, 0 if not yet) and a little longer.
-- ends_at: at the latest; idle: without use. stay: whether the browser keeps the cookie when it
-- is closed. method: how it signed in. confirmed_at: when the person last proved to be there.
-- agent, network: what the browser says it is, and where it was used last; for people.
-- Invariants: S2 mark has 32 octets, previous 32 or none; created_at <= used_at.
CREATE TABLE web_sessions (
    account_id BIGINT NOT NULL,
    session_no BIGINT NOT NULL,
    mark {blob} NOT NULL,
    previous {blob} NOT NULL,
    rotated_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    stay BIGINT NOT NULL,
    method TEXT NOT NULL,
    agent TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (account_id, session_no)
);
CREATE INDEX web_sessions_end ON web_sessions (ends_at);

-- app_passwords: what a program signs in with. scopes: of 'imap', 'jmap', 'pop3', 'smtp', with
-- spaces between. expires_at, used_at: 0 for never. The mark alone is a key as well: a program
-- that shows a token names no account.
-- Invariants: S3 mark has 32 octets; scopes is not empty.
CREATE TABLE app_passwords (
    account_id BIGINT NOT NULL,
    password_no BIGINT NOT NULL,
    mark {blob} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    used_by TEXT NOT NULL,
    PRIMARY KEY (account_id, password_no)
);

-- second_factors: what an account asks for beside its password. totp: the secret of a generator
-- of codes, opaque here (the caller encrypts it), empty for none. totp_since: since when codes
-- are asked for, 0 while it is being set up. totp_step: the last period whose code was used.
-- passkeys_only: the password does not sign in any more.
-- Invariants: S4 totp_since > 0 only with a secret; passkeys_only only with a passkey.
CREATE TABLE second_factors (
    account_id BIGINT PRIMARY KEY,
    totp {blob} NOT NULL,
    totp_since BIGINT NOT NULL,
    totp_step BIGINT NOT NULL,
    passkeys_only BIGINT NOT NULL
);

-- recovery_codes: each is good once in place of a code. mark: of the code.
CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL,
    mark {blob} NOT NULL,
    PRIMARY KEY (account_id, mark)
);

-- passkeys: credentials of WebAuthn. public_key: COSE. used_at: 0 for never. synced: the
-- authenticator keeps copies elsewhere.
CREATE TABLE passkeys (
    account_id BIGINT NOT NULL,
    passkey_no BIGINT NOT NULL,
    credential_id {blob} NOT NULL,
    public_key {blob} NOT NULL,
    sign_count BIGINT NOT NULL,
    name TEXT NOT NULL,
    transports TEXT NOT NULL,
    synced BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, passkey_no),
    UNIQUE (account_id, credential_id)
);

-- signin_tickets: what lives for minutes between two steps, and is good once: a password that
-- was right, a challenge, a link. account_id: 0 while nobody knows. data: opaque here.
CREATE TABLE signin_tickets (
    mark {blob} PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    data TEXT NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX signin_tickets_end ON signin_tickets (expires_at);
CREATE INDEX signin_tickets_account ON signin_tickets (account_id);

-- security_events: what happened to the account's ways of signing in, for its owner. kind: a
-- word. detail: which one (a name). agent, network: from where; empty for the server's command
-- line.
CREATE TABLE security_events (
    account_id BIGINT NOT NULL,
    event_no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    agent TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (account_id, event_no)
);
