-- Value models of every family, with what corrects them. One change a statement; statements are parted by a semicolon at line's end.
ALTER TABLE value_model ADD COLUMN IF NOT EXISTS back_test JSONB;
ALTER TABLE value_model ADD COLUMN IF NOT EXISTS residual JSONB;
