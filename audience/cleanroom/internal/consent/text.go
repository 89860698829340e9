// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"errors"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// A textSource is one file of CSV or JSON lines.
type textSource struct {
	ctx     context.Context
	file    rows.File
	columns *plan.OptOuts
}

func (s *textSource) form() string { return s.file.Form }

func (s *textSource) check() error { return s.file.Check(s.ctx) }

func (s *textSource) read(j *judge) error {
	row := j.newRow(s.columns)
	return s.file.Each(s.ctx, func(fields [][]byte) error {
		row.fields = fields
		return s.place(row.judge())
	})
}

// place says in which column a word is that does not exist.
func (s *textSource) place(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		f.Where = event.Show(s.file.File.Path) + ": column " + event.Show(s.columns.Purpose)
	}
	return err
}

// needs takes six letters and the end of a line for a row of CSV: fewer letters do
// not tell many people apart. A line of JSON has the letters of its column's name
// at the least.
func (s *textSource) needs() (int64, error) {
	least := int64(7)
	if s.file.Form == rows.JSON {
		least = int64(len(`{"":""}`) + len(s.file.Columns[0]) + 1)
	}
	return s.file.File.Info.Size() / least * (perRow(s.columns) + 6), nil
}
