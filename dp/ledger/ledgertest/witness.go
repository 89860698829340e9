// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/throng-dp/throng/dp/ledger"
)

// A memo is a witness in memory.
type memo struct {
	mu    sync.Mutex
	kept  []byte
	fails error // of writing
}

func (m *memo) String() string { return "the memo" }

func (m *memo) Read() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		return nil, ledger.ErrNotFound
	}
	return m.kept, nil
}

func (m *memo) Update(_ context.Context, f func([]byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := f(m.kept)
	if err == nil {
		err = m.fails
	}
	if err == nil && next != nil {
		m.kept = next
	}
	return err
}

// watched opens the ledger once more, with a witness. What it warns of fails the
// test.
func (b *bench) watched(m *memo) *ledger.Ledger {
	b.Helper()
	l := b.again()
	l.Watch(m, func(err error) { b.Errorf("warns: %v", err) })
	return l
}

var witnessTests = []test{
	{"a witness follows every post, and what else was added when the ledger is closed", func(b *bench) {
		b.open(starter("shop"))
		var m memo
		l := b.watched(&m)
		if signed, err := l.Attest(b.Context()); err != nil || signed != string(m.kept) {
			b.Errorf("attested %q, %v; kept %q", signed, err, m.kept)
		}
		r := ask("shop", "p", "2026-03-13", weekly)
		p := b.post(b.reserve(l, r), r)
		if string(m.kept) != p.Checkpoint {
			b.Errorf("kept %q after a post, want its checkpoint", m.kept)
		}
		if err := errors.Join(l.Retract(b.Context(), p.ID, "wrong"), l.Close()); err != nil {
			b.Error(err)
		}
		if now := b.checkpoint(); string(m.kept) != now || now == p.Checkpoint {
			b.Errorf("kept %q after a retraction, want %q", m.kept, now)
		}
		if err := b.watched(&m).Witnessed(b.Context()); err != nil {
			b.Error(err)
		}
	}},
	{"a witness may be behind, whatever failed since", func(b *bench) {
		b.open(starter("shop"))
		var m memo
		l := b.watched(&m)
		if _, err := l.Attest(b.Context()); err != nil {
			b.Fatal(err)
		}
		first := m.kept
		for _, plan := range []string{"p", "q", "r", "s"} {
			r := ask("shop", plan, "2026-03-13", weekly)
			for range 3 { // tries that fail stand in the chain and not in the tree
				res := b.reserve(l, r)
				b.touch(res)
				b.void(res, false)
			}
			behind := m.kept
			b.release(r) // by a run that has no witness
			if err := l.Witnessed(b.Context()); err != nil || !bytes.Equal(m.kept, behind) {
				b.Errorf("%s: %v", plan, err)
			}
			if plan == "q" {
				if _, err := l.Attest(b.Context()); err != nil {
					b.Error(err)
				}
			}
		}
		m.kept = first
		if err := l.Witnessed(b.Context()); err != nil {
			b.Error(err)
		}
	}},
	{"a witness that is missing, damaged or another ledger's stops a build before it is charged", func(b *bench) {
		b.open(starter("shop"))
		var m memo
		l := b.watched(&m)
		r := ask("shop", "p", "2026-03-13", weekly)
		_ = b.refused(l, r, ledger.ErrUnwitnessed)
		signed, err := l.Attest(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for i := range len(signed) - 3 { // the last digit's low bits, a sign of padding and the line's end say nothing
			m.kept = []byte(signed)
			m.kept[i] ^= 1
			if err := l.Witnessed(b.Context()); !errors.Is(err, ledger.ErrUnwitnessed) {
				b.Errorf("byte %d altered: %v", i, err)
			}
		}
		_ = b.refused(l, r, ledger.ErrUnwitnessed)
		if _, err := l.Attest(b.Context()); !errors.Is(err, ledger.ErrUnwitnessed) {
			b.Errorf("it is written over: %v", err)
		}
		b.balance("shop", ledger.Cost{}, ledger.Cost{})
		m.kept = []byte(signed)
		b.post(b.reserve(l, r), r)
	}},
	{"what a witness saw between reserving and posting stops the post", func(b *bench) {
		b.open(starter("shop"))
		var m memo
		l := b.watched(&m)
		if _, err := l.Attest(b.Context()); err != nil {
			b.Fatal(err)
		}
		r := ask("shop", "p", "2026-03-13", weekly)
		res := b.reserve(l, r)
		seen := m.kept
		m.kept = []byte("a note that this ledger did not sign")
		if _, err := res.Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) {
			b.Error("noise is drawn")
			return nil, errors.New("drawn")
		}); !errors.Is(err, ledger.ErrUnwitnessed) {
			b.Errorf("error = %v", err)
		}
		m.kept = seen
		b.post(res, r)
	}},
	{"a post stands where its witness cannot be written, and says so", func(b *bench) {
		b.open(starter("shop"))
		var m memo
		l := b.again()
		var warned []error
		l.Watch(&m, func(err error) { warned = append(warned, err) })
		if _, err := l.Attest(b.Context()); err != nil {
			b.Fatal(err)
		}
		m.fails = errors.New("no room")
		r := ask("shop", "p", "2026-03-13", weekly)
		b.post(b.reserve(l, r), r)
		if len(warned) != 1 || !errors.Is(warned[0], m.fails) {
			b.Errorf("warned %v", warned)
		}
		b.balance("shop", ledger.Cost{}, weekly)
		m.fails = nil
		if err := l.Close(); err != nil || string(m.kept) != b.checkpoint() {
			b.Errorf("on closing it is not written: %v", err)
		}
	}},
}
