-- Streams: uploads, what became of their batches, rejects, and the contents of files. One change a statement.

-- What stands in a file that a job made, in pieces of 1 MiB; job_file tells of it.
CREATE TABLE IF NOT EXISTS file_chunk (
  file_id UUID NOT NULL,
  position BIGINT NOT NULL,
  job_id UUID NOT NULL,
  part BYTEA NOT NULL,
  PRIMARY KEY (file_id, position)
);

-- Compressed or not, it is handed on as it is.
ALTER TABLE file_chunk ALTER COLUMN part SET STORAGE EXTERNAL;

ALTER TABLE job_file ADD COLUMN IF NOT EXISTS personal BOOLEAN DEFAULT true NOT NULL;

-- A body that came in whole. Its bytes wait in an unlogged table of their own until the job has ended.
CREATE TABLE IF NOT EXISTS upload (
  job_id UUID NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  size BIGINT NOT NULL,
  pieces BIGINT NOT NULL,
  request_key UUID,
  body_hash BYTEA,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (job_id),
  UNIQUE (request_key),
  CONSTRAINT upload_kind_known CHECK (kind IN ('products', 'customers', 'orders', 'returns', 'touchpoints')),
  CONSTRAINT upload_role_known CHECK (role IN ('ANALYST', 'PARTNER', 'MARKETER', 'ADMIN'))
);

-- Batches that are staged, and what became of those that are done: a job that was killed goes on after them.
CREATE TABLE IF NOT EXISTS upload_batch (
  job_id UUID NOT NULL,
  number BIGINT NOT NULL,
  staged_in TEXT NOT NULL,
  staged_number BIGINT NOT NULL,
  next_line BIGINT NOT NULL,
  bytes_read BIGINT NOT NULL,
  apart BOOLEAN DEFAULT false NOT NULL,
  done BOOLEAN DEFAULT false NOT NULL,
  rows BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  created BIGINT DEFAULT 0 NOT NULL,
  updated BIGINT DEFAULT 0 NOT NULL,
  duplicates BIGINT DEFAULT 0 NOT NULL,
  rejected BIGINT NOT NULL,
  reasons JSONB DEFAULT '{}' NOT NULL,
  PRIMARY KEY (job_id, number)
);

-- Why a row was refused: never what stood in it.
CREATE TABLE IF NOT EXISTS upload_reject (
  job_id UUID NOT NULL,
  line BIGINT NOT NULL,
  reject_id UUID NOT NULL,
  batch BIGINT NOT NULL,
  field TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (job_id, line, reject_id)
);
