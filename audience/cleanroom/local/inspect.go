// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A Schema is what may be said of a file before anything is paid: names and
// types, no value, no statistics, no number of rows.
type Schema struct {
	Columns []Column // partitions of the path first, then as the file has them
}

// A Column is one column of a file. Its name is as the file has it: whoever
// prints it escapes it.
type Column struct {
	Name      string    // levels of nested columns joined by dots
	Physical  string    // the format's name; "PATH" for a partition of the path
	Logical   string    // the format's name, with its parameters; may be empty
	Kind      rule.Kind // rule.Invalid: rules cannot see it
	Optional  bool      // may be null
	Denied    bool      // holds messages' content by its name: it is never opened
	Codecs    []string  // in use, over all row groups
	Encodings []string
	Role      string // "person", "time" or "id", guessed by name and type; at most one of each
}

// Inspect reads the schema of one Parquet file, and guesses roles by names and
// types.
func (Engine) Inspect(ctx context.Context, path string) (*Schema, error) {
	out := &Schema{}
	err := safely("reading a schema", func() error {
		s, err := event.Inspect(ctx, path)
		if err != nil {
			return err
		}
		for _, c := range s.Columns {
			out.Columns = append(out.Columns, Column(c))
		}
		return nil
	})
	if err != nil {
		return nil, classified(err)
	}
	return out, nil
}
