-- Schema 3: what was signed is found without reading every entry.
CREATE INDEX entries_signed ON entries (type, seq) WHERE type IN ('key', 'grant', 'approve', 'accept');
