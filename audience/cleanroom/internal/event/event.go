// SPDX-License-Identifier: Apache-2.0

// Package event reads tables from Parquet by pages, guarded: a damaged file is
// an error, never a panic, never fewer rows.
package event

import (
	"context"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A Vector is one column of a batch, its values dictionary-coded where the file
// has them so. Times are microseconds since 1970 (finer parts are cut off
// towards the past), bools 0 or 1; both stand in Int.
type Vector struct {
	Kind  rule.Kind
	Dict  *Dict    // nil: plain
	Index []uint32 // with Dict: of each row, the entry; 0 is null

	// without Dict: of each row; Null[i] says that row i has no value
	Null   []bool // nil: no row is null
	Int    []int64
	Double []float64
	String []string
}

// A Dict is the dictionary of one column chunk. Entry 0 is null; the others are
// already as rules see them (NaN and the like are Null).
type Dict struct {
	ID     uint64 // differs between dictionaries of one process: a key for caches
	Null   []bool // of each entry; Null[0] is true
	Int    []int64
	Double []float64
	String []string
}

// A Batch is a run of rows of one file. It is valid until the callback
// returns; strings stay valid.
type Batch struct {
	Rows    int
	Columns []*Vector // in the order in which they were asked for
}

// Options of Open.
type Options struct {
	NeverRead []string // columns that may not be opened
	Newest    string   // the run's date, for tables of one partition a day; empty: partitions are not judged
	Oldest    string   // first day of the lookback
}

// A Table is the opened files of one plan.Source: footers read and checked, no
// row read.
type Table struct{ _ int }

// Open resolves the paths of s below root and reads and checks the footers. Its
// errors are *fault.Error of kind Input, or Later where a partition of a day is
// missing.
func Open(ctx context.Context, root string, s *plan.Source, o Options) (*Table, error) {
	panic("contract: to be built")
}

// Close closes the files.
func (t *Table) Close() error { panic("contract: to be built") }

// Columns returns what rules can see, by union of the files: file's names,
// rule's kinds, partition keys of the path included.
func (t *Table) Columns() []rule.Column { panic("contract: to be built") }

// Bytes returns the size of the table's files.
func (t *Table) Bytes() int64 { panic("contract: to be built") }

// Rows returns an upper bound of the rows, for memory. It is private: it stays
// in the clean room.
func (t *Table) Rows() int64 { panic("contract: to be built") }

// Units returns the parts that can be read at the same time: row groups.
func (t *Table) Units() []Unit { panic("contract: to be built") }

// A Unit is one row group.
type Unit struct {
	Bytes int64 // of the file that it stands for, for progress
	_     int
}

// Read hands over the unit's rows, batch by batch, with the columns of these
// file's names. A column that this file lacks is all null, of the kind that the
// other files give it. After the last batch every column's number of values
// has been compared with the footer's number of rows.
func (u Unit) Read(ctx context.Context, columns []string, each func(*Batch) error) error {
	panic("contract: to be built")
}
