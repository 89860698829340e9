// SPDX-License-Identifier: Apache-2.0

package ruletest_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule/ruletest"
)

// everybody says yes.
type everybody struct{}

func (everybody) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// TestRulesRun draws rules that all pass the checker and that the interpreter
// never faults on: null is the only answer besides true and false.
func TestRulesRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ruletest.Draw(t)
		m, err := match.Load(c.Check(t), c.Calendar, everybody{})
		if err != nil {
			t.Fatalf("%v\n%s", err, c)
		}
		for _, p := range c.People {
			if _, err := m.Match(context.Background(), &p, "ads"); err != nil {
				t.Fatalf("%v\n%s", err, c)
			}
		}
	})
}
