// SPDX-License-Identifier: Apache-2.0

// Package workload says what is counted when engines are measured: the same
// people in the same segments, as a plan of Throng's and in a form that SQL and
// data frames are made from.
package workload

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// Date is the day that workloads are counted for: the last one of the data.
	Date = "2026-03-30"
	// Account is the ledger account of the plans.
	Account = "bench"
	// Policy is the name of the account's policy, beside the plans.
	Policy = "policy.yaml"
)

// A Workload is what the peers are told. They count people by segment, by
// segment and crossing of the two columns of the profile, and by pair of
// segments.
type Workload struct {
	AsOf       string              `json:"as_of"`
	By         []string            `json:"by"`
	Domains    map[string][]string `json:"domains"` // values of By, besides (other)
	Segments   []Segment           `json:"segments"`
	Aggregates []string            `json:"aggregates,omitempty"` // of a person's events, for rules in SQL
}

// domains are public: what the plans declare, not what the data hold.
func domains() map[string][]string {
	var regions []string
	for i := range 20 {
		regions = append(regions, fmt.Sprintf("R%02d", i))
	}
	return map[string][]string{"region": regions, "age_band": {"13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"}}
}

// Columns returns the columns of events that a workload needs.
func Columns(name string) []string {
	columns := []string{"user_id", "event_time", "event_type", "category", "country", "platform", "amount"}
	if name == Mixed {
		columns = append(columns, "business_id", "app_version")
	}
	return columns
}

// Write puts a workload into a folder of data: NAME.yaml, the plan; NAME.json,
// the peers' form; and the policy. wN has N segments of W50's kinds, and
// regionsN.yaml beside, a plan that asks only for people by segment and region;
// Mixed is of other kinds.
func Write(dir, name string) error {
	w := Workload{AsOf: "2026-03-31T00:00:00Z", By: []string{"region", "age_band"}, Domains: domains()}
	files := map[string]string{Policy: policy}
	cel, lets := map[string]string{}, ""
	if name == Mixed {
		w.Segments, cel, w.Aggregates = mixed()
		lets = mixedLets
	} else {
		n, err := strconv.Atoi(strings.TrimPrefix(name, "w"))
		if err != nil || n < 2 || n > 1000 || name != fmt.Sprintf("w%d", n) {
			return fmt.Errorf("a workload is %s, or w and 2 to 1000 segments, not %q", Mixed, name)
		}
		w.Segments = many(n)
		for _, s := range w.Segments {
			cel[s.ID] = s.Rule.cel()
		}
		regions := fmt.Sprintf("regions%d", n)
		files[regions+".yaml"] = planText(regions, 1e-8, lets, w.Segments, cel, byRegion)
	}
	peers, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return err
	}
	files[name+".yaml"] = planText(name, 1e-10, lets, w.Segments, cel, everything)
	files[name+".json"] = string(peers) + "\n"
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const policy = `lineage: bench
people_at_most: 100000000
most: {epsilon: 1, delta: 1e-8}
least: {min_reach: 100, min_age: none}      # the data have bands of ages, no years
`

const head = `throng: 1
name: %s
data:
  time_zone: UTC
  events:
    events: {files: events/*/*.parquet, person: user_id, time: event_time, days: day}
  people: {files: users.parquet, person: user_id}
  opt_outs: {files: optout.parquet, person: user_id}
purpose: ads
lookback: 30d
privacy: {account: ` + Account + `, epsilon: 1, delta: %g, min_reach: 100, max_segments: %d}
let:
  region: {of: person.region, domain: [%s]}
  age_band: {of: person.age_band, domain: [%s]}
%ssegments:
`

const everything = `release:
  - reach
  - {breakdown: [region, age_band]}
  - overlap
`

const byRegion = `release:
  - {breakdown: [region]}
`

// planText writes the workload as its author would. The cap is the number of
// segments, so that nobody is capped and counts can be compared.
func planText(name string, delta float64, lets string, segments []Segment, cel map[string]string, release string) string {
	values := domains()
	var b strings.Builder
	fmt.Fprintf(&b, head, name, delta, len(segments), quoted(values["region"]), quoted(values["age_band"]), lets)
	for _, s := range segments {
		fmt.Fprintf(&b, "  - id: %s\n    rule: |\n      %s\n", s.ID, cel[s.ID])
	}
	return b.String() + release
}
