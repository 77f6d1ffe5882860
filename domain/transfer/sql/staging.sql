-- The staging tables of an import, unlogged and dropped at its end; {s} is the import's own name.

-- name: order
CREATE UNLOGGED TABLE {s}_order (
  seq bigint NOT NULL, batch integer NOT NULL, claim uuid NOT NULL, purchase uuid NOT NULL,
  order_id uuid NOT NULL, touchpoint_id uuid NOT NULL, prospect uuid NOT NULL,
  customer uuid, kind text, scope text, value text, verified boolean NOT NULL, identity_source text,
  source text NOT NULL, external_id text NOT NULL, ordered_at timestamptz NOT NULL, channel text NOT NULL,
  trading_form text, handled_by text, currency text NOT NULL, rate text NOT NULL, discount text NOT NULL,
  shipping text NOT NULL, extra_in_currency text, due_at timestamptz, stated_paid_at timestamptz,
  promised_at timestamptz, shipped_at timestamptz, delivered_at timestamptz, cancelled_at timestamptz,
  offer_codes text[], campaign uuid, payments text
);

-- name: line
CREATE UNLOGGED TABLE {s}_line (
  seq bigint NOT NULL, batch integer NOT NULL, position integer NOT NULL, line bigint NOT NULL,
  sku text NOT NULL, quantity integer NOT NULL, price text NOT NULL, cost text, in_currency text
);

-- name: head
CREATE UNLOGGED TABLE {s}_head (LIKE {s}_order);

-- name: row
CREATE UNLOGGED TABLE {s}_row (
  claim uuid NOT NULL, line bigint NOT NULL,
  sku text NOT NULL, quantity integer NOT NULL, price text NOT NULL, cost text, in_currency text
);

-- name: return
CREATE UNLOGGED TABLE {s}_return (
  seq bigint NOT NULL, batch integer NOT NULL, claim uuid NOT NULL, order_claim uuid,
  return_id uuid NOT NULL, touchpoint_id uuid NOT NULL, prospect uuid NOT NULL,
  customer uuid, kind text, scope text, value text, verified boolean NOT NULL, identity_source text,
  source text NOT NULL, external_id text NOT NULL, returned_at timestamptz NOT NULL, reason text, refund text
);

-- name: return_line
CREATE UNLOGGED TABLE {s}_return_line (
  seq bigint NOT NULL, batch integer NOT NULL, position integer NOT NULL, line bigint NOT NULL,
  sku text NOT NULL, quantity integer NOT NULL, amount text
);

-- name: return_head
CREATE UNLOGGED TABLE {s}_return_head (LIKE {s}_return);

-- name: return_row
CREATE UNLOGGED TABLE {s}_return_row (
  claim uuid NOT NULL, line bigint NOT NULL, sku text NOT NULL, quantity integer NOT NULL, amount text
);

-- name: bad
CREATE UNLOGGED TABLE {s}_bad (claim uuid NOT NULL, line bigint NOT NULL);

-- name: fault
CREATE UNLOGGED TABLE {s}_fault (
  line bigint NOT NULL, field text NOT NULL, code text NOT NULL, reason text NOT NULL
);

-- name: product
CREATE UNLOGGED TABLE {s}_product (
  seq bigint NOT NULL, batch integer NOT NULL, product_id uuid NOT NULL, sku text NOT NULL, name text, name_fold text,
  kind text, category text, category_given boolean NOT NULL, supplier text, supplier_given boolean NOT NULL,
  price text, price_given boolean NOT NULL, unit_cost text, unit_cost_given boolean NOT NULL, attributes text,
  discontinued_at timestamptz, discontinued_given boolean NOT NULL
);

-- name: touchpoint
CREATE UNLOGGED TABLE {s}_touchpoint (
  seq bigint NOT NULL, batch integer NOT NULL, claim uuid NOT NULL, purchase uuid, order_claim uuid,
  touchpoint_id uuid NOT NULL, prospect uuid NOT NULL,
  customer uuid, kind text, scope text, value text, verified boolean NOT NULL, identity_source text,
  source text NOT NULL, external_id text, occurred_at timestamptz NOT NULL, channel text NOT NULL,
  touch_kind text NOT NULL, function text NOT NULL, direction text NOT NULL, subject text, campaign uuid, sku text,
  case_number text, handled_by text, competitor text, cost text, duration_seconds integer, satisfaction integer,
  recommend_score integer, properties text, learnt text
);

-- name: member
CREATE UNLOGGED TABLE {s}_member (
  seq bigint NOT NULL, batch integer NOT NULL, segment uuid, segment_key text,
  customer uuid, kind text, scope text, value text, remove boolean NOT NULL
);

-- name: customer
CREATE UNLOGGED TABLE {s}_customer (
  seq bigint NOT NULL, batch integer NOT NULL, prospect uuid NOT NULL, customer uuid, identities text NOT NULL,
  source text NOT NULL, recorded_at timestamptz NOT NULL, undated boolean NOT NULL, stated text NOT NULL
);
