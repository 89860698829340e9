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
	AsOf     string    `json:"as_of"`
	By       []string  `json:"by"`
	Segments []Segment `json:"segments"`
}

// Write puts the workload of n segments into a folder of data: wN.yaml, the
// plan; wN.json, the peers' form; and the policy.
func Write(dir string, n int) error {
	if n < 2 || n > 1000 {
		return fmt.Errorf("a workload has 2 to 1000 segments, not %d", n)
	}
	w := Workload{AsOf: "2026-03-31T00:00:00Z", By: []string{"region", "age_band"}, Segments: many(n)}
	peers, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return err
	}
	name := fmt.Sprintf("w%d", n)
	for file, text := range map[string]string{
		name + ".yaml": planText(name, w.Segments),
		name + ".json": string(peers) + "\n",
		Policy:         policy,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const policy = `lineage: bench
people_at_most: 100000000
most: {epsilon: 1, delta: 1e-10}
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
privacy: {account: ` + Account + `, epsilon: 1, delta: 1e-10, min_reach: 100, max_segments: %d}
let:
  region: {of: person.region, domain: [%s]}
  age_band: {of: person.age_band, domain: [%s]}
segments:
`

const tail = `release:
  - reach
  - {breakdown: [region, age_band]}
  - overlap
`

// planText writes the workload as its author would. The cap is the number of
// segments, so that nobody is capped and counts can be compared.
func planText(name string, segments []Segment) string {
	var regions []string
	for i := range 20 {
		regions = append(regions, fmt.Sprintf("R%02d", i))
	}
	ages := []string{"13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"}
	var b strings.Builder
	fmt.Fprintf(&b, head, name, len(segments), quoted(regions), quoted(ages))
	for _, s := range segments {
		fmt.Fprintf(&b, "  - id: %s\n    rule: |\n      %s\n", s.ID, s.Rule.cel())
	}
	return b.String() + tail
}
