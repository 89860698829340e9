// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
)

// KeySize is the length of a ledger's key in bytes.
const KeySize = 32

// A Ledger is an open ledger. Package sqlite makes and opens one. It is safe
// for concurrent use.
type Ledger struct {
	store Store
	key   func() []byte // fmt prints what a ledger points to, and follows no function
	now   func() time.Time

	origin string // of a ledger that has not arrived yet

	witness Witness // nil: nobody watches
	warn    func(error)
	grown   atomic.Bool // beyond what the witness was given

	mu   sync.Mutex
	open map[*Reservation]bool // not resolved yet
}

// New returns a ledger over a store, for packages that make stores. The first
// time it binds the store to the key; afterwards another key is ErrKey. now is
// time.Now if nil. The ledger closes the store, also when New fails.
func New(ctx context.Context, s Store, key []byte, now func() time.Time) (*Ledger, error) {
	if now == nil {
		now = time.Now
	}
	l := &Ledger{store: s, key: func() []byte { return key }, now: now, open: map[*Reservation]bool{}}
	if err := l.bind(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return l, nil
}

// bind compares the key with the one that the ledger was made with. A wrong one
// would choose other kept sets for the same people.
func (l *Ledger) bind(ctx context.Context) error {
	if len(l.key()) != KeySize {
		return &Refusal{Reason: ErrKey, Detail: fmt.Sprintf("a key has %d bytes", KeySize)}
	}
	var m Meta
	err := l.store.View(ctx, func(tx Tx) (err error) {
		m, err = tx.Meta()
		return err
	})
	if err != nil {
		return err
	}
	l.origin = m.MovedFrom
	if m.ID != "" {
		return l.fits(m)
	}
	return l.update(ctx, func(tx Tx, now time.Time) error {
		m, err := tx.Meta()
		if err != nil || m.ID != "" { // another run was faster
			return errors.Join(err, l.fits(m))
		}
		m = Meta{ID: random(), Clock: now}
		if m.KeyCheck, err = l.derive("check", m.ID); err != nil {
			return err
		}
		return tx.SetMeta(m)
	})
}

// fits refuses the key of another ledger.
func (l *Ledger) fits(m Meta) error {
	want, err := l.derive("check", m.ID)
	if err == nil && subtle.ConstantTimeCompare(want, m.KeyCheck) != 1 {
		err = &Refusal{Reason: ErrKey, Detail: "this is the key of another ledger"}
	}
	return err
}

// derive returns a key of its own for a use. Parts are length-prefixed, so no
// two lists of parts are the same text.
func (l *Ledger) derive(use string, parts ...string) ([]byte, error) {
	var info strings.Builder
	for _, p := range append([]string{use}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		info.Write(n[:])
		info.WriteString(p)
	}
	return hkdf.Key(sha256.New, l.key(), nil, info.String(), KeySize)
}

// update runs f in a transaction at ledger time. What f appends is linked to
// what was there.
func (l *Ledger) update(ctx context.Context, f func(tx Tx, now time.Time) error) error {
	return l.store.Update(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		if err := m.here(); err != nil {
			return err
		}
		c := &chained{Tx: tx, meta: m}
		if err := f(c, c.tick(l.now())); err != nil {
			return err
		}
		if c.meta.Leaves > m.Leaves {
			l.grown.Store(true)
		}
		return c.flush()
	})
}

// witnessed is update for what must not be done to a ledger that is not what the
// witness saw.
func (l *Ledger) witnessed(ctx context.Context, f func(tx Tx, now time.Time) error) error {
	seen, err := l.seen()
	if err != nil {
		return err
	}
	return l.update(ctx, func(tx Tx, now time.Time) error {
		if err := l.agrees(tx, seen); err != nil {
			return err
		}
		return f(tx, now)
	})
}

// Behind returns how far the clock is before ledger time; zero if it is not. It
// was put back then, or forward once and right again: until it has caught up
// ledger time stands still, so no lease ends and no period begins.
func (l *Ledger) Behind(ctx context.Context) (time.Duration, error) {
	var m Meta
	err := l.store.View(ctx, func(tx Tx) (err error) {
		m, err = tx.Meta()
		return err
	})
	return max(0, m.Clock.Sub(l.now())), err
}

// Close ends the reservations that are still open, as Void does for a cause that
// data may have had, and releases the ledger's files.
func (l *Ledger) Close() error {
	l.mu.Lock()
	var left []*Reservation
	for r := range l.open {
		left = append(left, r)
	}
	l.mu.Unlock()
	failpoint.At("ledger.close")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, r := range left {
		// What cannot be ended now is served or voided after its lease.
		_ = r.Void(ctx, "the run ended without a release", false)
	}
	if l.grown.Load() {
		l.attest(ctx)
	}
	return l.store.Close()
}

// random returns 128 random bits as text that a shell and a file name can take.
func random() string { return drawID() }

var drawID = func() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: the process ends where there is no randomness
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// BoundKey returns the key by which people's kept segments are chosen: derived
// from the ledger's key for the account's lineage and the period that holds at.
func (l *Ledger) BoundKey(ctx context.Context, account string, at time.Time) ([]byte, error) {
	t, err := l.terms(ctx, account)
	if err != nil {
		return nil, err
	}
	return l.derive("bound", t.Lineage, t.Whole(), fmt.Sprint(t.period(at)))
}
