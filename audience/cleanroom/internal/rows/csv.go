// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
)

// records hands over the rows of CSV.
func (f *File) records(ctx context.Context, in io.Reader, do func(fields [][]byte) error) error {
	return f.header(in, func(r *records, at []int) error {
		fields := make([][]byte, len(at))
		for n := 0; ; n++ {
			if n%often == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			err := r.read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return f.reason(err)
			}
			for i, column := range at {
				one := r.fields[column]
				fields[i] = r.text[one.from:one.to]
			}
			if err := do(fields); err != nil {
				return err
			}
		}
	})
}

// header reads the header of CSV, and hands over the rest with the places of the
// columns.
func (f *File) header(in io.Reader, rest func(r *records, at []int) error) error {
	r := &records{lines: newLines(in)}
	if err := r.begin(); err != nil {
		return f.reason(err)
	}
	err := r.read()
	if errors.Is(err, io.EOF) {
		return f.fault("empty", "the file has no header", "a table without rows has a header; an empty file is a broken export")
	}
	if err != nil {
		return f.reason(err)
	}
	var header []string
	for _, one := range r.fields {
		name := string(r.text[one.from:one.to])
		if slices.ContainsFunc(header, func(other string) bool { return strings.EqualFold(name, other) }) {
			return f.fault("header", "two columns of the header have one name", "rename one of them")
		}
		header = append(header, name)
	}
	var at []int
	for _, name := range f.Columns {
		i := slices.Index(header, name)
		if i < 0 {
			return f.fault("no-column", "the header lacks the column "+event.Show(name), lacksHint(header))
		}
		at = append(at, i)
	}
	return rest(r, at)
}

// lacksHint is what to do about a column that a header does not have.
func lacksHint(header []string) string {
	const otherwise = "its columns stand between %s: write commas, or make Parquet of it"
	switch {
	case len(header) == 1 && strings.Contains(header[0], ";"):
		return fmt.Sprintf(otherwise, "semicolons")
	case len(header) == 1 && strings.Contains(header[0], "\t"):
		return fmt.Sprintf(otherwise, "tabs")
	}
	return "the plan names columns as the header writes them"
}
