// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/audience/plan"
)

// TestCompared finds the texts that a plan's own rules ask for.
func TestCompared(t *testing.T) {
	f, err := plan.Parse("p.yaml", []byte(`throng: 1
name: shop
data:
  events:
    orders: {files: o.parquet, person: who, time: at, where: 'row.channel != "test"', columns: {at: {type: timestamp}, what: {type: string}, land: {type: string}, kind: {type: string}, channel: {type: string}, sum: {type: double}}}
  opt_outs: none
purpose: ads
lookback: 90d
privacy: {account: shop, epsilon: 1, delta: 1e-8}
let:
  home: {of: 'orders.latest(o, o.land)', domain: [GB, FR]}
segments:
  - {id: a, rule: 'orders.exists(o, o.what == "buy" && o.sum > 1.0)'}
  - {id: b, rule: 'orders.exists(o, o.what in ["look", "buy"] || o.kind.startsWith("g"))'}
  - {id: "c-{k}", each: {k: [x, y]}, rule: 'orders.exists(o, o.kind == each.k) && in_segment("a")'}
release: [reach]
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := p.Compared()
	want := map[string][]string{"channel": {"test"}, "land": {"GB", "FR"}, "what": {"buy", "look"}, "kind": {"g", "x", "y"}}
	for column := range want {
		if diff := cmp.Diff(want[column], got[column]); diff != "" {
			t.Errorf("%s: %s", column, diff)
		}
	}
}
