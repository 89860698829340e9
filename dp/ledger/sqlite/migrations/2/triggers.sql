-- Schema 2, last part: indexes, and the walls that keep what is there.
-- One person-level budget a lineage; sub-accounts divide it.
CREATE UNIQUE INDEX accounts_lineage ON accounts (lineage) WHERE parent IS NULL;

CREATE INDEX entries_account ON entries (account, seq);
-- A reservation resolves at most once, a release is posted, retracted and
-- superseded at most once.
CREATE UNIQUE INDEX entries_resolved ON entries (reservation) WHERE type IN ('post', 'void', 'expire');
CREATE UNIQUE INDEX entries_posted ON entries (release) WHERE type = 'post';
CREATE UNIQUE INDEX entries_retracted ON entries (release) WHERE type = 'retract';
CREATE UNIQUE INDEX entries_superseded ON entries (release) WHERE type = 'supersede';

CREATE TRIGGER accounts_fixed BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts are for good'); END;
CREATE TRIGGER accounts_stay BEFORE DELETE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts are for good'); END;
CREATE TRIGGER entries_fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are for good'); END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are for good'); END;
CREATE TRIGGER entries_chained BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
    OR NEW.prev <> coalesce((SELECT hash FROM entries WHERE seq = NEW.seq - 1), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'an entry follows the newest one'); END;
CREATE TRIGGER balances_grow BEFORE UPDATE ON balances
WHEN NEW.cap_mu2 < OLD.cap_mu2 OR NEW.cap_epsilon < OLD.cap_epsilon OR NEW.cap_delta < OLD.cap_delta OR NEW.cap_tail < OLD.cap_tail
BEGIN SELECT RAISE(ABORT, 'a cap never shrinks'); END;
