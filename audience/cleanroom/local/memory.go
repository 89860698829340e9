// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"

	"github.com/throng-dp/throng/audience/fault"
)

// The need is told from the sizes of files and from the plan, never from rows:
// whether a run is refused must not depend on what a person did. These are
// bytes that we have seen a compressed row take at the least, and what a person
// takes beside the rules' own columns.
const (
	atRest      = 64 << 20 // whatever the plan
	eventBytes  = 8        // of a file, an event
	personBytes = 16       // of a file, a row of people
	personNeeds = 128      // key and number
)

// need estimates the memory of a run, as a power of two.
func (d *data) need() int64 {
	var events, ids int64
	for _, s := range d.events {
		events += s.table.Bytes()
		if s.id >= 0 {
			ids += s.table.Bytes() / eventBytes * 24
		}
	}
	// Somebody with one event is the exception: sixteen are taken for the rule.
	people := events / (16 * eventBytes)
	if d.people != nil {
		people = d.people.table.Bytes() / personBytes
	}
	each, perEvent := d.program.Needs()
	return powerOfTwo(atRest + people*(personNeeds+each) + events/eventBytes*perEvent + ids)
}

// fits refuses a need that is larger than the memory that may be used.
func (d *data) fits(memory int64) error {
	need := d.need()
	if memory <= 0 || need <= memory {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.memory", Where: "--memory",
		Msg:  fmt.Sprintf("the files ask for about %s", size(need)),
		Hint: fmt.Sprintf("allow --memory %s, or count fewer files", size(need))}
}

func size(n int64) string {
	for _, u := range []struct {
		name string
		of   int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}} {
		if n >= u.of {
			return fmt.Sprintf("%d%s", n/u.of, u.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// bytes returns what a run reads in all, a table that is passed over twice
// twice.
func (d *data) bytes() int64 {
	var n int64
	for _, s := range d.events {
		if d.people == nil || d.program.Needed(s.number) {
			n += s.table.Bytes()
		}
		if s.id >= 0 {
			n += s.table.Bytes()
		}
	}
	if d.people != nil {
		n += d.people.table.Bytes()
	}
	return n
}
