// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// parsed reads CSV with our reader, through a buffer of so many bytes.
func parsed(in io.Reader, buffer int) (rows [][]string, err error) {
	r := &records{lines: &lines{in: in, buf: make([]byte, buffer), nul: -1}}
	if err := r.begin(); err != nil {
		return nil, err
	}
	for {
		if err := r.read(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return rows, err
		}
		var row []string
		for _, f := range r.fields {
			row = append(row, string(r.text[f.from:f.to]))
		}
		rows = append(rows, row)
	}
}

// sameAsLibrary holds the reader to encoding/csv: the same rows, then the same
// fault. Of NUL bytes and marks of an encoding it says something else.
func sameAsLibrary(t *testing.T, text []byte, buffer int, in func(io.Reader) io.Reader) {
	t.Helper()
	if bytes.IndexByte(text, 0) >= 0 || bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		if _, err := parsed(in(bytes.NewReader(text)), buffer); err == nil && bytes.IndexByte(text, 0) >= 0 {
			t.Fatalf("%q: NUL is taken", text)
		}
		return
	}
	got, gotErr := parsed(in(bytes.NewReader(text)), buffer)
	library := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	var want [][]string
	var wantErr error
	for wantErr == nil {
		var row []string
		if row, wantErr = library.Read(); wantErr == nil {
			want = append(want, row)
		}
	}
	if errors.Is(wantErr, io.EOF) {
		wantErr = nil
	}
	if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Fatalf("%q: got %q, the library %q", text, got, want)
	}
	kinds := []struct{ ours, library error }{{errQuote, csv.ErrQuote}, {errQuote, csv.ErrBareQuote}, {errFields, csv.ErrFieldCount}}
	same := gotErr == nil && wantErr == nil || slices.ContainsFunc(kinds, func(k struct{ ours, library error }) bool {
		return errors.Is(gotErr, k.ours) && errors.Is(wantErr, k.library)
	})
	if !same {
		t.Fatalf("%q: got %v, the library %v", text, gotErr, wantErr)
	}
}

func whole(r io.Reader) io.Reader { return r }

// TestRecords holds the reader to encoding/csv on short texts of the letters that
// matter, through buffers that cut them everywhere.
func TestRecords(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const letters = "ab,\",\n\"\r\n,"
	for range 20_000 {
		text := make([]byte, random.IntN(24))
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
		}
		sameAsLibrary(t, text, 3+random.IntN(8), whole)
	}
	long := "person,purpose\r\n" + strings.Repeat("anna,\"ads, or \"\"ads\"\"\"\nbert,\"two\r\nlines\"\n", 500)
	sameAsLibrary(t, []byte(long), 16, iotest.OneByteReader)
	sameAsLibrary(t, []byte(long), 64, iotest.DataErrReader)
	sameAsLibrary(t, []byte("\xef\xbb\xbf"+long), 16, iotest.HalfReader)
	if _, err := parsed(iotest.TimeoutReader(strings.NewReader(long)), 16); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("error = %v", err)
	}
}

// TestNUL: a NUL is a fault of the line that it stands in, wherever buffers end.
func TestNUL(t *testing.T) {
	for buffer := 3; buffer < 20; buffer++ {
		for at := range len("a\nbb\nccc\n") {
			text := []byte("a\nbb\nccc\n")
			text[at] = 0
			rows, err := parsed(bytes.NewReader(text), buffer)
			if !errors.Is(err, errNUL) || len(rows) > bytes.Count(text[:at], []byte("\n")) {
				t.Fatalf("NUL at %d, buffer of %d: %q, %v", at, buffer, rows, err)
			}
		}
	}
}

func FuzzRecords(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\r\n\"x\"\"\r\ny\"\r", "\"", "a,\"b\"c\n", "\n\n,\n", "a\n\"\n\n\"\n"} {
		f.Add([]byte(s), uint8(5))
	}
	f.Fuzz(func(t *testing.T, text []byte, buffer uint8) {
		sameAsLibrary(t, text, 3+int(buffer), whole)
	})
}

// sameObject holds the fast reading of a line to the library's.
func sameObject(t *testing.T, line []byte) {
	t.Helper()
	names := []string{"p", "é", "q"}
	fast, slow := newRecord(names), newRecord(names)
	ok, fastErr := fast.plain(line)
	slowErr := slow.any(line)
	switch {
	case !ok && fastErr == nil: // left to the library
	case fastErr != nil:
		if slowErr == nil {
			t.Fatalf("%q: %v, the library reads it", line, fastErr)
		}
	case slowErr != nil:
		t.Fatalf("%q: read, the library says %v", line, slowErr)
	default:
		for i := range names {
			if x, y := fast.values[i], slow.values[i]; x.kind != y.kind || !bytes.Equal(x.text, y.text) {
				t.Fatalf("%q: field %s is %d %q, of the library %d %q", line, names[i], x.kind, x.text, y.kind, y.text)
			}
		}
	}
}

// TestObjects holds the fast reading of lines to encoding/json on texts of the
// pieces that matter, and makes sure that usual lines are read fast.
func TestObjects(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	pieces := []string{"{", "}", "[", "]", ":", ",", " ", "\t", "null", "true", "false", "0", "12", "-3", "1.5", "1e3", "01", `"`, `"p"`, `"q"`, `"x"`, `"é"`,
		`"p":`, `"q":"v",`, `"p":1`, `\u0070`, `\"`, `"\\"`, "\x01", "\r", "x"}
	for range 40_000 {
		var line []byte
		if random.IntN(2) == 0 {
			line = append(line, '{')
		}
		for range random.IntN(10) {
			line = append(line, pieces[random.IntN(len(pieces))]...)
		}
		if random.IntN(2) == 0 {
			line = append(line, '}')
		}
		sameObject(t, line)
	}
	r := newRecord([]string{"p"})
	for _, line := range []string{`{"p":"+447700900123","purpose":"ads","until":null}`, `{ "p" : 17 , "é" : true }` + "\r", "{}"} {
		if ok, err := r.plain([]byte(line)); !ok || err != nil {
			t.Errorf("%s: left to the library, %v", line, err)
		}
	}
}

func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"p":"a","q":1}`, `{"p":null}`, `{"p":[1,{}],"x":"\u00e9"}`, `{"p":1,"p":2}`, `{"p":1} {}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') < 0 && utf8.Valid(line) { // as parse makes sure of
			sameObject(t, line)
		}
	})
}
