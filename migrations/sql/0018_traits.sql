-- What members of a segment have in common, and groups that are found. One change a statement; statements are parted by a semicolon at line's end.

-- How many of all customers have a value, which the members of a segment are held against.
CREATE TABLE IF NOT EXISTS trait_share (
  attribute TEXT NOT NULL,
  value TEXT NOT NULL,
  personal BOOLEAN DEFAULT false NOT NULL,
  banded BOOLEAN DEFAULT false NOT NULL,
  low DOUBLE PRECISION,
  high DOUBLE PRECISION,
  customers BIGINT NOT NULL,
  share DOUBLE PRECISION NOT NULL,
  as_of timestamptz NOT NULL,
  PRIMARY KEY (attribute, value)
);
