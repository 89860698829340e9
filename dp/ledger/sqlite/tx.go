// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// A tx is one transaction on the tables of migrations/.
type tx struct {
	ctx context.Context
	*sql.Tx
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.ExecContext(t.ctx, query, args...)
	return err
}

// each calls scan for every row of a query.
func (t *tx) each(scan func(row *sql.Rows) error, query string, args ...any) error {
	rows, err := t.QueryContext(t.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Times are nanoseconds since 1970.
func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// Meta implements ledger.Tx.
func (t *tx) Meta() (m ledger.Meta, err error) {
	var clock int64
	var head, frontier []byte
	err = t.QueryRowContext(t.ctx, "SELECT id, key_check, clock, size, head, leaves, frontier FROM meta").
		Scan(&m.ID, &m.KeyCheck, &clock, &m.Size, &head, &m.Leaves, &frontier)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Meta{}, nil
	}
	m.Clock = instant(clock)
	copy(m.Head[:], head)
	for ; len(frontier) >= 32; frontier = frontier[32:] {
		m.Frontier = append(m.Frontier, [32]byte(frontier))
	}
	return m, err
}

// SetMeta implements ledger.Tx.
func (t *tx) SetMeta(m ledger.Meta) error {
	frontier := []byte{}
	for _, h := range m.Frontier {
		frontier = append(frontier, h[:]...)
	}
	return t.exec("INSERT OR REPLACE INTO meta (one, id, key_check, clock, size, head, leaves, frontier) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.KeyCheck, m.Clock.UnixNano(), m.Size, m.Head[:], m.Leaves, frontier)
}

// Accounts implements ledger.Tx.
func (t *tx) Accounts() (all []ledger.AccountRow, err error) {
	err = t.each(func(row *sql.Rows) error {
		var a ledger.AccountRow
		c := &a.Cap
		err := row.Scan(&a.Name, &a.Lineage, &a.Parent, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &a.Terms)
		all = append(all, a)
		return err
	}, "SELECT name, lineage, coalesce(parent, ''), cap_mu2, cap_epsilon, cap_delta, cap_tail, terms FROM accounts ORDER BY name")
	return all, err
}

// AddAccount implements ledger.Tx.
func (t *tx) AddAccount(a ledger.AccountRow) error {
	return t.exec("INSERT INTO accounts (name, lineage, parent, cap_mu2, cap_epsilon, cap_delta, cap_tail, terms) VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?)",
		a.Name, a.Lineage, a.Parent, a.Cap.MuSquared, a.Cap.Epsilon, a.Cap.Delta, a.Cap.Tail, a.Terms)
}

// Balances implements ledger.Tx.
func (t *tx) Balances(account string) (all []ledger.Balance, err error) {
	err = t.each(func(row *sql.Rows) error {
		b := ledger.Balance{Account: account}
		c, h, s := &b.Cap, &b.Held, &b.Spent
		err := row.Scan(&b.Period, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &h.MuSquared, &h.Epsilon, &h.Delta, &h.Tail,
			&s.MuSquared, &s.Epsilon, &s.Delta, &s.Tail, &b.Builds)
		all = append(all, b)
		return err
	}, `SELECT period, cap_mu2, cap_epsilon, cap_delta, cap_tail, held_mu2, held_epsilon, held_delta, held_tail,
		spent_mu2, spent_epsilon, spent_delta, spent_tail, builds FROM balances WHERE account = ? ORDER BY period`, account)
	return all, err
}

// SetBalance implements ledger.Tx.
func (t *tx) SetBalance(b ledger.Balance) error {
	c, h, s := b.Cap, b.Held, b.Spent
	return t.exec(`INSERT INTO balances (account, period, cap_mu2, cap_epsilon, cap_delta, cap_tail, held_mu2, held_epsilon, held_delta, held_tail,
			spent_mu2, spent_epsilon, spent_delta, spent_tail, builds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, period) DO UPDATE SET cap_mu2 = excluded.cap_mu2, cap_epsilon = excluded.cap_epsilon,
			cap_delta = excluded.cap_delta, cap_tail = excluded.cap_tail, held_mu2 = excluded.held_mu2, held_epsilon = excluded.held_epsilon,
			held_delta = excluded.held_delta, held_tail = excluded.held_tail, spent_mu2 = excluded.spent_mu2,
			spent_epsilon = excluded.spent_epsilon, spent_delta = excluded.spent_delta, spent_tail = excluded.spent_tail, builds = excluded.builds`,
		b.Account, b.Period, c.MuSquared, c.Epsilon, c.Delta, c.Tail, h.MuSquared, h.Epsilon, h.Delta, h.Tail,
		s.MuSquared, s.Epsilon, s.Delta, s.Tail, b.Builds)
}

// Holds implements ledger.Tx.
func (t *tx) Holds(account string) (all []ledger.Hold, err error) {
	err = t.each(func(row *sql.Rows) error {
		h := ledger.Hold{Account: account}
		c, g := &h.Cost, &h.Charge
		var digest []byte
		var lease int64
		err := row.Scan(&h.ID, &h.Plan, &h.Date, &h.Period, &digest, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail,
			&g.MuSquared, &g.Epsilon, &g.Delta, &g.Tail, &h.Token, &h.Owner, &lease, &h.Touched, &h.Kept)
		h.Lease = instant(lease)
		copy(h.Digest[:], digest)
		all = append(all, h)
		return err
	}, `SELECT id, plan, date, period, digest, cost_mu2, cost_epsilon, cost_delta, cost_tail,
		charge_mu2, charge_epsilon, charge_delta, charge_tail, token, owner, lease, touched, kept
		FROM holds WHERE account = ? ORDER BY plan, date`, account)
	return all, err
}

// SetHold implements ledger.Tx.
func (t *tx) SetHold(h ledger.Hold) error {
	c, g := h.Cost, h.Charge
	return t.exec(`INSERT INTO holds (id, account, plan, date, period, digest, cost_mu2, cost_epsilon, cost_delta, cost_tail,
			charge_mu2, charge_epsilon, charge_delta, charge_tail, token, owner, lease, touched, kept)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, cost_mu2 = excluded.cost_mu2, cost_epsilon = excluded.cost_epsilon,
			cost_delta = excluded.cost_delta, cost_tail = excluded.cost_tail, charge_mu2 = excluded.charge_mu2,
			charge_epsilon = excluded.charge_epsilon, charge_delta = excluded.charge_delta, charge_tail = excluded.charge_tail,
			token = excluded.token, owner = excluded.owner, lease = excluded.lease, touched = excluded.touched, kept = excluded.kept`,
		h.ID, h.Account, h.Plan, h.Date, h.Period, h.Digest[:], c.MuSquared, c.Epsilon, c.Delta, c.Tail,
		g.MuSquared, g.Epsilon, g.Delta, g.Tail, h.Token, h.Owner, h.Lease.UnixNano(), h.Touched, h.Kept)
}

// DropHold implements ledger.Tx.
func (t *tx) DropHold(id string) error { return t.exec("DELETE FROM holds WHERE id = ?", id) }

// Append implements ledger.Tx.
func (t *tx) Append(r ledger.Record) error {
	if r.Text == nil {
		r.Text = []byte{}
	}
	return t.exec(`INSERT INTO entries (seq, type, at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail,
			reason, actor, sum, prev, hash, text)
		VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Type, r.At.UnixNano(), r.Account, r.Period, r.Plan, r.Date, r.Reservation, r.Release,
		r.Cost.MuSquared, r.Cost.Epsilon, r.Cost.Delta, r.Cost.Tail, r.Reason, r.Actor, r.Sum[:], r.Prev[:], r.Hash[:], r.Text)
}

// Records implements ledger.Tx.
func (t *tx) Records(account string, f func(ledger.Record) error) error {
	return t.each(func(row *sql.Rows) error {
		var r ledger.Record
		var at int64
		var sum, prev, hash []byte
		c := &r.Cost
		if err := row.Scan(&r.Seq, &r.Type, &at, &r.Account, &r.Period, &r.Plan, &r.Date, &r.Reservation, &r.Release,
			&c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &r.Reason, &r.Actor, &sum, &prev, &hash, &r.Text); err != nil {
			return err
		}
		r.At = instant(at)
		copy(r.Sum[:], sum)
		copy(r.Prev[:], prev)
		copy(r.Hash[:], hash)
		return f(r)
	}, `SELECT seq, type, at, coalesce(account, ''), period, plan, date, reservation, release, mu2, epsilon, delta, tail,
		reason, actor, sum, prev, hash, text
		FROM entries WHERE ?1 = '' OR account = ?1 ORDER BY seq`, account)
}

// AddRelease implements ledger.Tx.
func (t *tx) AddRelease(p ledger.Posted) error {
	var supersedes any
	if p.Supersedes != "" {
		supersedes = p.Supersedes
	}
	c := p.Cost
	return t.exec(`INSERT INTO releases (id, seq, account, plan, date, digest, at, mu2, epsilon, delta, tail, supersedes, checkpoint, bytes)
		SELECT ?1, seq, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM entries WHERE type = 'post' AND release = ?1`,
		p.ID, p.Account, p.Plan, p.Date, p.Digest[:], p.At.UnixNano(), c.MuSquared, c.Epsilon, c.Delta, c.Tail, supersedes, p.Checkpoint, p.Bytes)
}

// Releases implements ledger.Tx.
func (t *tx) Releases(account, plan string) (all []ledger.Posted, err error) {
	err = t.each(func(row *sql.Rows) error {
		var p ledger.Posted
		var digest []byte
		var at int64
		c := &p.Cost
		err := row.Scan(&p.ID, &p.Account, &p.Plan, &p.Date, &digest, &at, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail,
			&p.Supersedes, &p.Checkpoint, &p.Superseded, &p.Retracted)
		p.At = instant(at)
		copy(p.Digest[:], digest)
		all = append(all, p)
		return err
	}, `SELECT r.id, r.account, r.plan, r.date, r.digest, r.at, r.mu2, r.epsilon, r.delta, r.tail, coalesce(r.supersedes, ''), r.checkpoint,
		EXISTS (SELECT 1 FROM releases AS n WHERE n.supersedes = r.id), coalesce(x.reason, '')
		FROM releases AS r LEFT JOIN entries AS x ON x.release = r.id AND x.type = 'retract'
		WHERE (?1 = '' OR r.account = ?1) AND (?2 = '' OR r.plan = ?2) ORDER BY r.seq`, account, plan)
	return all, err
}

// Bytes implements ledger.Tx.
func (t *tx) Bytes(id string) (text []byte, err error) {
	err = t.QueryRowContext(t.ctx, "SELECT bytes FROM releases WHERE id = ?", id).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s: %w", id, ledger.ErrNotFound)
	}
	return text, err
}
