-- What SCRAM-SHA-256 needs of an account's password (RFC 5802 §3), in base64; all or none of it.
ALTER TABLE account ADD COLUMN scram_salt TEXT;
ALTER TABLE account ADD COLUMN scram_iterations INTEGER;
ALTER TABLE account ADD COLUMN scram_stored_key TEXT;
ALTER TABLE account ADD COLUMN scram_server_key TEXT;
