// SPDX-License-Identifier: Apache-2.0

package match

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// Why a Server answers nothing. None of them tells anything of a person.
var (
	ErrExpired = errors.New("match: the rules have expired")
	ErrStopped = errors.New("match: the segment is not to be served")
	ErrUnknown = errors.New("match: there is no such segment")
	ErrOlder   = errors.New("match: older rules than those that are served")
)

// A Server answers which segments a person may be served whom the platform knows
// already. It keeps the obligations of its rules: it asks for the person's
// choices at each answer and takes no answer for no, matches nobody below the
// minimum age or of unknown age, nothing that is withheld or was retracted, and
// nothing at all once the rules have expired. Several goroutines may use it.
type Server struct {
	choices Choices
	now     func() time.Time

	mu      sync.RWMutex
	rules   *Rules
	matcher *Matcher
	stopped map[string]bool
}

// A Served segment is one that a person is in.
type Served struct {
	ID      string `json:"id"`
	Version string `json:"version"`
}

// NewServer returns a server of rules. choices must not be nil; now is time.Now if
// it is.
func NewServer(r *Rules, choices Choices, now func() time.Time) (*Server, error) {
	if choices == nil {
		return nil, errors.New("match: no source of people's choices")
	}
	if now == nil {
		now = time.Now
	}
	s := &Server{choices: choices, now: now}
	return s, s.Replace(r)
}

// Replace serves by other rules from now on. Rules that were issued before those
// that are served are refused: what was stopped would come back.
func (s *Server) Replace(r *Rules) error {
	m, err := Load(r.set, r.cal, s.choices)
	if err != nil {
		return err
	}
	purposes := make([]string, len(r.Document.Segments))
	for i := range purposes {
		purposes[i] = r.Document.Segments[i].Purpose
	}
	if err := m.Purposes(purposes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rules != nil && (r.issued.Before(s.rules.issued) || r.asOf.Before(s.rules.asOf)) {
		return ErrOlder
	}
	if s.rules == nil || r.Document.Release != s.rules.Document.Release {
		s.stopped = map[string]bool{}
	}
	s.rules, s.matcher = r, m
	return nil
}

// Stop serves none of these segments from now on, until rules of another release
// replace these: what a release that was taken back needs. Without any, nothing
// is served.
func (s *Server) Stop(segments ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(segments) == 0 {
		for id := range s.rules.segment {
			s.stopped[id] = true
		}
	}
	for _, id := range segments {
		s.stopped[id] = true
	}
}

// Segments returns the segments of a purpose that a person is in, in the plan's
// order. Nobody can tell from it whether a person is in none or must not be
// matched. An error of the source of choices comes with no segments.
func (s *Server) Segments(ctx context.Context, p *Person, purpose string) ([]Served, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.now()
	if x := s.rules.expires; !x.IsZero() && !now.Before(x) {
		return nil, ErrExpired
	}
	// Choices are judged at the moment of matching, not at that of the release, and
	// before all else: that they cannot be told tells nothing of the person.
	ok, err := s.matcher.allowsAt(ctx, p, purpose, now)
	if err != nil {
		return nil, fmt.Errorf("match: choices: %w", err)
	}
	if !ok || !s.rules.adult(p) {
		return nil, nil
	}
	answer, err := s.matcher.evaluate(p, purpose)
	if err != nil {
		return nil, err
	}
	var served []Served
	for i, r := range s.rules.Document.Segments {
		if answer.Segments[i] == true && s.serves(&r) {
			served = append(served, Served{r.ID, r.Version})
		}
	}
	return served, nil
}

// Serves tells whether a segment is served at all: ErrUnknown or ErrStopped if
// not.
func (s *Server) Serves(segment string) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, known := s.rules.segment[segment]
	switch {
	case !known:
		return ErrUnknown
	case !s.serves(&s.rules.Document.Segments[i]):
		return ErrStopped
	}
	return nil
}

// Expires says when nothing is served any more; zero: never.
func (s *Server) Expires() time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rules.expires
}

// released is the status of segments that may be served.
const released = "released"

func (s *Server) serves(r *SegmentRule) bool { return r.Status == released && !s.stopped[r.ID] }

// adult tells whether a person is old enough. An unknown age is not.
func (r *Rules) adult(p *Person) bool {
	least := r.Document.Obligations.MinAge
	if least == 0 {
		return true
	}
	v, ok := read(kindOf(r.set.Schema.Person, r.age), p.Fields[r.age])
	return ok && v != nil && number(v) >= float64(least)
}

func kindOf(columns []rule.Column, name string) rule.Kind {
	for _, c := range columns {
		if c.Name == name {
			return c.Kind
		}
	}
	return rule.Invalid
}
