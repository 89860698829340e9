-- +goose Up
-- The tables of SQLite's schema 2, with PostgreSQL's types. Text is compared by
-- bytes, whatever the database's language.

-- Writers lock it to take turns. It has no rows, so nothing ever vacuums it.
CREATE TABLE turn ();

-- The last transaction that each writer committed: tells what became of a commit
-- whose answer was lost.
CREATE TABLE writers (
    id   TEXT PRIMARY KEY,
    last BIGINT NOT NULL,
    at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One row: what the ledger knows about itself.
CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    id        TEXT NOT NULL,
    key_check BYTEA NOT NULL,
    clock     BIGINT NOT NULL, -- ledger time, nanoseconds since 1970
    size      BIGINT NOT NULL, -- entries
    head      BYTEA NOT NULL CHECK (length(head) = 32), -- hash of the newest entry
    leaves    BIGINT NOT NULL, -- of the tree
    frontier  BYTEA NOT NULL,  -- roots of the tree's perfect subtrees, largest first
    move       TEXT NOT NULL,  -- random, of the move that the next two are about
    moved_to   TEXT NOT NULL,  -- where the ledger is now; empty: here
    moved_from TEXT NOT NULL   -- where it was, until the one there is known to be closed
) WITH (fillfactor = 50);

CREATE TABLE accounts (
    name    TEXT COLLATE "C" PRIMARY KEY,
    lineage TEXT COLLATE "C" NOT NULL,
    parent  TEXT COLLATE "C" REFERENCES accounts (name), -- NULL: the person-level account of its lineage
    cap_mu2     BIGINT NOT NULL CHECK (cap_mu2 >= 0),     -- of one period, 10^-12
    cap_epsilon BIGINT NOT NULL CHECK (cap_epsilon >= 0), -- pure line, 10^-12
    cap_delta   BIGINT NOT NULL CHECK (cap_delta >= 0),   -- pure line, 10^-18
    cap_tail    BIGINT NOT NULL CHECK (cap_tail >= 0),    -- samplers' tails, 10^-18
    terms   BYTEA NOT NULL
);
-- One person-level budget a lineage; sub-accounts divide it.
CREATE UNIQUE INDEX accounts_lineage ON accounts (lineage) WHERE parent IS NULL;

-- The last wall: a row that spends more than its cap is refused.
CREATE TABLE balances (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (name),
    period  BIGINT NOT NULL,
    cap_mu2       BIGINT NOT NULL,
    cap_epsilon   BIGINT NOT NULL,
    cap_delta     BIGINT NOT NULL,
    cap_tail      BIGINT NOT NULL,
    held_mu2      BIGINT NOT NULL CHECK (held_mu2 >= 0),
    held_epsilon  BIGINT NOT NULL CHECK (held_epsilon >= 0),
    held_delta    BIGINT NOT NULL CHECK (held_delta >= 0),
    held_tail     BIGINT NOT NULL CHECK (held_tail >= 0),
    spent_mu2     BIGINT NOT NULL CHECK (spent_mu2 >= 0),
    spent_epsilon BIGINT NOT NULL CHECK (spent_epsilon >= 0),
    spent_delta   BIGINT NOT NULL CHECK (spent_delta >= 0),
    spent_tail    BIGINT NOT NULL CHECK (spent_tail >= 0),
    builds        BIGINT NOT NULL CHECK (builds >= 0),
    PRIMARY KEY (account, period),
    CHECK (held_mu2 + spent_mu2 <= cap_mu2),
    CHECK (held_epsilon + spent_epsilon <= cap_epsilon),
    CHECK (held_delta + spent_delta <= cap_delta),
    CHECK (held_tail + spent_tail <= cap_tail)
) WITH (fillfactor = 50);

-- Reservations that are not resolved. All else about them is in entries.
CREATE TABLE holds (
    id      TEXT COLLATE "C" PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (name),
    plan    TEXT COLLATE "C" NOT NULL,
    date    TEXT COLLATE "C" NOT NULL,
    period  BIGINT NOT NULL,
    digest  BYTEA NOT NULL CHECK (length(digest) = 32),
    cost_mu2       BIGINT NOT NULL,
    cost_epsilon   BIGINT NOT NULL,
    cost_delta     BIGINT NOT NULL,
    cost_tail      BIGINT NOT NULL,
    charge_mu2     BIGINT NOT NULL CHECK (charge_mu2 >= cost_mu2),
    charge_epsilon BIGINT NOT NULL CHECK (charge_epsilon >= cost_epsilon),
    charge_delta   BIGINT NOT NULL CHECK (charge_delta >= cost_delta),
    charge_tail    BIGINT NOT NULL CHECK (charge_tail >= cost_tail),
    token   TEXT NOT NULL,
    owner   TEXT NOT NULL,
    lease   BIGINT NOT NULL,
    touched BOOLEAN NOT NULL,
    kept    BOOLEAN NOT NULL,
    UNIQUE (account, plan, date),
    FOREIGN KEY (account, period) REFERENCES balances (account, period)
);

-- Everything that ever happened. Balances follow from it.
CREATE TABLE entries (
    seq     BIGINT PRIMARY KEY CHECK (seq > 0),
    type    TEXT COLLATE "C" NOT NULL, -- verify knows which there are
    at      BIGINT NOT NULL,
    account TEXT COLLATE "C" REFERENCES accounts (name), -- NULL: of the ledger as a whole
    period  BIGINT NOT NULL,
    plan    TEXT COLLATE "C" NOT NULL,
    date    TEXT COLLATE "C" NOT NULL,
    reservation TEXT COLLATE "C" NOT NULL,
    release     TEXT COLLATE "C" NOT NULL,
    mu2     BIGINT NOT NULL CHECK (mu2 >= 0),
    epsilon BIGINT NOT NULL CHECK (epsilon >= 0),
    delta   BIGINT NOT NULL CHECK (delta >= 0),
    tail    BIGINT NOT NULL CHECK (tail >= 0),
    reason  TEXT NOT NULL,
    actor   TEXT NOT NULL, -- who signed, by name, with commas between; empty: nobody
    sum     BYTEA NOT NULL CHECK (length(sum) = 32),  -- SHA-256 of the released bytes, of a post
    prev    BYTEA NOT NULL CHECK (length(prev) = 32), -- hash of the entry before
    hash    BYTEA NOT NULL CHECK (length(hash) = 32), -- of everything in this row
    text    BYTEA NOT NULL -- the plan of a post, the terms of an open, what was signed
);
CREATE INDEX entries_account ON entries (account, seq);
-- A reservation resolves at most once, a release is posted, retracted and
-- superseded at most once.
CREATE UNIQUE INDEX entries_resolved ON entries (reservation) WHERE type IN ('post', 'void', 'expire');
CREATE UNIQUE INDEX entries_posted ON entries (release) WHERE type = 'post';
CREATE UNIQUE INDEX entries_retracted ON entries (release) WHERE type = 'retract';
CREATE UNIQUE INDEX entries_superseded ON entries (release) WHERE type = 'supersede';

CREATE TABLE releases (
    id      TEXT COLLATE "C" PRIMARY KEY,
    seq     BIGINT NOT NULL UNIQUE REFERENCES entries (seq),
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (name),
    plan    TEXT COLLATE "C" NOT NULL,
    date    TEXT COLLATE "C" NOT NULL,
    digest  BYTEA NOT NULL CHECK (length(digest) = 32),
    at      BIGINT NOT NULL,
    mu2     BIGINT NOT NULL,
    epsilon BIGINT NOT NULL,
    delta   BIGINT NOT NULL,
    tail    BIGINT NOT NULL,
    supersedes TEXT COLLATE "C" UNIQUE REFERENCES releases (id),
    checkpoint TEXT NOT NULL, -- signed; empty of what was released before there were any
    bytes   BYTEA NOT NULL CHECK (length(bytes) > 0)
);
CREATE INDEX releases_identity ON releases (account, plan, date);
-- One release of an identity supersedes nothing; every other one another.
CREATE UNIQUE INDEX releases_first ON releases (account, plan, date) WHERE supersedes IS NULL;

-- +goose StatementBegin
CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are for good', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest RECORD;
BEGIN
    SELECT seq, hash INTO newest FROM entries ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> coalesce(newest.seq, 0) + 1 OR NEW.prev <> coalesce(newest.hash, decode(repeat('00', 32), 'hex')) THEN
        RAISE EXCEPTION 'an entry follows the newest one';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cap_mu2 < OLD.cap_mu2 OR NEW.cap_epsilon < OLD.cap_epsilon OR NEW.cap_delta < OLD.cap_delta OR NEW.cap_tail < OLD.cap_tail THEN
        RAISE EXCEPTION 'a cap never shrinks';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER accounts_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts EXECUTE FUNCTION stays();
CREATE TRIGGER entries_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON entries EXECUTE FUNCTION stays();
CREATE TRIGGER releases_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON releases EXECUTE FUNCTION stays();
CREATE TRIGGER entries_chained BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION follows();
CREATE TRIGGER balances_grow BEFORE UPDATE ON balances FOR EACH ROW EXECUTE FUNCTION grows();
