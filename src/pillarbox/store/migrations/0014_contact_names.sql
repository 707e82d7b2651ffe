-- compatible: 12
-- Contacts are found by their whole names.

-- contacts, more: name_key: the name without case and accents, '' for none.
ALTER TABLE contacts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
CREATE INDEX contacts_name ON contacts (account_id, name_key);
