// SPDX-License-Identifier: Apache-2.0

package event

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/plan"
)

// An extent is a run of bytes of a file.
type extent struct{ from, to int64 }

// A recorder notes which bytes of a file are asked for.
type recorder struct {
	io.ReaderAt
	mu    sync.Mutex
	spans []extent
}

func (r *recorder) ReadAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	r.spans = append(r.spans, extent{off, off + int64(len(p))})
	r.mu.Unlock()
	return r.ReaderAt.ReadAt(p, off)
}

// TestDeniedBytesAreNeverRead: of columns that hold messages' content, and of
// those that the owner's policy names, no byte is asked for, whatever else is
// read of the file: all that rules can see, in any order, in every row group.
func TestDeniedBytesAreNeverRead(t *testing.T) {
	type row struct {
		User        string `parquet:"user_id"`
		MessageBody string `parquet:"MessageBody,dict"` // by its name
		Amount      int64  `parquet:"amount"`
		Contact     string `parquet:"contact_name"` // by the policy
		Kind        string `parquet:"kind,dict"`
		Message     struct {
			Body string `parquet:"body"`
		} `parquet:"message"` // nested
		Last int64 `parquet:"last"`
	}
	const groups, each = 3, 9000
	var text bytes.Buffer
	w := parquet.NewGenericWriter[row](&text, parquet.MaxRowsPerRowGroup(each), parquet.PageBufferSize(8<<10))
	rows := make([]row, groups*each)
	for i := range rows {
		r := &rows[i]
		r.User, r.MessageBody, r.Amount, r.Contact = fmt.Sprint("u", i), fmt.Sprint("dear ", i%700), int64(i), fmt.Sprint("aunt ", i)
		r.Kind, r.Message.Body, r.Last = fmt.Sprint("k", i%5), strings.Repeat("secret", i%7), int64(-i)
	}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.parquet"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	denied, allowed := chunksOf(t, text.Bytes())

	var notes []*recorder
	before := watched
	watched = func(file io.ReaderAt) io.ReaderAt {
		notes = append(notes, &recorder{ReaderAt: file})
		return notes[len(notes)-1]
	}
	t.Cleanup(func() { watched = before })

	table, err := Open(t.Context(), dir, &plan.Source{Name: "x", Files: []string{"x.parquet"}}, Options{NeverRead: []string{"contact_name"}})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	var names []string
	for _, c := range table.Columns() {
		names = append(names, c.Name)
	}
	if want := []string{"amount", "kind", "last", "user_id"}; !slices.Equal(names, want) {
		t.Fatalf("rules see %v, want %v", names, want)
	}
	for _, order := range [][]string{names, {"last", "user_id"}, {"kind"}} {
		for _, u := range table.Units() {
			if err := u.ReadKeys(t.Context(), order, slices.Index(order, "user_id"), func(*Batch) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"MessageBody", "contact_name", "message", "message.body", "body"} {
		if err := table.Units()[0].Read(t.Context(), []string{name}, func(*Batch) error { return nil }); err == nil {
			t.Errorf("%s can be read", name)
		}
	}
	var read []extent
	for _, n := range notes {
		read = append(read, n.spans...)
	}
	touched := func(chunk extent) bool {
		return slices.ContainsFunc(read, func(s extent) bool { return s.from < chunk.to && chunk.from < s.to })
	}
	for _, c := range denied {
		if touched(c) {
			t.Errorf("bytes %d to %d hold what is never read, and some of them were", c.from, c.to)
		}
	}
	// The recorder would have seen it: all else was read.
	for _, c := range allowed {
		if !touched(c) {
			t.Errorf("bytes %d to %d were not read", c.from, c.to)
		}
	}
}

// chunksOf returns where the columns lie that must not be read, and the others.
func chunksOf(t *testing.T, text []byte) (denied, allowed []extent) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			m := c.MetaData
			from := m.DataPageOffset
			if m.DictionaryPageOffset > 0 {
				from = min(from, m.DictionaryPageOffset)
			}
			s := extent{from, from + m.TotalCompressedSize}
			switch strings.Join(m.PathInSchema, ".") {
			case "MessageBody", "contact_name", "message.body":
				denied = append(denied, s)
			default:
				allowed = append(allowed, s)
			}
		}
	}
	if len(denied) != 9 || len(allowed) != 12 {
		t.Fatalf("%d and %d chunks", len(denied), len(allowed))
	}
	return denied, allowed
}
