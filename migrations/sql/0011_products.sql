-- What goes with what: the small tables that recommendations are worked out from. One change a statement; statements are parted by a semicolon at line's end.

CREATE TABLE IF NOT EXISTS product_offer (
  product_id UUID NOT NULL,
  buyers BIGINT NOT NULL,
  buyer_share DOUBLE PRECISION NOT NULL,
  units BIGINT NOT NULL,
  purchases BIGINT NOT NULL,
  base DOUBLE PRECISION NOT NULL,
  again DOUBLE PRECISION NOT NULL,
  again_shift DOUBLE PRECISION NOT NULL,
  repeat_share DOUBLE PRECISION NOT NULL,
  is_repeated BOOLEAN DEFAULT false NOT NULL,
  gap_days DOUBLE PRECISION,
  profit_per_unit NUMERIC(20, 6) NOT NULL,
  profit_per_purchase NUMERIC(20, 6) NOT NULL,
  last_sold_at timestamptz NOT NULL,
  place BIGINT,
  PRIMARY KEY (product_id)
);
CREATE INDEX IF NOT EXISTS product_offer_place ON product_offer (place);

CREATE TABLE IF NOT EXISTS product_affinity (
  product_id UUID NOT NULL,
  offered_id UUID NOT NULL,
  buyers BIGINT NOT NULL,
  share DOUBLE PRECISION NOT NULL,
  share_of_others DOUBLE PRECISION NOT NULL,
  lift DOUBLE PRECISION NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (product_id, offered_id)
);

CREATE TABLE IF NOT EXISTS category_transition (
  category TEXT NOT NULL,
  next_category TEXT NOT NULL,
  customers BIGINT NOT NULL,
  share DOUBLE PRECISION NOT NULL,
  lift DOUBLE PRECISION NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (category, next_category)
);

CREATE TABLE IF NOT EXISTS attribute_share (
  attribute TEXT NOT NULL,
  value TEXT NOT NULL,
  units BIGINT NOT NULL,
  share DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (attribute, value)
);

CREATE TABLE IF NOT EXISTS affinity_run (
  affinity_run_id UUID NOT NULL,
  as_of timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  customers BIGINT NOT NULL,
  calibration JSONB DEFAULT '{}' NOT NULL,
  holdout JSONB,
  PRIMARY KEY (affinity_run_id)
);
CREATE INDEX IF NOT EXISTS affinity_run_as_of ON affinity_run (as_of);
