-- compatible: 7
-- App passwords for mechanisms that do not show them (SCRAM).

-- app_passwords, more: scram: keys with the salt of the account's own, opaque here; '' for none.
ALTER TABLE app_passwords ADD COLUMN scram TEXT NOT NULL DEFAULT '';
