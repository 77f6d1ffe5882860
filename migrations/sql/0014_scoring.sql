-- What makes the nightly scoring quick. One change a statement; statements are parted by a semicolon at line's end.
CREATE TABLE IF NOT EXISTS customer_tally (
  customer_id UUID NOT NULL,
  generation BIGINT NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  holds_until TIMESTAMP WITH TIME ZONE,
  zone TEXT NOT NULL,
  -- squawk-ignore prefer-bigint-over-smallint
  form SMALLINT NOT NULL,
  facts BYTEA NOT NULL,
  PRIMARY KEY (customer_id)
);
