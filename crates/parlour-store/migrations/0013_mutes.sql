-- What comes of a ban: `ban` keeps out, `mute` keeps silent.
ALTER TABLE ban ADD COLUMN action TEXT NOT NULL DEFAULT 'ban';
