-- Addresses (of IPv6: networks of 64 bits) that the owner of an account has logged in from, divided by
-- spaces, the one that was used last behind: nobody can bar them there by guessing elsewhere.
ALTER TABLE account ADD COLUMN places TEXT NOT NULL DEFAULT '';
