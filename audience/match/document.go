// SPDX-License-Identifier: Apache-2.0

package match

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A Document is rules.json: the rules of a release for the platform's own ads
// system, and what whoever evaluates them has to keep. It holds no number and no
// person. It is not for advertisers.
type Document struct {
	Throng       int           `json:"throng"`  // format version: 1
	Release      string        `json:"release"` // id of the release whose audiences these are
	Plan         string        `json:"plan"`
	PlanDigest   string        `json:"plan_digest"`
	Date         string        `json:"date"`
	AsOf         string        `json:"as_of"` // RFC 3339
	TimeZone     string        `json:"time_zone"`
	LookbackDays int           `json:"lookback_days"`
	Issued       string        `json:"issued"` // RFC 3339
	Obligations  Obligations   `json:"obligations"`
	Tables       []Table       `json:"tables"`
	People       *[]Column     `json:"people"` // fields of person; null: rules know none
	Lets         []Let         `json:"lets"`
	Segments     []SegmentRule `json:"segments"`
	Stop         []string      `json:"stop"` // segments of the release before that are not to be served any more
	Vectors      []Vector      `json:"vectors"`
}

// Obligations bind whoever serves by these rules.
type Obligations struct {
	Expires     *string `json:"expires"`      // RFC 3339: from then on nobody is matched; null: the release was made once
	OptOuts     string  `json:"opt_outs"`     // in words
	MinAge      int     `json:"min_age"`      // years; 0: none. Who is younger or of unknown age is not matched
	Age         *string `json:"age"`          // the field of person that holds years; null: nothing is known of ages
	MinAudience int64   `json:"min_audience"` // people; audiences that were smaller are withheld
	Covers      string  `json:"covers"`       // what the guarantee of the released numbers does not cover
}

// A Table is an events table, as rules see it.
type Table struct {
	Name    string   `json:"name"`
	Time    string   `json:"time"` // the column of the event's time
	Columns []Column `json:"columns"`
	Where   string   `json:"where"` // rows that rules may see at all; empty: all
}

// A Column is a field that rules see.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // bool, int, double, string or timestamp
	Key  bool   `json:"key"`  // of orders, devices and the like: never compared
}

// A Let is a named value.
type Let struct {
	Name string `json:"name"`
	Rule string `json:"rule"`
}

// A SegmentRule is the rule of one segment.
type SegmentRule struct {
	ID      string         `json:"id"`
	Version string         `json:"version"` // changes only when the rule does; the catalogue's
	Purpose string         `json:"purpose"` // what the segment may be used for
	Status  string         `json:"status"`  // "released", or "withheld": not to be served
	Reason  *string        `json:"reason"`
	Rule    string         `json:"rule"`
	Each    map[string]any `json:"each,omitempty"` // constants of the rule
}

// A Vector is an invented person and what the rules say: every implementation
// must say the same.
type Vector struct {
	Name     string                      `json:"name"`
	Date     string                      `json:"date"` // of the run that these answers are of
	Person   map[string]any              `json:"person,omitempty"`
	Events   map[string][]map[string]any `json:"events"` // by table; a column that is not there is null
	Lets     map[string]any              `json:"lets"`
	Segments map[string]*bool            `json:"segments"` // null: the rule cannot tell, so not in
}

// Read reads rules.json. What it does not know, it refuses: an obligation that is
// not understood cannot be kept.
func Read(r io.Reader) (*Document, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	dec.UseNumber() // whole numbers of 64 bits fit no double
	var d Document
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("rules: there is something after the end")
	}
	if d.Throng != 1 {
		return nil, fmt.Errorf("rules: version %d of the format; this program reads version 1", d.Throng)
	}
	return &d, nil
}
