// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A poster is a reservation, which commits cost and bytes in one transaction.
type poster interface {
	Post(ctx context.Context, digest [32]byte, cost ledger.Cost, draw func(ledger.Draw) ([]byte, error)) (*ledger.Posted, error)
	Supersedes() string
}

var (
	errNoise     = errors.New("noise could not be drawn") // the library's words may hold its arguments
	errPublished = errors.New("published or dropped before")
)

// publishBy adds the noise of a sampler that it is handed once the release is known
// to be one that can be written.
func publishBy(ctx context.Context, res poster, s *Strategy, t Tallies, draft *release.Release, ready func() (sampler, error)) (*release.Release, error) {
	counts, categories, err := t.consumeAll(s)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	defer clear(counts)
	failpoint.At("publish.consumed")
	src, err := ready()
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	// What is returned is what Decode would make of the bytes: Encode refuses
	// what it would not bring back.
	failpoint.At("publish.rehearsed")
	var r *release.Release
	posted, err := res.Post(ctx, s.digest, s.Cost(), func(d ledger.Draw) ([]byte, error) {
		u, err := s.answer(counts, categories, src)
		if err != nil {
			return nil, errNoise
		}
		failpoint.At("publish.answered")
		r = s.filled(draft, res.Supersedes(), d, u)
		failpoint.At("publish.filled")
		return release.Encode(r)
	})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	r.Ledger = release.Ledger{Checkpoint: posted.Checkpoint, Verifier: posted.Verifier}
	return r, nil
}

// answer adds everything that is random in a release.
func (s *Strategy) answer(counts []int64, categories *found, src sampler) (*unbiased, error) {
	m, err := s.design.measure(counts, src)
	if err != nil {
		return nil, err
	}
	u := s.design.reconstruct(m)
	if u.found, err = s.survivors(categories, src); err != nil {
		return nil, err
	}
	if u.picked, err = s.picks(counts); err != nil {
		return nil, err
	}
	u.points, err = s.drawQuantiles(counts)
	return u, err
}

// rehearse writes the release with numbers that say nothing.
func (s *Strategy) rehearse(draft *release.Release, supersedes string) error {
	if err := s.suits(draft); err != nil {
		return err
	}
	w := &s.workload
	u := &unbiased{cells: make([][]float64, len(w.Tables)), reach: make([]float64, w.Segments), centred: make([]float64, len(w.Tables))}
	u.points = make([][]int, len(w.Tables))
	for i := range u.cells {
		if len(w.Tables[i].By) == 0 || s.measures(i) {
			u.cells[i] = make([]float64, w.size(i))
		}
		u.points[i] = make([]int, w.Cells(i))
	}
	u.found, u.picked = s.rehearseFound(), s.rehearsePicks()
	_, err := s.encode(draft, supersedes, ledger.Draw{ID: "rehearsal", At: time.Unix(0, 0)}, u)
	return err
}

// kinds are the words of a release for the kinds of tables.
var kinds = map[Kind]string{
	Population: release.Population, Reach: release.Reach, Breakdown: release.Breakdown,
	Frequency: release.Frequency, Sum: release.Sum, Mean: release.Mean, Overlap: release.Overlap, Top: release.Top,
	Quantiles: release.Quantiles, PeopleOver: release.PeopleOver, Dropped: release.Dropped,
}

// suits checks that a draft labels this workload, table by table.
func (s *Strategy) suits(draft *release.Release) error {
	w := &s.workload
	switch {
	case draft == nil:
		return errors.New("no draft to fill")
	case draft.PlanDigest != "" && draft.PlanDigest != hex.EncodeToString(s.digest[:]):
		return errors.New("a draft of another plan")
	case len(draft.Segments) != w.Segments, len(draft.Tables) != len(w.Tables):
		return errors.New("a draft of another workload")
	}
	for i, t := range w.Tables {
		d := &draft.Tables[i]
		same := d.Kind == kinds[t.Kind] && len(d.Cells) == w.Cells(i) && len(d.Segments) == len(t.Segments) &&
			len(d.AtLeast) == w.tails(i)
		for j := 0; same && j < len(t.Segments); j++ {
			same = d.Segments[j] == draft.Segments[t.Segments[j]].ID
		}
		if !same {
			return fmt.Errorf("table %d of the draft is not the workload's", i)
		}
		if err := w.suitsTop(i, d); err != nil {
			return fmt.Errorf("table %d: %w", i, err)
		}
	}
	return nil
}

// encode fills a copy of the draft and returns its bytes.
func (s *Strategy) encode(draft *release.Release, supersedes string, d ledger.Draw, u *unbiased) ([]byte, error) {
	return release.Encode(s.filled(draft, supersedes, d, u))
}

// copyOf copies what is filled in or blanked: segments, tables and cells, the past. Labels, which
// nothing writes to, stay the draft's own.
func copyOf(draft *release.Release) *release.Release {
	r := *draft
	r.Segments, r.Tables = slices.Clone(draft.Segments), slices.Clone(draft.Tables)
	for i := range r.Tables {
		t := &r.Tables[i]
		t.Cells, t.AtLeast = slices.Clone(t.Cells), slices.Clone(t.AtLeast)
	}
	r.Past = slices.Clone(draft.Past)
	for i := range r.Past {
		r.Past[i].Reach = slices.Clone(r.Past[i].Reach)
	}
	return &r
}

// filled is a copy of the draft with everything in it that the draft lacks.
func (s *Strategy) filled(draft *release.Release, supersedes string, d ledger.Draw, u *unbiased) *release.Release {
	r := copyOf(draft)
	r.Throng, r.ID, r.PlanDigest, r.MinReach = 1, d.ID, hex.EncodeToString(s.digest[:]), s.workload.MinReach
	if r.Supersedes == "" {
		r.Supersedes = supersedes
	}
	r.Issued = roundUp(d.At).Format(time.RFC3339)
	s.fill(r, u)
	s.withhold(r, u)
	s.describe(r)
	life := &r.Privacy.Lifetime
	life.Epsilon, life.Delta, life.Builds = d.Lifetime.Epsilon, d.Lifetime.Delta, d.Lifetime.Builds
	return r
}

// roundUp returns the next full minute: no clock reading leaves (privacy R30).
func roundUp(at time.Time) time.Time {
	up := at.UTC().Truncate(time.Minute)
	if up.Before(at) {
		up = up.Add(time.Minute)
	}
	return up
}

// fill puts the numbers of all tables into a release.
func (s *Strategy) fill(r *release.Release, u *unbiased) {
	estimates := s.estimates(u)
	for i := range r.Tables {
		switch {
		case s.workload.discovers(i):
			s.fillFound(&r.Tables[i], i, u)
			continue
		case s.workload.Tables[i].Kind == Top:
			s.fillTop(&r.Tables[i], i, u, estimates[i])
			continue
		case s.workload.Tables[i].Kind == Quantiles:
			s.fillQuantiles(r, i, u)
			continue
		}
		e := s.expected(i)
		for c := range r.Tables[i].Cells {
			to := &r.Tables[i].Cells[c]
			key := to.Key
			if s.workload.Tables[i].Kind == Mean {
				*to = s.meanCell(s.mean(u, i), estimates[i][c])
			} else {
				*to = s.cell(i, e, u.cells[i][c], estimates[i][c])
			}
			to.Key = key
		}
		if k := s.workload.Tables[i].Kind; k == PeopleOver || k == Dropped {
			s.fillShare(&r.Tables[i], i, u)
		}
		if s.workload.tails(i) > 0 {
			s.fillTails(&r.Tables[i], i, u)
		}
	}
}
