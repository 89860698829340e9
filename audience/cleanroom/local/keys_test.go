// SPDX-License-Identifier: Apache-2.0

package local

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

const keysPlan = `
throng: 1
name: keys
data:
  identities: {region: GB, HASH}
  events:
    texts: {files: texts.parquet, phone: TEXTS, time: at}
    visits: {files: visits.parquet, person: who, phone: VISITS, time: at}
  opt_outs: OUT
purpose: ads
lookback: 10d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
segments:
  - {id: both, rule: texts.size() > 0 && visits.size() > 0}
  - {id: often, rule: texts.size() > 5}
release: [reach]
`

// keysInput writes the numbers of rows of texts, and ids with numbers beside them
// of rows of visits.
func keysInput(t *testing.T, edits []string, texts []rule.Value, visits [][2]rule.Value) *cleanroom.Input {
	t.Helper()
	dir, at := t.TempDir(), date(t, "2011-12-05").Add(time.Hour)
	number, when := rule.Column{Name: "no", Kind: rule.String}, rule.Column{Name: "at", Kind: rule.Timestamp}
	var rows [][]rule.Value
	for _, n := range texts {
		if _, ok := n.(int64); ok {
			number.Kind = rule.Int
		}
		rows = append(rows, []rule.Value{n, at})
	}
	file(t, dir, "texts.parquet", []rule.Column{number, when}, rows...)
	number.Kind, rows = rule.String, nil
	for _, v := range visits {
		rows = append(rows, []rule.Value{v[0], v[1], at})
	}
	file(t, dir, "visits.parquet", []rule.Column{{Name: "who", Kind: rule.String}, number, when}, rows...)
	file(t, dir, "out.parquet", []rule.Column{{Name: "who", Kind: rule.String}}, []rule.Value{"anna"})
	text := strings.NewReplacer(append(edits, "HASH", "hash: hmac-sha256", "TEXTS", "no", "VISITS", "no", "OUT", "none")...).Replace(keysPlan)
	in := inputFrom(t, dir, text)
	in.PhoneKeys = webKeys
	return in
}

// TestNumbersOfRows: what is read of numbers in files, whatever they look like; a
// number that is none is nobody's, and stops nothing.
func TestNumbersOfRows(t *testing.T) {
	const n = "+447700900123"
	anna := [][2]rule.Value{{"anna", n}}
	spelt := []rule.Value{n, "07700 900123", "0044 7700 900123", "٠٧٧٠٠٩٠٠١٢٣", "＋４４７７００９００１２３", "07700900123 x123"}
	nobodys := []rule.Value{nil, "", "+1", "12345", "+4477009001234567", strings.Repeat("7", 300), "withheld", "\xff"}
	for _, c := range []struct {
		name       string
		edits      []string
		texts      []rule.Value
		people     int64
		both       int64
		moreThan5s int64
	}{
		{"spellings of one number", nil, spelt, 1, 1, 1},
		{"numbers of nobody", nil, nobodys, 1, 0, 0},
		{"both", nil, append(append([]rule.Value{}, nobodys...), spelt...), 1, 1, 1},
		{"of two people", nil, []rule.Value{n, "07700 900124"}, 2, 1, 0},
		{"no region", []string{"region: GB, ", ""}, spelt, 1, 1, 0},
		{"MSISDNs", []string{"TEXTS", "{column: no, holds: msisdn}"}, []rule.Value{"447700900123"}, 1, 1, 0},
		{"MSISDNs that are integers", []string{"TEXTS", "{column: no, holds: msisdn}"}, []rule.Value{int64(447700900123), int64(7), int64(-1)}, 1, 1, 0},
		{"plain hashes beside numbers", []string{"HASH", "hash: sha256", "TEXTS", "{column: no, holds: hash}"}, []rule.Value{plainHash(n), "no hash"}, 1, 1, 0},
		{"hashes of digits", []string{"HASH", "hash: sha256-digits", "TEXTS", "{column: no, holds: hash}"}, []rule.Value{plainHash(n[1:])}, 1, 1, 0},
		{"hashes of another scheme", []string{"HASH", "hash: sha256-digits", "TEXTS", "{column: no, holds: hash}"}, []rule.Value{plainHash(n)}, 2, 0, 0},
		{"keyed hashes", []string{"TEXTS", "{column: no, holds: hash}"}, []rule.Value{keyedHash(webKeys[0], n)}, 1, 1, 0},
		{"under another key", []string{"TEXTS", "{column: no, holds: hash}"}, []rule.Value{keyedHash([]byte("another"), n)}, 2, 0, 0},
		{"who opted out by id", []string{"OUT", "{files: out.parquet, person: who}"}, spelt, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := keysInput(t, c.edits, c.texts, anna)
			got := reaches(t, in, exact(t, in))
			if got[""] != c.people || got["both"] != c.both || got["often"] != c.moreThan5s {
				t.Errorf("%v, want %d, %d and %d", got, c.people, c.both, c.moreThan5s)
			}
		})
	}
}

func plainHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func keyedHash(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// TestKeysAreChanged: while the key of phone numbers is being changed, ids under
// the old one and under the new one are one person's wherever the number stands in
// clear, and a choice under any of them is for all.
func TestKeysAreChanged(t *testing.T) {
	before, now := []byte("the key before"), []byte("the key from now on")
	numbers := []string{"+447700900123", "+447700900124"}
	var texts []rule.Value
	for _, n := range numbers {
		texts = append(texts, "0"+n[3:])
	}
	hashed := [][2]rule.Value{{"anna", keyedHash(before, numbers[0])}, {"bert", keyedHash(now, numbers[1])}}
	for _, c := range []struct {
		name         string
		keys         cleanroom.PhoneKeys
		out          string
		people, both int64
	}{
		{"two keys", cleanroom.PhoneKeys{now, before}, "none", 2, 2},
		{"one key", cleanroom.PhoneKeys{now}, "none", 3, 1},
		{"two keys, and a choice", cleanroom.PhoneKeys{now, before}, "{files: out.parquet, person: who}", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := keysInput(t, []string{"VISITS", "{column: no, holds: hash}", "OUT", c.out}, texts, hashed)
			in.PhoneKeys = c.keys
			got := reaches(t, in, exact(t, in))
			if got[""] != c.people || got["both"] != c.both {
				t.Errorf("%v, want %d and %d", got, c.people, c.both)
			}
		})
	}
}

// TestKeyIsNeeded where there is a number to hash, before a row is read.
func TestKeyIsNeeded(t *testing.T) {
	in := keysInput(t, nil, nil, nil)
	in.PhoneKeys = nil
	for _, err := range []error{(Engine{}).Check(t.Context(), in), tallyError(t, in)} {
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Key {
			t.Errorf("error %v, want one of the key", err)
		}
	}
	in = keysInput(t, []string{"TEXTS", "{column: no, holds: hash}", "VISITS", "{column: no, holds: hash}"}, nil, nil)
	in.PhoneKeys = nil
	if err := (Engine{}).Check(t.Context(), in); err != nil {
		t.Errorf("all numbers are hashed, and still: %v", err)
	}
}

func tallyError(t *testing.T, in *cleanroom.Input) error {
	t.Helper()
	_, err := Engine{}.Tally(t.Context(), in)
	return err
}

// TestNeedOfKeysIsNotTooHopeful compares what --memory is held against with what a
// run takes that ties keys.
func TestNeedOfKeysIsNotTooHopeful(t *testing.T) {
	const people = 30_000
	var texts []rule.Value
	var visits [][2]rule.Value
	for i := range people {
		number := fmt.Sprintf("+4477%08d", i)
		texts = append(texts, number)
		visits = append(visits, [2]rule.Value{fmt.Sprintf("user %d", i), number})
	}
	in := keysInput(t, nil, texts, visits)
	need := needOf(t, in)
	taken := peakOf(func() { exact(t, in) })
	t.Logf("%d KiB of %d KiB", taken>>10, need>>10)
	if taken > need {
		t.Errorf("takes %d bytes, more than the %d that were told", taken, need)
	}
	if need > 20*taken {
		t.Errorf("takes %d bytes, far below the %d that were told", taken, need)
	}
}

// TestTiesInText: what is wrong with a file of ties is told before anything is
// paid, and no column is opened that may not be.
func TestTiesInText(t *testing.T) {
	for _, c := range []struct{ name, file, text, code string }{
		{"CSV", "links.csv", "user_id,msisdn\nanna,+447700900101\n", ""},
		{"JSON lines", "links.jsonl", `{"user_id":17,"msisdn":"+447700900101"}` + "\n" + `{"user_id":18}` + "\n", ""},
		{"a column that is not there", "links.csv", "user_id,number\n", "input.no-column"},
		{"no header", "links.csv", "", "input.empty"},
		{"not JSON", "links.jsonl", "user_id,msisdn\n", "input.json"},
		{"a column that may not be read", "links.csv", "user_id,msisdn\n", "plan.never-read"},
		{"no file", "other.csv", "user_id,msisdn\n", "input.missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			in := &cleanroom.Input{Root: dir, PhoneKeys: webKeys, Plan: &plan.Plan{Identity: &plan.Identities{Networks: []string{""}, Region: "GB", Hash: "hmac-sha256", MostKeys: 3,
				Links: &plan.Links{Files: []string{"links*"}, Person: []string{"user_id"}, Phone: plan.Phone{Column: "msisdn", Holds: "text"}}}}}
			if c.code == "plan.never-read" {
				in.NeverRead = []string{"msisdn"}
			}
			_, texts, err := openLinks(t.Context(), in)
			defer texts.close()
			var f *fault.Error
			if errors.As(err, &f); f == nil && c.code != "" || f != nil && f.Code != c.code {
				t.Fatalf("error = %v, want code %q", err, c.code)
			}
			if c.code != "" {
				return
			}
			if n := texts.need(); n < 2*perTied {
				t.Errorf("ties and numbers take %d bytes", n)
			}
			k, err := tie(t.Context(), in, nil, texts, func(int64) {})
			if err != nil {
				t.Fatal(err)
			}
			key := map[string]string{"CSV": "anna", "JSON lines": "17"}[c.name]
			names := k.reader(0, "text").Names(nil, key, "")
			if numbers := k.reader(0, "text").Names(nil, "", "07700 900101"); len(names) != 1 || !slices.Equal(names, numbers) {
				t.Error("a key and its number are two people")
			}
		})
	}
}
