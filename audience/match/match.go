// SPDX-License-Identifier: Apache-2.0

// Package match evaluates a plan's rules for one person at a time, by cel-go's
// interpreter. It is the reference for every other engine, and it can be
// embedded: it refuses to work without a source of people's choices.
package match

import (
	"context"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// Choices answers whether a person may be considered for a purpose. An error
// means no.
type Choices interface {
	Allows(ctx context.Context, person, purpose string, asOf time.Time) (bool, error)
}

// A Person is what is known of one person. Absent fields are null.
type Person struct {
	Key    string
	Fields map[string]rule.Value
	Events map[string][]Event // by table, any order
}

// An Event is one row. Time nil means without a time: never visible.
type Event struct {
	Time   *time.Time
	Fields map[string]rule.Value // all columns, that of the time included
}

// A Matcher answers for one calendar.
type Matcher struct{ _ int }

// Load prepares the rules of a set. choices must not be nil.
func Load(set *rule.Set, cal *rule.Calendar, choices Choices) (*Matcher, error) {
	panic("contract: to be built")
}

// An Answer is what the rules say of one person, before any cap.
type Answer struct {
	Allowed  bool                  // false: nothing else is set
	Lets     map[string]rule.Value // scalar lets; nil is null
	Segments []rule.Value          // parallel to Set.Segments: true, false or nil (null)
}

// Match evaluates everything for one person and a purpose.
func (m *Matcher) Match(ctx context.Context, p *Person, purpose string) (*Answer, error) {
	panic("contract: to be built")
}
