// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"database/sql"
	"errors"

	"github.com/throng-dp/throng/dp/ledger"
)

// Meta implements ledger.Tx.
func (t *Tx) Meta() (m ledger.Meta, err error) {
	var clock int64
	var head, frontier []byte
	err = t.row("SELECT id, key_check, clock, size, head, leaves, frontier, move, moved_to, moved_from FROM meta").
		Scan(&m.ID, &m.KeyCheck, &clock, &m.Size, &head, &m.Leaves, &frontier, &m.Move, &m.MovedTo, &m.MovedFrom)
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
func (t *Tx) SetMeta(m ledger.Meta) error {
	frontier := []byte{}
	for _, h := range m.Frontier {
		frontier = append(frontier, h[:]...)
	}
	return t.Exec(`INSERT INTO meta (one, id, key_check, clock, size, head, leaves, frontier, move, moved_to, moved_from)
		VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (one) DO UPDATE SET id = excluded.id, key_check = excluded.key_check, clock = excluded.clock, size = excluded.size,
			head = excluded.head, leaves = excluded.leaves, frontier = excluded.frontier,
			move = excluded.move, moved_to = excluded.moved_to, moved_from = excluded.moved_from`,
		m.ID, m.KeyCheck, m.Clock.UnixNano(), m.Size, m.Head[:], m.Leaves, frontier, m.Move, m.MovedTo, m.MovedFrom)
}

// Accounts implements ledger.Tx.
func (t *Tx) Accounts() (all []ledger.AccountRow, err error) {
	err = t.Each(func(row *sql.Rows) error {
		var a ledger.AccountRow
		c := &a.Cap
		err := row.Scan(&a.Name, &a.Lineage, &a.Parent, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &a.Terms)
		all = append(all, a)
		return err
	}, "SELECT name, lineage, coalesce(parent, ''), cap_mu2, cap_epsilon, cap_delta, cap_tail, terms FROM accounts ORDER BY name")
	return all, err
}

// AddAccount implements ledger.Tx.
func (t *Tx) AddAccount(a ledger.AccountRow) error {
	return t.Exec("INSERT INTO accounts (name, lineage, parent, cap_mu2, cap_epsilon, cap_delta, cap_tail, terms) VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?)",
		a.Name, a.Lineage, a.Parent, a.Cap.MuSquared, a.Cap.Epsilon, a.Cap.Delta, a.Cap.Tail, a.Terms)
}

// Balances implements ledger.Tx.
func (t *Tx) Balances(account string) (all []ledger.Balance, err error) {
	err = t.Each(func(row *sql.Rows) error {
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
func (t *Tx) SetBalance(b ledger.Balance) error {
	c, h, s := b.Cap, b.Held, b.Spent
	return t.Exec(`INSERT INTO balances (account, period, cap_mu2, cap_epsilon, cap_delta, cap_tail, held_mu2, held_epsilon, held_delta, held_tail,
			spent_mu2, spent_epsilon, spent_delta, spent_tail, builds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, period) DO UPDATE SET cap_mu2 = excluded.cap_mu2, cap_epsilon = excluded.cap_epsilon,
			cap_delta = excluded.cap_delta, cap_tail = excluded.cap_tail, held_mu2 = excluded.held_mu2, held_epsilon = excluded.held_epsilon,
			held_delta = excluded.held_delta, held_tail = excluded.held_tail, spent_mu2 = excluded.spent_mu2,
			spent_epsilon = excluded.spent_epsilon, spent_delta = excluded.spent_delta, spent_tail = excluded.spent_tail, builds = excluded.builds`,
		b.Account, b.Period, c.MuSquared, c.Epsilon, c.Delta, c.Tail, h.MuSquared, h.Epsilon, h.Delta, h.Tail,
		s.MuSquared, s.Epsilon, s.Delta, s.Tail, b.Builds)
}

// Holds implements ledger.Tx.
func (t *Tx) Holds(account string) (all []ledger.Hold, err error) {
	err = t.Each(func(row *sql.Rows) error {
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
func (t *Tx) SetHold(h ledger.Hold) error {
	c, g := h.Cost, h.Charge
	return t.Exec(`INSERT INTO holds (id, account, plan, date, period, digest, cost_mu2, cost_epsilon, cost_delta, cost_tail,
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
func (t *Tx) DropHold(id string) error { return t.Exec("DELETE FROM holds WHERE id = ?", id) }
