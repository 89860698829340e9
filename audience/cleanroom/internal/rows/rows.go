// SPDX-License-Identifier: Apache-2.0

// Package rows reads tables that are files of text: CSV as RFC 4180 describes it,
// and JSON lines, an object on each; in UTF-8 with or without a byte order mark,
// lines ended in either way. They are read strictly and whole: a row that is out
// of shape may be somebody's choice, or whose somebody's key is.
//
// Its errors are *fault.Error of kind Input. They name files and columns, never a
// row or a number of rows.
package rows

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
)

// Forms of files, as they are told.
const (
	CSV     = "CSV"
	JSON    = "JSON lines"
	Parquet = "Parquet"
)

// formOf judges by the name, and where that says nothing by the first bytes.
func formOf(root *event.Root, f *event.File) (string, error) {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".parquet":
		return Parquet, nil
	case ".csv", ".txt":
		return CSV, nil
	case ".jsonl", ".ndjson", ".json":
		return JSON, nil
	}
	in, err := root.Open(f)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // read only: nothing is lost
	var magic [4]byte
	_, _ = in.ReadAt(magic[:], 0) // a file that is too short is no Parquet
	if string(magic[:]) == "PAR1" || string(magic[:]) == "PARE" {
		return Parquet, nil
	}
	return CSV, nil
}

// Extensions are those of files that a folder of a table stands for.
var Extensions = []string{".csv", ".parquet", ".jsonl", ".ndjson"}

// Find returns the files of text that patterns name, and those of Parquet.
func Find(ctx context.Context, root *event.Root, patterns []string) (texts []File, tables []event.File, err error) {
	found, err := root.Find(ctx, patterns, Extensions...)
	if err != nil {
		return nil, nil, err
	}
	for i := range found {
		form, err := formOf(root, &found[i])
		switch {
		case err != nil:
			return nil, nil, err
		case form == Parquet:
			tables = append(tables, found[i])
		default:
			texts = append(texts, File{Root: root, File: found[i], Form: form})
		}
	}
	return texts, tables, nil
}

// A File is one file of text and what is read of it.
type File struct {
	Root    *event.Root
	File    event.File
	Form    string   // CSV or JSON
	Columns []string // what is read, by names as the file writes them
	Keys    int      // so many of the columns, the first, stand in every line of JSON, be it as null
	Truth   string   // the column that may be true or false in JSON; empty: none
}

// Check reads the header of CSV, or the first line's fields: more would be reading
// rows.
func (f *File) Check(ctx context.Context) error {
	first := errors.New("the first row")
	err := f.open(func(in io.Reader) error {
		if f.Form == JSON {
			return f.objects(ctx, in, func(*record) error { return first })
		}
		return f.header(in, func(*records, []int) error { return nil })
	})
	if errors.Is(err, first) {
		return nil
	}
	return err
}

// Each hands over every row: the text of each column, empty where there is none.
// It is valid until do returns.
func (f *File) Each(ctx context.Context, do func(fields [][]byte) error) error {
	return f.open(func(in io.Reader) error {
		if f.Form == JSON {
			return f.lines(ctx, in, do)
		}
		return f.records(ctx, in, do)
	})
}

// open opens the file, and makes sure in the end that it did not change.
func (f *File) open(read func(in io.Reader) error) error {
	in, err := f.Root.Open(&f.File)
	if err != nil {
		return err
	}
	err = read(in)
	if changed := event.Unchanged(in, &f.File); changed != nil {
		err = changed
	}
	if bad := in.Close(); err == nil && bad != nil {
		err = f.reason(bad)
	}
	return err
}

func (f *File) fault(code, msg, hint string) error {
	return &fault.Error{Kind: fault.Input, Code: "input." + code, Where: event.Show(f.File.Path), Msg: msg, Hint: hint}
}

// often is after how many rows a run that was stopped is noticed.
const often = 4096

// reason says what is wrong with a file or a row. The libraries' own words may
// hold what is in it.
func (f *File) reason(err error) error {
	switch {
	case errors.Is(err, errUTF16):
		return f.fault("utf16", "the file is UTF-16", "save it as UTF-8")
	case errors.Is(err, errLong):
		return f.fault("line", "a line is longer than 64 MiB", "write one row a line")
	case errors.Is(err, errTwice):
		return f.fault("twice", "a line gives a field twice", "which of them holds nobody can tell: write it once")
	case errors.Is(err, errObject), errors.Is(err, errNUL) && f.Form == JSON:
		return f.fault("json", "a line is not one JSON object", `write one object a line: {"user_id": "…"}; no list around them, no comma after them`)
	case errors.Is(err, errNUL):
		return f.fault("nul", "the file holds NUL bytes", "it may be UTF-16 or binary; save it as CSV in UTF-8")
	case errors.Is(err, errFields):
		return f.fault("ragged", "a row has more or fewer fields than the header", "write every row with all fields, and quote those that hold commas")
	case errors.Is(err, errQuote):
		return f.fault("quotes", "a quote is out of place", `quote as RFC 4180 says: "a ""quoted"" word"`)
	}
	return f.fault("unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
}
