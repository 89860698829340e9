-- Schema 2, first part: tables in their new form, with the rows of schema 1.
-- It runs with foreign_keys off, in one transaction with the hashing of the
-- entries and triggers.sql.
ALTER TABLE meta ADD COLUMN size INTEGER NOT NULL DEFAULT 0;   -- entries
ALTER TABLE meta ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0; -- of the tree
ALTER TABLE meta ADD COLUMN head BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000'; -- hash of the newest entry
ALTER TABLE meta ADD COLUMN frontier BLOB NOT NULL DEFAULT x''; -- roots of the tree's perfect subtrees, largest first
ALTER TABLE meta ADD COLUMN move TEXT NOT NULL DEFAULT '';       -- random, of the move that the next two are about
ALTER TABLE meta ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';   -- where the ledger is now; empty: here
ALTER TABLE meta ADD COLUMN moved_from TEXT NOT NULL DEFAULT ''; -- where it was, until the one there is known to be closed

ALTER TABLE releases ADD COLUMN checkpoint TEXT NOT NULL DEFAULT ''; -- signed; empty of what was released before there were any

CREATE TABLE accounts_2 (
    name    TEXT PRIMARY KEY,
    lineage TEXT NOT NULL,
    parent  TEXT REFERENCES accounts (name), -- NULL: the person-level account of its lineage
    cap_mu2     INTEGER NOT NULL CHECK (cap_mu2 >= 0),     -- of one period, 10^-12
    cap_epsilon INTEGER NOT NULL CHECK (cap_epsilon >= 0), -- pure line, 10^-12
    cap_delta   INTEGER NOT NULL CHECK (cap_delta >= 0),   -- pure line, 10^-18
    cap_tail    INTEGER NOT NULL CHECK (cap_tail >= 0),    -- samplers' tails, 10^-18
    terms   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO accounts_2 SELECT name, lineage, NULL, cap_mu2, cap_epsilon, cap_delta, cap_tail, terms FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_2 RENAME TO accounts;

CREATE TABLE entries_2 (
    seq     INTEGER PRIMARY KEY CHECK (seq > 0),
    type    TEXT NOT NULL, -- verify knows which there are
    at      INTEGER NOT NULL,
    account TEXT REFERENCES accounts (name), -- NULL: of the ledger as a whole
    period  INTEGER NOT NULL,
    plan    TEXT NOT NULL,
    date    TEXT NOT NULL,
    reservation TEXT NOT NULL,
    release     TEXT NOT NULL,
    mu2     INTEGER NOT NULL CHECK (mu2 >= 0),
    epsilon INTEGER NOT NULL CHECK (epsilon >= 0),
    delta   INTEGER NOT NULL CHECK (delta >= 0),
    tail    INTEGER NOT NULL CHECK (tail >= 0),
    reason  TEXT NOT NULL,
    actor   TEXT NOT NULL, -- who signed, by name, with commas between; empty: nobody
    sum     BLOB NOT NULL CHECK (length(sum) = 32),  -- SHA-256 of the released bytes, of a post
    prev    BLOB NOT NULL CHECK (length(prev) = 32), -- hash of the entry before
    hash    BLOB NOT NULL CHECK (length(hash) = 32), -- of everything in this row
    text    BLOB NOT NULL -- the plan of a post, the terms of an open, what was signed
) STRICT;
INSERT INTO entries_2 SELECT seq, type, at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail, reason, '',
    sum, zeroblob(32), zeroblob(32), text FROM entries ORDER BY seq;
DROP TABLE entries;
ALTER TABLE entries_2 RENAME TO entries;
