-- Records that hold: the audit log with its chain, and idempotency keys. One change a statement; statements are parted by a semicolon at line's end.

-- What every mutation did, written in its transaction. The detail is JSON as text: the commitment is to its very bytes.
CREATE TABLE IF NOT EXISTS audit_entry (
  entry_id UUID NOT NULL,
  bucket BIGINT NOT NULL,
  entered_at timestamptz NOT NULL,
  actor TEXT NOT NULL,
  actor_key UUID,
  action TEXT NOT NULL,
  subject TEXT,
  customer_id UUID,
  detail TEXT,
  salt BYTEA,
  commitment BYTEA NOT NULL,
  PRIMARY KEY (entry_id)
);
CREATE INDEX IF NOT EXISTS audit_entry_entered_at ON audit_entry (entered_at, entry_id);
CREATE INDEX IF NOT EXISTS audit_entry_subject ON audit_entry (subject, entered_at) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_entry_customer ON audit_entry (customer_id) WHERE customer_id IS NOT NULL;

-- Entries that wait for their place in the chain: written with the entry, gone with the seal.
CREATE TABLE IF NOT EXISTS audit_unsealed (
  entry_id UUID NOT NULL,
  bucket BIGINT NOT NULL,
  PRIMARY KEY (entry_id)
);

-- The chain of each bucket: every link holds the one before it.
CREATE TABLE IF NOT EXISTS audit_seal (
  bucket BIGINT NOT NULL,
  position BIGINT NOT NULL,
  entry_id UUID NOT NULL,
  chained BYTEA NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (bucket, position),
  UNIQUE (entry_id)
);

-- Requests that were carried out under a key: what was asked (a hash) and what was answered (encrypted with the caller's own secret).
CREATE TABLE IF NOT EXISTS idempotency_key (
  request_key UUID NOT NULL,
  request_hash BYTEA NOT NULL,
  status BIGINT,
  answer BYTEA,
  customers UUID[],
  created_at timestamptz NOT NULL,
  PRIMARY KEY (request_key)
);
CREATE INDEX IF NOT EXISTS idempotency_key_created_at ON idempotency_key (created_at);
CREATE INDEX IF NOT EXISTS idempotency_key_customers ON idempotency_key USING gin (customers) WHERE customers IS NOT NULL;
