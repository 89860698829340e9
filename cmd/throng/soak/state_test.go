// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

var free ledger.Cost // of charge

// A state is what a ledger says after a run.
type state struct {
	releases []ledger.Posted // with their bytes, oldest first
	spent    ledger.Cost     // over all periods
	held     ledger.Cost     // in the period of the clock
	lifetime ledger.Total
}

// state reads the ledger and holds it to I1, I2, I4, I5, I6 (Verify), and I7.
func (h home) state(t *testing.T) state {
	t.Helper()
	s, err := h.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h home) read(ctx context.Context) (s state, err error) {
	l, err := sqlite.Open(ctx, filepath.Join(h.dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Verify(ctx); err != nil {
		return s, err
	}
	all, err := l.Releases(ctx)
	if err != nil {
		return s, err
	}
	for _, p := range all {
		whole, err := l.Get(ctx, p.ID)
		if err != nil {
			return s, err
		}
		whole.Superseded, whole.Retracted = p.Superseded, p.Retracted
		s.releases = append(s.releases, *whole)
		s.spent.MuSquared += p.Cost.MuSquared
	}
	now, err := time.Parse(time.RFC3339, clock)
	if err != nil {
		return s, err
	}
	status, err := l.Status(ctx, account, now)
	if err != nil {
		return s, err
	}
	s.held, s.lifetime = status.Held, status.Lifetime
	return s, s.lifetimeHolds()
}

// lifetimeHolds is I7: the ε that the ledger tells, beside one worked out here
// from the charges alone.
func (s state) lifetimeHolds() error {
	if s.spent.MuSquared == 0 {
		return nil
	}
	const delta = 1e-7 * (1 - 1.0/100) // but for what is set aside for samplers' tails
	mu := math.Sqrt(float64(s.spent.MuSquared) * 1e-12)
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	low, high := 0.0, 100.0
	for range 200 {
		e := (low + high) / 2
		if phi(mu/2-e/mu)-math.Exp(e)*phi(-mu/2-e/mu) > delta {
			low = e
		} else {
			high = e
		}
	}
	if got := s.lifetime.Epsilon; got < low*(1-1e-9) || got > low*(1+1e-9) {
		return fmt.Errorf("the ledger tells a lifetime of ε=%.12g, its charges add up to %.12g", got, low)
	}
	return nil
}

// standing returns the release that stands for the date; nil if there is none.
func (s state) standing() *ledger.Posted {
	for i := range s.releases {
		if p := &s.releases[i]; !p.Superseded && p.Date == date && p.Plan == plan {
			return p
		}
	}
	return nil
}

func (h home) release() string {
	return filepath.Join(h.dir, "releases", plan, "date="+date, "release")
}

// visible is I3 and "no partial file is visible": what stands in release/ is,
// byte for byte, what the ledger holds of one release; nil if nothing stands.
func (h home) visible(s state) (*ledger.Posted, error) {
	there, err := os.ReadDir(h.release())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range s.releases {
		rel, err := audience.Decode(&s.releases[i])
		if err != nil {
			return nil, err
		}
		files, err := audience.Files(rel)
		if err != nil {
			return nil, err
		}
		same := len(files) == len(there)
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(h.release(), f.Name))
			same = same && err == nil && bytes.Equal(text, f.Bytes)
		}
		if same {
			return &s.releases[i], nil
		}
	}
	return nil, fmt.Errorf("%d files stand in release/ that are of no release of the ledger", len(there))
}

// tidy finds what runs left aside.
func (h home) tidy() error {
	return filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.Contains(d.Name(), ".tmp") || strings.HasSuffix(d.Name(), ".new")) {
			err = fmt.Errorf("left behind: %s", strings.TrimPrefix(path, h.dir))
		}
		return err
	})
}

// secrets are the exact sum and a person's key, in the forms they might have.
func secrets() [][]byte {
	number := binary.LittleEndian.AppendUint64(nil, canary)
	float := binary.LittleEndian.AppendUint64(nil, math.Float64bits(canary))
	return [][]byte{[]byte(fmt.Sprint(canary)), []byte("369,135,533"), number, binary.BigEndian.AppendUint64(nil, canary),
		float, binary.LittleEndian.AppendUint64(nil, canary*1_000_000), []byte(person)}
}

// leaks searches every file but the input, and what was said.
func (h home) leaks(said ...string) error {
	look := func(where string, text []byte) error {
		for _, s := range secrets() {
			if bytes.Contains(text, s) {
				return fmt.Errorf("%s has what nobody may know", where)
			}
		}
		return nil
	}
	for _, s := range said {
		if err := look("the talk", []byte(s)); err != nil {
			return err
		}
	}
	return filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "orders.parquet" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return look(d.Name(), text)
	})
}
