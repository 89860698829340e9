-- +goose Up
-- "THRN": tells a ledger from other SQLite files.
PRAGMA application_id = 1414025806;

-- One row: what the ledger knows about itself.
CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    id        TEXT NOT NULL,
    key_check BLOB NOT NULL,
    clock     INTEGER NOT NULL -- ledger time, nanoseconds since 1970
) STRICT;

CREATE TABLE accounts (
    name    TEXT PRIMARY KEY,
    lineage TEXT NOT NULL UNIQUE, -- one person-level budget a lineage
    cap_mu2     INTEGER NOT NULL CHECK (cap_mu2 >= 0),     -- of one period, 10^-12
    cap_epsilon INTEGER NOT NULL CHECK (cap_epsilon >= 0), -- pure line, 10^-12
    cap_delta   INTEGER NOT NULL CHECK (cap_delta >= 0),   -- pure line, 10^-18
    cap_tail    INTEGER NOT NULL CHECK (cap_tail >= 0),    -- samplers' tails, 10^-18
    terms   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The last wall: a row that spends more than its cap is refused.
CREATE TABLE balances (
    account TEXT NOT NULL REFERENCES accounts (name),
    period  INTEGER NOT NULL,
    cap_mu2       INTEGER NOT NULL,
    cap_epsilon   INTEGER NOT NULL,
    cap_delta     INTEGER NOT NULL,
    cap_tail      INTEGER NOT NULL,
    held_mu2      INTEGER NOT NULL CHECK (held_mu2 >= 0),
    held_epsilon  INTEGER NOT NULL CHECK (held_epsilon >= 0),
    held_delta    INTEGER NOT NULL CHECK (held_delta >= 0),
    held_tail     INTEGER NOT NULL CHECK (held_tail >= 0),
    spent_mu2     INTEGER NOT NULL CHECK (spent_mu2 >= 0),
    spent_epsilon INTEGER NOT NULL CHECK (spent_epsilon >= 0),
    spent_delta   INTEGER NOT NULL CHECK (spent_delta >= 0),
    spent_tail    INTEGER NOT NULL CHECK (spent_tail >= 0),
    builds        INTEGER NOT NULL CHECK (builds >= 0),
    PRIMARY KEY (account, period),
    CHECK (held_mu2 + spent_mu2 <= cap_mu2),
    CHECK (held_epsilon + spent_epsilon <= cap_epsilon),
    CHECK (held_delta + spent_delta <= cap_delta),
    CHECK (held_tail + spent_tail <= cap_tail)
) STRICT, WITHOUT ROWID;

-- Reservations that are not resolved. All else about them is in entries.
CREATE TABLE holds (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    plan    TEXT NOT NULL,
    date    TEXT NOT NULL,
    period  INTEGER NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    cost_mu2       INTEGER NOT NULL,
    cost_epsilon   INTEGER NOT NULL,
    cost_delta     INTEGER NOT NULL,
    cost_tail      INTEGER NOT NULL,
    charge_mu2     INTEGER NOT NULL CHECK (charge_mu2 >= cost_mu2),
    charge_epsilon INTEGER NOT NULL CHECK (charge_epsilon >= cost_epsilon),
    charge_delta   INTEGER NOT NULL CHECK (charge_delta >= cost_delta),
    charge_tail    INTEGER NOT NULL CHECK (charge_tail >= cost_tail),
    token   TEXT NOT NULL,
    owner   TEXT NOT NULL,
    lease   INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    kept    INTEGER NOT NULL,
    UNIQUE (account, plan, date),
    FOREIGN KEY (account, period) REFERENCES balances (account, period)
) STRICT, WITHOUT ROWID;

-- Everything that ever happened. Balances follow from it.
CREATE TABLE entries (
    seq     INTEGER PRIMARY KEY,
    type    TEXT NOT NULL CHECK (type IN ('open', 'reserve', 'keep', 'post', 'void', 'retract')),
    at      INTEGER NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (name),
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
    sum     BLOB NOT NULL CHECK (length(sum) = 32), -- SHA-256 of the released bytes, of a post
    text    BLOB NOT NULL -- the plan of a post, the terms of an open
) STRICT;

CREATE INDEX entries_account ON entries (account, seq);
-- A reservation resolves at most once, a release is posted and retracted at most once.
CREATE UNIQUE INDEX entries_resolved ON entries (reservation) WHERE type IN ('post', 'void');
CREATE UNIQUE INDEX entries_posted ON entries (release) WHERE type = 'post';
CREATE UNIQUE INDEX entries_retracted ON entries (release) WHERE type = 'retract';

CREATE TABLE releases (
    id      TEXT PRIMARY KEY,
    seq     INTEGER NOT NULL UNIQUE REFERENCES entries (seq),
    account TEXT NOT NULL REFERENCES accounts (name),
    plan    TEXT NOT NULL,
    date    TEXT NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    at      INTEGER NOT NULL,
    mu2     INTEGER NOT NULL,
    epsilon INTEGER NOT NULL,
    delta   INTEGER NOT NULL,
    tail    INTEGER NOT NULL,
    supersedes TEXT UNIQUE REFERENCES releases (id),
    bytes   BLOB NOT NULL CHECK (length(bytes) > 0)
) STRICT;

CREATE INDEX releases_identity ON releases (account, plan, date);
-- One release of an identity supersedes nothing; every other one another.
CREATE UNIQUE INDEX releases_first ON releases (account, plan, date) WHERE supersedes IS NULL;

-- +goose StatementBegin
CREATE TRIGGER accounts_fixed BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts are for good'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accounts_stay BEFORE DELETE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts are for good'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are for good'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are for good'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_fixed BEFORE UPDATE ON releases BEGIN SELECT RAISE(ABORT, 'releases are for good'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_stay BEFORE DELETE ON releases BEGIN SELECT RAISE(ABORT, 'releases are for good'); END;
-- +goose StatementEnd
