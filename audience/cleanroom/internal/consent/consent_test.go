// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// asOf is the midnight that ends the run's date, 2011-12-09 in Berlin.
var asOf = time.Date(2011, 12, 9, 23, 0, 0, 0, time.UTC)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func put(t testing.TB, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// all are the columns of a full source.
func all(files ...string) []plan.OptOuts {
	return []plan.OptOuts{{Files: files, Person: "person", Purpose: "purpose", From: "from", Until: "until"}}
}

func read(t testing.TB, dir string, o []plan.OptOuts) (*consent.Register, error) {
	t.Helper()
	return consent.Read(t.Context(), dir, o, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: berlin(t), NeverRead: nil})
}

func wants(t testing.TB, err error, words ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault", err)
	}
	if f.Kind != fault.Consent || !strings.HasPrefix(f.Code, "consent.") || f.Hint == "" {
		t.Errorf("kind %d, code %q, hint %q", f.Kind, f.Code, f.Hint)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// choices are rows, and whether they keep the person from being counted in ads
// on 2011-12-09. CSV and Parquet must agree on all of them.
var choices = []struct {
	name                 string
	purpose, from, until string
	out                  bool
}{
	{"for all purposes and for good", "", "", "", true},
	{"all, written out", "all", "", "", true},
	{"this purpose", "ads", "", "", true},
	{"another purpose", "measurement", "", "", false},
	{"another purpose still", "friend_suggestions", "", "", false},
	{"and another", "marketing_messages", "", "", false},
	{"began long ago", "ads", "2010-01-01T00:00:00Z", "", true},
	{"begins later: honoured now", "ads", "2012-01-01T00:00:00Z", "", true},
	{"ended", "ads", "", "2011-12-01T00:00:00Z", false},
	{"ended a second before the day did", "ads", "", "2011-12-09T22:59:59Z", false},
	{"ends with the day: in force", "ads", "", "2011-12-09T23:00:00Z", true},
	{"ends a second later", "ads", "", "2011-12-09T23:00:01Z", true},
	{"ends with the day, in another zone", "ads", "", "2011-12-10T00:00:00+01:00", true},
	{"ended, in another zone", "ads", "", "2011-12-09T23:59:59+01:00", false},
	{"ends on the day: all of it counts", "ads", "", "2011-12-09", true},
	{"ended the day before", "ads", "", "2011-12-08", false},
	{"ends at midnight by the zone's clock", "ads", "", "2011-12-10 00:00:00", true},
	{"ended a second before by the zone's clock", "ads", "", "2011-12-09 23:59:59", false},
	{"began and ended at once", "ads", "2011-12-01T00:00:00Z", "2011-12-01T00:00:00Z", false},
	{"an end that cannot be read never comes", "ads", "", "soon", true},
	{"an end in another way of writing", "ads", "", "09/12/2011", true},
	{"an end that is no day", "ads", "", "2011-02-30", true},
	{"a beginning that cannot be read", "ads", "soon", "", true},
}

func TestChoicesInCSV(t *testing.T) {
	for _, c := range choices {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "o.csv", fmt.Appendf(nil, "person,purpose,from,until\nanna,%s,%s,%s\n", c.purpose, c.from, c.until))
			judged(t, dir, all("o.csv"), c.out)
		})
	}
}

func TestChoicesInJSON(t *testing.T) {
	for _, c := range choices {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			row := map[string]any{"person": "anna", "purpose": c.purpose, "from": c.from, "until": c.until, "more": []int{1}}
			for k, v := range row {
				if v == "" {
					row[k] = nil // as Parquet has it
				}
			}
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, "o.jsonl", append(line, '\n'))
			judged(t, dir, all("o.jsonl"), c.out)
		})
	}
}

func TestChoicesInParquet(t *testing.T) {
	type row struct {
		Person  string  `parquet:"person,dict"`
		Purpose *string `parquet:"purpose,dict"`
		From    *string `parquet:"from"`
		Until   *string `parquet:"until"`
	}
	given := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, c := range choices {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := parquet.WriteFile(filepath.Join(dir, "o.parquet"), []row{{"anna", given(c.purpose), given(c.from), given(c.until)}}); err != nil {
				t.Fatal(err)
			}
			judged(t, dir, all("o.parquet"), c.out)
		})
	}
}

func judged(t *testing.T, dir string, o []plan.OptOuts, out bool) {
	t.Helper()
	if err := consent.Check(t.Context(), dir, o, nil); err != nil {
		t.Fatal(err)
	}
	r, err := read(t, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.OptedOut("anna") != out {
		t.Errorf("opted out: %v, want %v", !out, out)
	}
	if r.OptedOut("") || r.OptedOut("ben") {
		t.Error("somebody else is out too")
	}
}

// TestTypedTimes reads ends that Parquet holds as instants, as days and as
// wall-clock times.
func TestTypedTimes(t *testing.T) {
	type instants struct {
		Person int64      `parquet:"person"`
		Until  *time.Time `parquet:"until,timestamp(microsecond)"`
	}
	type days struct {
		Person int64 `parquet:"person"`
		Until  int32 `parquet:"until,date"`
	}
	end, before := asOf, asOf.Add(-time.Microsecond)
	day := int32(asOf.Unix() / 86400) // 2011-12-09: the day starts in Berlin before UTC's
	dir := t.TempDir()
	o := []plan.OptOuts{{Files: []string{"o.parquet"}, Person: "person", Until: "until"}}
	for _, c := range []struct {
		name  string
		write func(file string) error
		out   string
	}{
		{"instants", func(f string) error {
			return parquet.WriteFile(f, []instants{{1, &end}, {2, &before}, {3, nil}})
		}, "1 3"},
		{"days", func(f string) error { return parquet.WriteFile(f, []days{{1, day}, {2, day - 1}, {3, day + 1}}) }, "1 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.write(filepath.Join(dir, "o.parquet")); err != nil {
				t.Fatal(err)
			}
			r, err := read(t, dir, o)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, key := range []string{"1", "2", "3"} {
				if r.OptedOut(key) {
					out = append(out, key)
				}
			}
			if strings.Join(out, " ") != c.out {
				t.Errorf("out: %q, want %q", out, c.out)
			}
		})
	}
}

// TestPeopleOfChoices says whose a row is.
func TestPeopleOfChoices(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("person\nanna\n\"\"\n7\n\"smith, ben\"\n\xff\n"+strings.Repeat("x", 257)+"\nnobody-knows\nanna\n"))
	r, err := read(t, dir, []plan.OptOuts{{Files: []string{"o.csv"}, Person: "person"}})
	if err != nil {
		t.Fatal(err)
	}
	for key, out := range map[string]bool{"anna": true, "7": true, "smith, ben": true, "nobody-knows": true, "": false, "\xff": false, strings.Repeat("x", 257): false, "Anna": false} {
		if r.OptedOut(key) != out {
			t.Errorf("%.20q: opted out %v", key, !out)
		}
	}
}

// TestStricterChoiceWins: one choice in force is enough, in whatever order.
func TestStricterChoiceWins(t *testing.T) {
	rows := []string{"anna,ads,,2011-12-01", "anna,measurement,,", "anna,ads,,2012-01-01"}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		dir := t.TempDir()
		text := "person,purpose,from,until\n"
		for _, i := range order {
			text += rows[i] + "\n"
		}
		put(t, dir, "o.csv", []byte(text))
		judged(t, dir, all("o.csv"), true)
	}
}

// TestForms of a CSV file that are all the same to us.
func TestForms(t *testing.T) {
	text := "person,purpose,from,until\nanna,ads,,\n"
	for name, form := range map[string]string{
		"as it is":         text,
		"byte order mark":  "\xef\xbb\xbf" + text,
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"no newline":       strings.TrimSuffix(text, "\n"),
		"quoted":           "\"person\",\"purpose\",\"from\",\"until\"\n\"anna\",\"ads\",\"\",\"\"\n",
		"other order":      "until,from,purpose,person\n,,ads,anna\n",
		"more columns":     "id,person,purpose,from,until\n1,anna,ads,,\n",
		"empty lines":      "person,purpose,from,until\n\nanna,ads,,\n\n",
		"newline in quote": "id,person,purpose,from,until\n\"a\nb\",anna,ads,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "o.csv", []byte(form))
			judged(t, dir, all("o.csv"), true)
		})
	}
}

// TestSources reads several files, of both forms, as one, and any file by its
// first bytes where its name does not say what it is.
func TestSources(t *testing.T) {
	type row struct {
		Person string `parquet:"person"`
	}
	dir := t.TempDir()
	var table bytes.Buffer
	if err := parquet.Write(&table, []row{{"carl"}}); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a.csv", []byte("person\nanna\n"))
	put(t, dir, "b.csv", []byte("person\nben\n"))
	put(t, dir, "c.parquet", table.Bytes())
	put(t, dir, "d", table.Bytes())
	put(t, dir, "e", []byte("person\nemma\n"))
	r, err := read(t, dir, []plan.OptOuts{{Files: []string{"."}, Person: "person"}})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OptedOut("anna") || !r.OptedOut("ben") || !r.OptedOut("carl") || r.OptedOut("emma") {
		t.Error("a folder is all its CSV and Parquet files")
	}
	r, err = read(t, dir, []plan.OptOuts{{Files: []string{"d", "e"}, Person: "person"}})
	if err != nil || !r.OptedOut("carl") || !r.OptedOut("emma") {
		t.Error("files without an ending", err)
	}
}

// TestNoChoicesAreFine: a header says that the source is there.
func TestNoChoicesAreFine(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("person,purpose,from,until\n"))
	judged(t, dir, all("o.csv"), false)
}

// TestBrokenSources stop the run: nobody is counted without people's choices.
// Where checked says so, Check finds it before a choice is read.
func TestBrokenSources(t *testing.T) {
	type row struct {
		Person  string  `parquet:"person"`
		Purpose float64 `parquet:"purpose"`
	}
	var typed bytes.Buffer
	if err := parquet.Write(&typed, []row{{"anna", 1}}); err != nil {
		t.Fatal(err)
	}
	header := "person,purpose,from,until\n"
	const line = `{"person": "anna", "purpose": "ads", "from": null, "until": null}` + "\n"
	utf16 := func(order ...byte) string {
		out := order
		for _, c := range header {
			out = append(out, byte(c), 0)
		}
		return string(out)
	}
	for _, c := range []struct {
		name, file, text string
		checked          bool
		words            string
	}{
		{"missing", "", "", true, "no file matches"},
		{"empty", "o.csv", "", true, "no header"},
		{"a byte order mark alone", "o.csv", "\xef\xbb\xbf", true, "no header"},
		{"no header but rows", "o.csv", "anna,ads,x,y\n", true, "lacks the column person"},
		{"a column is missing", "o.csv", "person,purpose,from\n", true, "lacks the column until"},
		{"a column in another case", "o.csv", "Person,purpose,from,until\n", true, "lacks the column person"},
		{"semicolons", "o.csv", "person;purpose;from;until\n", true, "columns stand between semicolons"},
		{"tabs", "o.csv", "person\tpurpose\tfrom\tuntil\n", true, "columns stand between tabs"},
		{"two columns of one name", "o.csv", "person,purpose,from,until,person\n", true, "one name"},
		{"two columns of one name but for case", "o.csv", "person,purpose,from,until,PERSON\n", true, "one name"},
		{"UTF-16, little end first", "o.csv", utf16(0xff, 0xfe), true, "UTF-16"},
		{"UTF-16, big end first", "o.csv", utf16(0xfe, 0xff), true, "UTF-16"},
		{"UTF-16 without a mark", "o.csv", utf16(), true, "NUL"},
		{"NUL in a row", "o.csv", header + strings.Repeat("anna,ads,,\n", 9999) + "an\x00na,ads,,\n", false, "NUL"},
		{"a row too short", "o.csv", header + "anna,ads,\n", false, "more or fewer fields"},
		{"a row too long", "o.csv", header + "anna,ads,,,\n", false, "more or fewer fields"},
		{"a stray quote", "o.csv", header + "an\"na,ads,,\n", false, "quote"},
		{"a quote that never ends", "o.csv", header + "\"anna,ads,,\n", false, "quote"},
		{"a purpose misspelt", "o.csv", header + "anna,adds,,\n", false, "purpose that does not exist"},
		{"a purpose in another case", "o.csv", header + "anna,Ads,,\n", false, "purpose that does not exist"},
		{"a purpose misspelt, of nobody", "o.csv", header + ",adds,,\n", false, "purpose that does not exist"},
		{"CSV by the name of Parquet", "o.parquet", header, true, "not a Parquet file"},
		{"Parquet cut off", "o.parquet", typed.String()[:typed.Len()-9], true, "damaged"},
		{"Parquet by the name of CSV", "o.csv", typed.String(), true, ""},
		{"JSON lines without a line", "o.jsonl", "", true, "no line"},
		{"a JSON list", "o.jsonl", `[{"person": "anna"}]`, true, "not one JSON object"},
		{"a line of JSON cut off", "o.jsonl", line + `{"person": "anna", "pur`, false, "not one JSON object"},
		{"two objects on a line", "o.jsonl", line + `{"person": "anna"} {"person": "anna"}`, false, "not one JSON object"},
		{"an empty line", "o.jsonl", line + "\n" + line, false, "not one JSON object"},
		{"a field twice", "o.jsonl", line + `{"person": "anna", "person": "x"}`, false, "gives a field twice"},
		{"a line of nobody", "o.jsonl", line + `{"purpose": "ads"}`, false, "lacks the field person"},
		{"a field that no line has", "o.jsonl", `{"person": "anna", "purpose": "ads"}`, false, "no line has the field from"},
		{"a purpose that is a list", "o.jsonl", line + `{"person": "anna", "purpose": ["ads"]}`, false, "the field purpose holds"},
		{"a purpose misspelt in JSON", "o.jsonl", line + `{"person": "anna", "purpose": "adds"}`, false, "purpose that does not exist"},
		{"letters of another code in JSON", "o.jsonl", line + "{\"person\": \"anna\xff\"}", false, "not one JSON object"},
		{"UTF-16 in JSON", "o.jsonl", utf16(0xff, 0xfe), true, "UTF-16"},
		{"a line of JSON without end", "o.jsonl", line + `{"person": "anna", "x": "` + strings.Repeat("x", 64<<20) + `"}`, false, "longer than 64 MiB"},
		{"a purpose that is a number", "o.parquet", typed.String(), true, "column purpose"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				put(t, dir, c.file, []byte(c.text))
			}
			o := all("o.*")
			if c.file == "o.parquet" {
				o[0].From, o[0].Until = "", ""
			}
			if err := consent.Check(t.Context(), dir, o, nil); (err != nil) != c.checked {
				t.Errorf("check: %v", err)
			}
			_, err := read(t, dir, o)
			wants(t, err, c.words)
			if strings.Contains(err.Error(), "anna") {
				t.Error("the fault names a person")
			}
		})
	}
}

// TestForbiddenColumns are not read for choices either.
func TestForbiddenColumns(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("contact_name,text\nanna,ads\n"))
	_, err := consent.Read(t.Context(), dir, []plan.OptOuts{{Files: []string{"o.csv"}, Person: "contact_name"}}, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: nil, NeverRead: []string{"contact_name"}})
	wants(t, err, "contact_name", "may not be read")
	_, err = consent.Read(t.Context(), dir, []plan.OptOuts{{Files: []string{"o.csv"}, Person: "contact_name", Purpose: "text"}}, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: nil, NeverRead: nil})
	wants(t, err, "text", "may not be read")
	_, err = consent.Read(t.Context(), dir, []plan.OptOuts{{Files: []string{"o.csv"}}}, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: nil, NeverRead: nil})
	wants(t, err, "person")
	_, err = consent.Read(t.Context(), filepath.Join(dir, "nowhere"), all("o.csv"), &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: nil, NeverRead: nil})
	wants(t, err, "data folder")
}

// TestStopped: a run that is stopped ends as such.
func TestStopped(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("person\nanna\n"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := consent.Read(ctx, dir, []plan.OptOuts{{Files: []string{"o.csv"}, Person: "person"}}, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: nil, NeverRead: nil})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestRegisterHides: a register prints nobody's key.
func TestRegisterHides(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("person\nanna\n"))
	r, err := read(t, dir, []plan.OptOuts{{Files: []string{"o.csv"}, Person: "person"}})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("read", "register", r)
	text, _ := json.Marshal(r)
	shown := fmt.Sprintf("%v %+v %#v %s %v", r, r, r, text, struct{ R *consent.Register }{r}) + log.String()
	if strings.Contains(shown, "anna") || !strings.Contains(log.String(), "hidden") {
		t.Errorf("printed: %s", shown)
	}
}

// TestPurposes holds the words to those of the plan's language.
func TestPurposes(t *testing.T) {
	if !slices.Equal(consent.Purposes, []string{"ads", "friend_suggestions", "marketing_messages", "measurement", "all"}) {
		t.Errorf("purposes: %q", consent.Purposes)
	}
}

// FuzzCSV holds the reader to three promises: it never panics; every fault is
// one of the consent source and names nobody; what Read takes, Check takes too.
// FuzzJSON holds the reader of JSON lines to its promises: no panic, every fault
// is one of the source and names nobody, and what json reads as an opted-out
// person is out.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"person": "anna", "purpose": "ads", "from": null, "until": null}`))
	f.Add([]byte("\xef\xbb\xbf{\"person\": 7, \"purpose\": null, \"from\": 1, \"until\": \"2011-12-08\"}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		put(t, dir, "o.jsonl", text)
		r, err := read(t, dir, all("o.jsonl"))
		if err != nil {
			wants(t, err)
			return
		}
		var row map[string]any
		if json.Unmarshal(text, &row) == nil && row["until"] == nil && (row["purpose"] == nil || row["purpose"] == "ads") {
			person, _ := row["person"].(string)
			if key := identity.Text(person); key != "" && !r.OptedOut(key) {
				t.Error("an opt-out is lost")
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("person,purpose,from,until\nanna,ads,,2011-12-09\n"))
	f.Add([]byte("\xef\xbb\xbfperson,purpose,from,until\r\n\"an\"\"na\",all,,soon\r\n"))
	f.Add([]byte("\xff\xfep\x00"))
	zone, dir := berlin(f), f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		put(t, dir, "o.csv", text)
		r, err := consent.Read(t.Context(), dir, all("o.csv"), &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: zone, NeverRead: nil})
		var bad *fault.Error
		switch {
		case err == nil:
			if r.OptedOut("") {
				t.Error("nobody opted out")
			}
			if err := consent.Check(t.Context(), dir, all("o.csv"), nil); err != nil {
				t.Errorf("read, but: %v", err)
			}
		case !errors.As(err, &bad) || bad.Kind != fault.Consent || bad.Msg == "" || bad.Hint == "":
			t.Errorf("an incomplete fault: %v", err)
		}
	})
}

// TestLyingStatistics reads every choice, whatever the footer says of the times
// that a row group holds.
func TestLyingStatistics(t *testing.T) {
	type row struct {
		Person string `parquet:"person"`
		Until  int64  `parquet:"until,timestamp(microsecond)"`
	}
	dir := t.TempDir()
	end := asOf.Add(time.Hour)
	var table bytes.Buffer
	if err := parquet.Write(&table, []row{{"anna", end.UnixMicro()}}); err != nil {
		t.Fatal(err)
	}
	// The footer stands before its length and the last magic word.
	text := table.Bytes()
	footer := text[len(text)-8-int(binary.LittleEndian.Uint32(text[len(text)-8:])):]
	truth := binary.LittleEndian.AppendUint64(nil, uint64(end.UnixMicro()))
	past := binary.LittleEndian.AppendUint64(nil, uint64(asOf.AddDate(-1, 0, 0).UnixMicro()))
	if !bytes.Contains(footer, truth) {
		t.Fatal("the footer has no statistics: this test proves nothing")
	}
	copy(footer, bytes.ReplaceAll(footer, truth, past))
	put(t, dir, "o.parquet", text)
	r, err := read(t, dir, []plan.OptOuts{{Files: []string{"o.parquet"}, Person: "person", Until: "until"}})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OptedOut("anna") {
		t.Error("a choice was skipped for what the footer says")
	}
}
