-- Whom a piece of a file names: who is erased takes the file with them.
ALTER TABLE file_chunk ADD COLUMN IF NOT EXISTS named UUID[];
