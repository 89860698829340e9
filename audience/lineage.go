// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"encoding/json"
	"path/filepath"
)

// An event is what OpenLineage (openlineage.io, spec 2-0-2) calls a run event: a
// run of a job has started, or ended, with which data sets. It names files by the
// plan's patterns and holds no size and no count; its times are cut to the minute
// like those of all records (R30).
type event struct {
	Type      string    `json:"eventType"` // START, COMPLETE, FAIL or ABORT
	Time      string    `json:"eventTime"`
	Run       eventRun  `json:"run"`
	Job       eventJob  `json:"job"`
	Inputs    []dataset `json:"inputs"`
	Outputs   []dataset `json:"outputs"`
	Producer  string    `json:"producer"`
	SchemaURL string    `json:"schemaURL"`
}

type eventRun struct {
	ID     string           `json:"runId"` // a UUID
	Facets map[string]facet `json:"facets,omitempty"`
}

type eventJob struct {
	Namespace string           `json:"namespace"`
	Name      string           `json:"name"`
	Facets    map[string]facet `json:"facets"`
}

type dataset struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type facet map[string]string

const (
	producer   = "https://github.com/throng-dp/throng"
	lineageURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
	jobTypeURL = "https://openlineage.io/spec/facets/2-0-2/JobTypeJobFacet.json#/$defs/JobTypeJobFacet"
	errorURL   = "https://openlineage.io/spec/facets/1-0-0/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet"
	files      = "file"
)

// event returns one that both ends of a run have in common.
func (rec *record) event(r *run, kind, at string) *event {
	return &event{Type: kind, Time: at, Run: eventRun{ID: rec.uuid}, Inputs: []dataset{}, Outputs: []dataset{}, Producer: producer, SchemaURL: lineageURL,
		Job: eventJob{Namespace: "throng", Name: r.head.Name, Facets: map[string]facet{"jobType": {
			"_producer": producer, "_schemaURL": jobTypeURL, "processingType": "BATCH", "integration": "THRONG", "jobType": "BUILD"}}}}
}

// ended returns the event that ends a run.
func (rec *record) ended(r *run, entry *Record) *event {
	e := rec.event(r, "COMPLETE", entry.Ended)
	if entry.Status != "existing" { // then nothing was read
		e.Inputs = r.inputs()
	}
	if entry.Code == "" {
		e.Outputs = append(e.Outputs, dataset{files, absolute(r.folder, current)})
		return e
	}
	if e.Type = "FAIL"; entry.Code == "stopped" {
		e.Type = "ABORT"
	}
	// The code alone: a message names paths, and lineage is read by many.
	e.Run.Facets = map[string]facet{"errorMessage": {"_producer": producer, "_schemaURL": errorURL, "message": entry.Code, "programmingLanguage": "Go"}}
	return e
}

// inputs are the files of the plan's tables, by its patterns.
func (r *run) inputs() []dataset {
	all := []dataset{}
	for _, s := range r.Plan.Sources() {
		for _, pattern := range s.Files {
			all = append(all, dataset{files, absolute(r.Root, pattern)})
		}
	}
	return all
}

// absolute names a file of a folder from the root on.
func absolute(folder, name string) string {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, name)
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.ToSlash(path)
}

// line is the event as JSON, with the line's end.
func (e *event) line() ([]byte, error) {
	text, err := json.Marshal(e)
	return append(text, '\n'), err
}
