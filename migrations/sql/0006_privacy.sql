-- Erasing: tombstones, and columns that may be emptied. One change a statement, parted by a semicolon at line's end.

-- HMAC(kind, scope, value) of an erased person's identities: imports, partners and bulk calls refuse them.
CREATE TABLE IF NOT EXISTS tombstone (
  tombstone_key UUID NOT NULL,
  erased_at timestamptz NOT NULL,
  PRIMARY KEY (tombstone_key)
);
