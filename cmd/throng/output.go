// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/release"
)

// print writes a result: as JSON if that was asked for, else by words.
func (s *session) print(v any, words func(io.Writer)) error {
	if s.json {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	var b strings.Builder
	words(&b)
	_, err := io.WriteString(s.out, b.String())
	return err
}

// outputFault tells standard output that cannot be written, such as a file on a
// full disk, from other files.
func outputFault(w io.Writer, err error) error {
	var path *fs.PathError
	if f, ok := w.(*os.File); ok && errors.As(err, &path) && path.Path == f.Name() {
		return &fault.Error{Kind: fault.Output, Code: "output.stdout", Where: "standard output", Msg: "cannot be written", Err: path.Err}
	}
	return err
}

// writeCatalog writes a release as the table that a build ends with.
func (s *session) writeCatalog(w io.Writer, rel *release.Release) {
	_ = export.Table(w, rel, width(s.out), mayColor(s.out)) // w is a buffer
}

// A column is a heading; numbers stand right.
type column struct {
	name  string
	right bool
}

func left(name string) column  { return column{name, false} }
func right(name string) column { return column{name, true} }

// writeTable writes rows under headings. Colours and lines stay out: a table is
// read by terminals, files and screen readers alike.
func writeTable(w io.Writer, columns []column, rows [][]string) {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Box = table.BoxStyle{PaddingRight: "  ", MiddleHorizontal: "-", MiddleSeparator: "-"}
	style.Options = table.Options{SeparateHeader: true}
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	var head table.Row
	var configs []table.ColumnConfig
	for i, c := range columns {
		head = append(head, c.name)
		if c.right {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(head)
	t.SetColumnConfigs(configs)
	for _, r := range rows {
		var row table.Row
		for _, cell := range r {
			row = append(row, clean(cell))
		}
		t.AppendRow(row)
	}
	for line := range strings.Lines(t.Render()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// grouped writes a whole number as all of throng's texts do.
func grouped(n int64) string { return release.Number(n) }

// units writes an amount that is counted in units of 10^-decimals.
func units(n int64, decimals int, unit string) string {
	s := release.Units(n, decimals)
	if unit != "" {
		s += " " + unit
	}
	return s
}
