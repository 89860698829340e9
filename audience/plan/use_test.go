// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

const usedPlan = `throng: 1
name: shop
every: week
about: {owner: a@example.com, publisher: The Shop}
data:
  time_zone: Europe/London
  events:
    orders: {files: orders.parquet, person: user_id, time: at, columns: {at: {type: timestamp}, what: {type: string}}}
  opt_outs: none
purpose: ads
lookback: 90d
privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 70, max_segments: 3}
let:
  bought: orders.filter(o, o.what == "buy")
segments:
  - {id: a, rule: bought.size() > 0}
  - {id: b, rule: 'in_segment("a") && bought.size() > 1'}
  - {id: "c-{k}", each: {k: [x, y]}, rule: 'orders.exists(o, o.what == each.k)'}
  - {id: d, rule: '!in_segment("c-x")'}
release: [reach]
`

// requested parses and compiles a request on top of usedPlan.
func requested(t *testing.T, text string) *plan.Plan {
	t.Helper()
	f, err := plan.ParseUsing("req/r.yaml", []byte(text), func(path string) ([]byte, error) {
		if path != "shop.yaml" {
			return nil, fs.ErrNotExist
		}
		return []byte(usedPlan), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(*plan.Source) ([]rule.Column, error) { return nil, errors.New("no file is looked at") })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const request = `throng: 1
name: r
use: ../shop.yaml
privacy: {account: shop/acme, epsilon: 0.5, delta: 1e-9}
`

func TestUse(t *testing.T) {
	base, err := plan.Parse("shop.yaml", []byte(usedPlan))
	if err != nil {
		t.Fatal(err)
	}
	of, err := base.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, s := range of.Segments {
		versions[s.ID] = s.Version
	}
	for release, want := range map[string]string{
		"[{reach: [b]}]": "a b", "[{reach: [d]}]": "c-x d", "[{reach: [c-y]}]": "c-y", "[reach]": "a b c-x c-y d",
		"[{overlap: [[a, c-y]]}]": "a c-y", `[{reach: ["c-*"]}]`: "c-x c-y",
	} {
		p := requested(t, request+"release: "+release+"\n")
		var ids []string
		for _, s := range p.Segments {
			ids = append(ids, s.ID)
			if s.Version != versions[s.ID] {
				t.Errorf("%s: %s is of another version than in the plan", release, s.ID)
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: audiences %q, want %q", release, got, want)
		}
		if p.Zone.String() != "Europe/London" || p.Lookback != 90 || p.Purpose != "ads" || p.Every != "week" || p.About.Publisher != "The Shop" {
			t.Errorf("%s: not the plan's half: %v %d %s %s", release, p.Zone, p.Lookback, p.Purpose, p.Every)
		}
		if p.Name != "r" || p.Privacy.Account != "shop/acme" || p.Privacy.Epsilon != 0.5 || p.Privacy.Delta != 1e-9 || p.Privacy.MinReach != 70 {
			t.Errorf("%s: not the request's half: %+v", release, p.Privacy)
		}
		if !p.Uses() || p.Home() != "." || !strings.Contains(string(p.Text), "name: r") || !strings.Contains(string(p.Text), "in_segment") {
			t.Errorf("%s: home %q, text %q", release, p.Home(), p.Text)
		}
		if p.Digest == of.Digest {
			t.Error("two questions have one digest")
		}
	}
}

// TestUseIsTheSameQuestion writes a request out as a plan of its own: the same is
// counted at the same price.
func TestUseIsTheSameQuestion(t *testing.T) {
	written := strings.NewReplacer("name: shop", "name: r", "privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 70, max_segments: 3}",
		"privacy: {account: shop/acme, epsilon: 0.5, delta: 1e-9, min_reach: 70, max_segments: 3}").Replace(usedPlan)
	f, err := plan.Parse("w.yaml", []byte(written))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	if q := requested(t, request+"release: [reach]\n"); p.Digest != q.Digest {
		t.Error("the same question has two digests")
	}
	if q := requested(t, request+"release: [{reach: [b]}]\n"); p.Digest == q.Digest {
		t.Error("another question has the same digest")
	}
}
