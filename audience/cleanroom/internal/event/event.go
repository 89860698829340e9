// SPDX-License-Identifier: Apache-2.0

// Package event reads tables from Parquet by pages, guarded: a damaged file is
// an error, never a panic, never fewer rows.
//
// Values are decoded by parquet-go, page by page. Around it stands a guard,
// because a reader that trusts its input loses values without a word or asks
// for gigabytes: footer and page headers are judged before the library sees a
// byte, every page unpacks to the size it names, every count in it is held
// against its header, every column has as many values as its row group has
// rows, or the run stops. What it does not promise: that a file which was
// written wrong, but is whole, is right.
package event

import (
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// A Vector is one column of a batch, its values dictionary-coded where the file
// has them so. Times are microseconds since 1970 (finer parts are cut off
// towards the past), bools 0 or 1; both stand in Int.
type Vector struct {
	Kind  rule.Kind
	Dict  *Dict    // nil: plain
	Index []uint32 // with Dict: of each row, the entry; 0 is null
	Same  bool     // with Dict: all rows have the first one's entry

	// without Dict: of each row; Null[i] says that row i has no value
	Null   []bool // nil: no row is null
	Int    []int64
	Double []float64
	String []string
	Texts  *Texts // in place of String, for the column that was asked for as keys
}

// A Dict is the dictionary of one column chunk. Entry 0 is null; the others are
// already as rules see them (NaN and the like are Null).
type Dict struct {
	ID     uint64 // differs between dictionaries of one process: a key for caches
	Null   []bool // of each entry; Null[0] is true
	Int    []int64
	Double []float64
	String []string
	Texts  *Texts // in place of String, for the column that was asked for as keys
}

// Len returns the number of entries, null included.
func (d *Dict) Len() int { return len(d.Null) }

// A Batch is a run of rows of one file. It is valid until the callback
// returns; strings stay valid, and so do dictionaries, but for one of keys
// (ReadKeys): it is valid until the unit has been read. Nobody writes to it.
type Batch struct {
	Rows    int
	Columns []*Vector // in the order in which they were asked for
}

// batchRows is the most rows that a batch holds: what is worked out for a batch,
// a few dozen bytes a row, should stay in a core's own cache.
const batchRows = 4096

// Options of Open.
type Options struct {
	NeverRead []string       // columns that may not be opened
	Newest    string         // the run's date, for tables of one partition a day; empty: partitions are not judged
	Oldest    string         // first day of the lookback
	Zone      *time.Location // of times without a zone; UTC if nil
}
