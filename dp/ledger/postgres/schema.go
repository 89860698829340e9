// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

//go:embed migrations/*.sql migrations/2/*.sql
var migrations embed.FS

// schema is the number of the newest migration: the version this program reads
// and writes. Others are refused, never converted in passing.
const schema = 2

// Version is that number.
const Version = schema

// build makes the tables of an empty ledger under a name of their own, and then
// gives them theirs: whoever is first has made the ledger, and a crash leaves
// nothing under the name. There are no rows but m, if it is not nil.
func (p *place) build(ctx context.Context, m *ledger.Meta) error {
	s := &store{place: p}
	aside := p.schema + "_new_" + strings.ToLower(rand.Text())[:8]
	config := p.config.Copy()
	config.RuntimeParams["search_path"] = aside
	db := stdlib.OpenDB(*config)
	defer db.Close()
	var exists bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", p.schema).Scan(&exists); err != nil {
		return s.settled(ctx, err)
	}
	if exists {
		return p.taken()
	}
	_, err := db.ExecContext(ctx, "CREATE SCHEMA "+aside)
	if err != nil {
		return s.settled(ctx, err)
	}
	err = (&migration{}).run(ctx, db)
	if err == nil && m != nil {
		err = tables.New(ctx, db, tables.PostgreSQL).SetMeta(*m)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "ALTER SCHEMA "+aside+" RENAME TO "+p.schema)
	}
	if err == nil {
		return nil
	}
	_, dropped := db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA IF EXISTS "+aside+" CASCADE")
	if c := code(err); c == "42P06" || c == "23505" { // somebody was faster
		return p.taken()
	}
	return s.settled(ctx, errors.Join(err, dropped))
}

// taken refuses a schema that exists.
func (p *place) taken() error {
	return (&store{place: p}).storage("the schema "+p.schema+" exists", "a ledger is never overwritten; name another place by ?search_path=NAME")
}

// unused tells whether there is a ledger that was made and never bound to a key.
// Nothing can have been drawn on it.
func (p *place) unused(ctx context.Context) (bool, error) {
	s := newStore(p)
	defer s.Close()
	var m ledger.Meta
	err := s.ready(ctx)
	if err == nil {
		err = s.View(ctx, func(tx ledger.Tx) (err error) {
			m, err = tx.Meta()
			return err
		})
	}
	switch {
	case errors.Is(err, ledger.ErrMissing):
		return false, nil
	case err == nil && m.ID != "":
		return false, p.taken()
	}
	return err == nil, err
}

// settled explains an error that is not tried again.
func (s *store) settled(ctx context.Context, err error) error {
	err = s.explain(ctx, err)
	var a again
	if errors.As(err, &a) {
		return a.error
	}
	return err
}

// version reads of which version a ledger is, if there is one.
func (s *store) version(ctx context.Context) (version int64, err error) {
	var found bool
	err = retried(ctx, func() error {
		return s.explainNil(ctx, s.db.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL").Scan(&found))
	})
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, s.missing("no ledger in the schema " + s.place.schema)
	}
	err = s.db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, s.settled(ctx, err)
	}
	return version, nil
}

func (s *store) newer(version int64) error {
	return s.wrong(fmt.Sprintf("made by a newer throng: schema %d, this program knows %d", version, schema), "use the newer program; a ledger is never taken back")
}

// ready makes sure that there is a ledger, of the version known here.
func (s *store) ready(ctx context.Context) error {
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case version > schema:
		return s.newer(version)
	case version < schema:
		return s.wrong(fmt.Sprintf("made by an older throng: schema %d, this program knows %d", version, schema), "the owner of the budget upgrades it, and a copy is made first: throng ledger upgrade --ledger '"+s.place.name+"'")
	}
	c, err := s.begin(ctx, beginRead)
	if err != nil {
		return s.settled(ctx, err)
	}
	defer c.end()
	return s.safe(c.said)
}

func (s *store) explainNil(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return s.explain(ctx, err)
}

// checks are questions whose answer is the number of faults. Reading every row
// also has the server look at every page, and at its checksum where it keeps one.
var checks = []struct{ fault, query string }{
	{"a wall is gone: a trigger is missing or off", `SELECT 5 - count(*) FROM pg_trigger
		WHERE tgenabled = 'O' AND (tgrelid::regclass::text, tgname) IN (('accounts', 'accounts_fixed'), ('entries', 'entries_fixed'),
			('releases', 'releases_fixed'), ('entries', 'entries_chained'), ('balances', 'balances_grow'))`},
	{"a wall is gone: a constraint is missing or not checked", `SELECT 51 - count(*) FROM pg_constraint
		WHERE convalidated AND contype IN ('c', 'f', 'p', 'u') AND conrelid IN ('meta'::regclass, 'accounts'::regclass, 'balances'::regclass, 'holds'::regclass, 'entries'::regclass, 'releases'::regclass)`},
	{"a wall is gone: an index is missing or not valid", `SELECT 6 - count(*) FROM pg_index
		WHERE indisvalid AND indisunique AND indexrelid::regclass::text IN ('accounts_lineage', 'entries_resolved', 'entries_posted',
			'entries_retracted', 'entries_superseded', 'releases_first')`},
	{"an entry is of an account that is not there", `SELECT count(*) FROM entries AS e
		WHERE length(text) >= 0 AND account IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts AS a WHERE a.name = e.account)`},
	{"a balance is of an account that is not there", `SELECT count(*) FROM balances AS b
		WHERE NOT EXISTS (SELECT 1 FROM accounts AS a WHERE a.name = b.account)`},
	{"a hold is of a balance that is not there", `SELECT count(*) FROM holds AS h
		WHERE NOT EXISTS (SELECT 1 FROM balances AS b WHERE b.account = h.account AND b.period = h.period)`},
	{"a release is of an entry that is not there", `SELECT count(*) FROM releases AS r
		WHERE length(bytes) >= 0 AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.seq = r.seq)`},
}

// Check implements ledger.Store.
func (s *store) Check(ctx context.Context) error {
	c, err := s.begin(ctx, beginRead)
	if err != nil {
		return s.settled(ctx, err)
	}
	defer c.end()
	for _, q := range checks {
		var faults int64
		if err := c.QueryRowContext(ctx, q.query).Scan(&faults); err != nil {
			return s.settled(ctx, err)
		}
		if faults != 0 {
			return s.wrong(q.fault, "restore it from a backup")
		}
	}
	return nil
}
