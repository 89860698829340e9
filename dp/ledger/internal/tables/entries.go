// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/throng-dp/throng/dp/ledger"
)

// Append implements ledger.Tx.
func (t *Tx) Append(r ledger.Record) error {
	if r.Text == nil {
		r.Text = []byte{}
	}
	return t.Exec(`INSERT INTO entries (seq, type, at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail,
			reason, actor, sum, prev, hash, text)
		VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Type, r.At.UnixNano(), r.Account, r.Period, r.Plan, r.Date, r.Reservation, r.Release,
		r.Cost.MuSquared, r.Cost.Epsilon, r.Cost.Delta, r.Cost.Tail, r.Reason, r.Actor, r.Sum[:], r.Prev[:], r.Hash[:], r.Text)
}

// Records implements ledger.Tx.
func (t *Tx) Records(account string, f func(ledger.Record) error) error {
	return t.Each(recordOf(f), `SELECT `+recordColumns+` FROM entries WHERE ?1 = '' OR account = ?1 ORDER BY seq`, account)
}

// Between implements ledger.Tx.
func (t *Tx) Between(first, last int64, f func(ledger.Record) error) error {
	return t.Each(recordOf(f), `SELECT `+recordColumns+` FROM entries WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq`, first, last)
}

// Signed implements ledger.Tx. The list of types is that of the index
// entries_signed, which answers alone.
func (t *Tx) Signed(kind string, f func(ledger.Record) error) error {
	return t.Each(recordOf(f), signedQuery, kind)
}

// SignedQuery is what Signed asks, in a dialect.
func (d *Dialect) SignedQuery() string { return d.words(signedQuery) }

const signedQuery = `SELECT ` + recordColumns + ` FROM entries
	WHERE type IN ('key', 'grant', 'approve', 'accept') AND type = ?1 ORDER BY seq`

// between stands between words that are read as one column, and in none of them:
// each column takes a driver as long as it takes SQLite to join several.
const between = "\x1f"

const recordColumns = `seq, at, period, mu2, epsilon, delta, tail,
	type || '` + between + `' || coalesce(account, '') || '` + between + `' || plan || '` + between + `' || date || '` + between + `' ||
		reservation || '` + between + `' || release,
	reason, actor, CAST(sum || prev || hash AS BLOB), text`

// recordOf reads a row of recordColumns.
func recordOf(f func(ledger.Record) error) func(row *sql.Rows) error {
	return func(row *sql.Rows) error {
		var r ledger.Record
		var at, period int64 // other integers take database/sql a detour
		var words string
		var sums sql.RawBytes
		c := &r.Cost
		if err := row.Scan(&r.Seq, &at, &period, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &words, &r.Reason, &r.Actor, &sums, &r.Text); err != nil {
			return err
		}
		if !apart(words, &r.Type, &r.Account, &r.Plan, &r.Date, &r.Reservation, &r.Release) || len(sums) != 3*32 {
			return wrongRow("entry", r.Seq)
		}
		r.At, r.Period = instant(at), int(period)
		r.Sum, r.Prev, r.Hash = [32]byte(sums), [32]byte(sums[32:]), [32]byte(sums[64:])
		return f(r)
	}
}

// apart takes words apart; false if they are not so many.
func apart(words string, to ...*string) bool {
	last := len(to) - 1
	for _, w := range to[:last] {
		var more bool
		if *w, words, more = strings.Cut(words, between); !more {
			return false
		}
	}
	*to[last] = words
	return !strings.Contains(words, between)
}

func wrongRow(what string, seq int64) error {
	return &ledger.Refusal{Reason: ledger.ErrDamaged, Detail: fmt.Sprintf("%s %d is not of a form that is written", what, seq), Hint: "restore the ledger from a backup"}
}

// AddRelease implements ledger.Tx.
func (t *Tx) AddRelease(p ledger.Posted) error {
	c := p.Cost
	return t.Exec(`INSERT INTO releases (id, seq, account, plan, date, digest, at, mu2, epsilon, delta, tail, supersedes, checkpoint, bytes)
		SELECT ?1, seq, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, nullif(?11, ''), ?12, ?13 FROM entries WHERE type = 'post' AND release = ?1`,
		p.ID, p.Account, p.Plan, p.Date, p.Digest[:], p.At.UnixNano(), c.MuSquared, c.Epsilon, c.Delta, c.Tail, p.Supersedes, p.Checkpoint, p.Bytes)
}

// Releases implements ledger.Tx.
func (t *Tx) Releases(account, plan string) (all []ledger.Posted, err error) {
	which := "(?1 = '' OR r.account = ?1) AND (?2 = '' OR r.plan = ?2)"
	if account != "" && plan != "" { // what every build asks, by an index
		which = "r.account = ?1 AND r.plan = ?2"
	}
	err = t.Each(func(row *sql.Rows) error {
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
		WHERE `+which+` ORDER BY r.seq`, account, plan)
	return all, err
}

// postColumns are what a row of releases holds, but for its bytes.
const postColumns = `seq, id || '` + between + `' || account || '` + between + `' || plan || '` + between + `' || date,
	digest, at, mu2, epsilon, delta, tail, coalesce(supersedes, ''), checkpoint`

// post reads a row of postColumns, and more.
func post(row interface{ Scan(to ...any) error }, more ...any) (seq int64, p ledger.Posted, err error) {
	var at int64
	var digest []byte
	var words string
	c := &p.Cost
	err = row.Scan(append([]any{&seq, &words, &digest, &at, &c.MuSquared, &c.Epsilon, &c.Delta, &c.Tail, &p.Supersedes, &p.Checkpoint}, more...)...)
	if err == nil && !apart(words, &p.ID, &p.Account, &p.Plan, &p.Date) {
		err = wrongRow("the release of entry", seq)
	}
	p.At = instant(at)
	copy(p.Digest[:], digest)
	return seq, p, err
}

// Posts implements ledger.Tx.
func (t *Tx) Posts(first, last int64, f func(seq int64, p ledger.Posted) error) error {
	return t.Each(func(row *sql.Rows) error {
		var text []byte
		seq, p, err := post(row, &text)
		if err != nil {
			return err
		}
		p.Bytes = text
		return f(seq, p)
	}, `SELECT `+postColumns+`, bytes FROM releases WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq`, first, last)
}

// Post implements ledger.Tx.
func (t *Tx) Post(id string) (seq int64, p ledger.Posted, err error) {
	seq, p, err = post(t.row("SELECT "+postColumns+" FROM releases WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%s: %w", id, ledger.ErrNotFound)
	}
	return seq, p, err
}

// Repeated implements ledger.Tx.
func (t *Tx) Repeated() (seq int64, what string, err error) {
	for _, q := range []struct{ what, query string }{
		{"its reservation was resolved before", `SELECT max(seq) FROM entries WHERE type IN ('post', 'void', 'expire')
			GROUP BY reservation HAVING count(*) > 1 ORDER BY 1 LIMIT 1`},
		{"its release stands beside another of its plan and date", `SELECT max(r.seq) FROM releases AS r
			JOIN (SELECT account, plan, date FROM releases GROUP BY account, plan, date HAVING count(*) > 1) AS d
				ON d.account = r.account AND d.plan = r.plan AND d.date = r.date
			WHERE NOT EXISTS (SELECT 1 FROM releases AS n WHERE n.supersedes = r.id)
			GROUP BY r.account, r.plan, r.date HAVING count(*) > 1 ORDER BY 1 LIMIT 1`},
		{"its release supersedes what another one did", `SELECT max(seq) FROM releases WHERE supersedes IS NOT NULL
			GROUP BY supersedes HAVING count(*) > 1 ORDER BY 1 LIMIT 1`},
	} {
		err := t.row(q.query).Scan(&seq)
		if !errors.Is(err, sql.ErrNoRows) {
			return seq, q.what, err
		}
	}
	return 0, "", nil
}

// Bytes implements ledger.Tx.
func (t *Tx) Bytes(id string) (text []byte, err error) {
	err = t.row("SELECT bytes FROM releases WHERE id = ?", id).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s: %w", id, ledger.ErrNotFound)
	}
	return text, err
}
