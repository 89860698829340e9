// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const twoNetworksPlan = `throng: 1
name: shop
data:
  identities:
    networks: [social, messenger]
    region: GB
    links: {files: in/links.parquet, person: {social: user_id}, phone: msisdn}
  events:
    texts: {files: in/texts.parquet, network: messenger, phone: msisdn, time: at}
    visits: {files: in/visits.parquet, network: social, person: user_id, time: at}
  opt_outs:
    - {files: in/out.csv, network: social, person: user_id, purpose: purpose}
    - {files: in/out.jsonl, phone: number, purpose: purpose}
purpose: ads
lookback: 30d
privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 0, max_segments: 2}
let:
  home: {of: 'visits.latest(v, v.country)', domain: [GB, FR]}
  spend: visits.sum(v, v.amount)
segments:
  - {id: writers, name: Writers, rule: texts.size() > 0}
  - {id: visitors, name: Visitors, rule: visits.size() > 0}
  - {id: often, name: Often, purpose: measurement, rule: visits.size() > 2}
release:
  - reach
  - overlap
  - {breakdown: [home]}
  - {sum: spend, min: 0, max: 500}
  - {match_rate: messenger, segments: [visitors]}
`

type textRow struct {
	Number string    `parquet:"msisdn,optional,dict"`
	At     time.Time `parquet:"at,timestamp(microsecond)"`
}

type visitRow struct {
	UserID  string    `parquet:"user_id,dict"`
	At      time.Time `parquet:"at,timestamp(microsecond)"`
	Country string    `parquet:"country,optional,dict"`
	Amount  float64   `parquet:"amount"`
}

type linkRow struct {
	UserID string `parquet:"user_id,dict"`
	Number string `parquet:"msisdn,dict"`
}

// A twoNetworks is the input of a build of the plan above.
type twoNetworks struct {
	texts    []textRow
	visits   []visitRow
	links    []linkRow
	out      string // rows of out.csv: user_id,purpose
	outLines string // lines of out.jsonl
}

const identityKeyText = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// numberOf is the number of person i, in one of some spellings; nobody has it.
func numberOf(i, spelling int) string {
	n := fmt.Sprintf("7700900%03d", i)
	return []string{"+44" + n, "0" + n, "0044 " + n, "+44 (0)" + n[:4] + " " + n[4:]}[spelling%4]
}

// invent makes people who are on both networks, or on one.
func invent(rng *rand.Rand, people int) *twoNetworks {
	in := &twoNetworks{outLines: `{"number": "+447700900999", "purpose": "ads"}` + "\n"}
	for i := range people {
		user := fmt.Sprintf("user-%03d", i)
		in.links = append(in.links, linkRow{user, numberOf(i, rng.IntN(4))})
		if rng.IntN(4) > 0 {
			in.person(rng, i, user)
		}
	}
	return in
}

func (in *twoNetworks) person(rng *rand.Rand, i int, user string) {
	at := func() time.Time { return time.Date(2011, 12, 1+rng.IntN(9), rng.IntN(24), 0, 0, 0, time.UTC) }
	for range rng.IntN(4) {
		in.texts = append(in.texts, textRow{numberOf(i, rng.IntN(4)), at()})
	}
	for range rng.IntN(4) {
		in.visits = append(in.visits, visitRow{user, at(), []string{"GB", "FR", "XX", ""}[rng.IntN(4)], float64(rng.IntN(300))})
	}
}

func (in *twoNetworks) write(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.yaml": twoNetworksPlan, "in/out.csv": "user_id,purpose\nsomebody,ads\n" + in.out,
		"in/out.jsonl": in.outLines, "identity.key": identityKeyText + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, write := range map[string]func(string) error{
		"in/texts.parquet":  func(path string) error { return writeParquet(path, in.texts) },
		"in/visits.parquet": func(path string) error { return writeParquet(path, in.visits) },
		"in/links.parquet":  func(path string) error { return writeParquet(path, in.links) },
	} {
		if err := write(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// build builds in a folder of its own, on a fresh ledger, and masks what it
// leaves behind.
func (in *twoNetworks) build(t *testing.T) project {
	t.Helper()
	dir := t.TempDir()
	in.write(t, dir)
	return buildIn(t, dir, "--identity-key", filepath.Join(dir, "identity.key"))
}

// TestOptedOutRowsLeaveNoTrace: rows of people who opted out, under a key of
// the other network than their rows have, altered, repeated or deleted, change
// nothing of what a build says and writes on a fresh ledger, but the noised
// numbers. That the exact counts are the same is held by TestChoicesAreDeletion.
//
// A build warns where the released population cannot be told from 0; of some 300
// people it does so with a chance below 1e-20.
func TestOptedOutRowsLeaveNoTrace(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52)) // which data are tried; nothing random is judged
	const people, chose = 400, 40
	in := invent(rng, people)
	for i := range chose {
		if i%2 == 0 { // the messenger's rows are theirs who chose on the social network
			in.out += fmt.Sprintf("user-%03d,%s\n", i, []string{"all", ""}[i/2%2])
		} else {
			in.outLines += fmt.Sprintf("{\"number\": %q, \"purpose\": \"all\"}\n", numberOf(i, i))
		}
	}
	gone := func(number, user string) bool {
		for i := range chose {
			if user == fmt.Sprintf("user-%03d", i) || number != "" && strings.HasSuffix(strings.ReplaceAll(number, " ", ""), fmt.Sprintf("900%03d", i)) {
				return true
			}
		}
		return false
	}
	altered, deleted := *in, *in
	altered.texts, altered.visits = slices.Clone(in.texts), slices.Clone(in.visits)
	for i := range altered.visits {
		if v := &altered.visits[i]; gone("", v.UserID) {
			v.Amount, v.Country, v.At = 1e300, strings.Repeat("x", 3000), v.At.AddDate(-1000, 0, 0)
			altered.visits = append(altered.visits, *v, *v)
		}
	}
	for i := range altered.texts {
		if x := &altered.texts[i]; gone(x.Number, "") {
			x.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	deleted.texts = slices.DeleteFunc(slices.Clone(in.texts), func(r textRow) bool { return gone(r.Number, "") })
	deleted.visits = slices.DeleteFunc(slices.Clone(in.visits), func(r visitRow) bool { return gone("", r.UserID) })
	if len(deleted.texts) == len(in.texts) || len(deleted.visits) == len(in.visits) {
		t.Fatal("nobody who chose has rows")
	}
	p := in.build(t)
	if p.exit != 0 || len(p.files) < 8 {
		t.Fatalf("exit %d, %d files: %s", p.exit, len(p.files), p.stderr)
	}
	for what, other := range map[string]*twoNetworks{"altered": &altered, "deleted": &deleted} {
		q := other.build(t)
		if d := p.differs(&q); d != "" {
			t.Errorf("rows of opted-out people %s: %s", what, d)
		}
	}
}

// TestNumbersAreWrittenNowhere builds with a number and an id in every input,
// well, and with damage beside them, and looks for both in every byte that is
// there afterwards or was said: as they are, without spaces, and as keyed ids.
func TestNumbersAreWrittenNowhere(t *testing.T) {
	const digits, user = "7700900987", "canary-of-a-user"
	key, _ := hex.DecodeString(identityKeyText)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("+44" + digits))
	id := mac.Sum(nil)
	secrets := [][]byte{[]byte(digits), []byte(user), id[:8], id[8:16], []byte(hex.EncodeToString(id[:8])), []byte(base64.StdEncoding.EncodeToString(id)[:10])}
	canaries := func() *twoNetworks {
		in := invent(rand.New(rand.NewPCG(53, 54)), 300)
		in.links = append(in.links, linkRow{user, "+44 7700 900987"}, linkRow{user, "+44" + digits})
		for i := range 4 {
			in.texts = append(in.texts, textRow{"+44" + digits, time.Date(2011, 12, 1+i, 1, 0, 0, 0, time.UTC)})
			in.visits = append(in.visits, visitRow{user, time.Date(2011, 12, 1+i, 1, 0, 0, 0, time.UTC), "+44" + digits, 1})
		}
		return in
	}
	for _, c := range []struct {
		name string
		with func(t *testing.T, dir string, in *twoNetworks)
		exit int
	}{
		{"well", func(*testing.T, string, *twoNetworks) {}, 0},
		{"who chose", func(_ *testing.T, _ string, in *twoNetworks) {
			in.outLines += `{"number": "07700 900987", "purpose": null}` + "\n"
		}, 0},
		{"a purpose that is none", func(_ *testing.T, _ string, in *twoNetworks) { in.out += user + ",+44" + digits + "\n" }, 12},
		{"a line that is none", func(_ *testing.T, _ string, in *twoNetworks) {
			in.outLines += `{"number": "+44` + digits + `", ` + "\n"
		}, 12},
		{"a number as a number", func(_ *testing.T, _ string, in *twoNetworks) { in.outLines += `{"number": [` + digits + `]}` + "\n" }, 12},
		{"damage in a page", func(t *testing.T, dir string, in *twoNetworks) {
			in.write(t, dir)
			path := filepath.Join(dir, "in", "links.parquet")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text[40] ^= 0xff
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, in := t.TempDir(), canaries()
			t.Setenv("TMPDIR", dir)
			c.with(t, dir, in)
			if c.exit != 11 {
				in.write(t, dir)
			}
			p := buildIn(t, dir, "--identity-key", filepath.Join(dir, "identity.key"))
			if p.exit != c.exit {
				t.Errorf("exit %d, want %d: %s", p.exit, c.exit, p.stderr)
			}
			var out bytes.Buffer
			for _, words := range [][]string{{"check"}, {"explain"}, {"consent", "status", "--identity-key", filepath.Join(dir, "identity.key")}} {
				run(context.Background(), append(append([]string{"throng"}, words...), "--data", dir, filepath.Join(dir, "plan.yaml")), &out, &out)
			}
			files := 0
			err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || strings.HasPrefix(path, filepath.Join(dir, "in")+string(filepath.Separator)) {
					return err
				}
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				files++
				tells(t, path, append(text, path...), secrets)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.exit == 0 && files < 10 {
				t.Errorf("%d files were looked at", files)
			}
			tells(t, "what was said", []byte(p.said+out.String()), secrets)
		})
	}
}

// tells fails if one of the secrets is in a text, with spaces and signs left out
// or not.
func tells(t *testing.T, where string, text []byte, secrets [][]byte) {
	t.Helper()
	for _, s := range secrets {
		if bytes.Contains(text, s) || bytes.Contains(bytes.Map(func(r rune) rune {
			if strings.ContainsRune(" ()-", r) {
				return -1
			}
			return r
		}, text), s) {
			t.Errorf("%s holds a key", where)
		}
	}
}

// TestMatchRates builds the plan of two networks on the Copenhagen Networks Study.
// Its match rates are within four of their error bars, eight standard deviations,
// of what is true (575 of 800 and of 608; the few who opted out move it by less
// than a tenth of a bar): a sound build fails with a chance below 1e-13.
func TestMatchRates(t *testing.T) {
	dir, data := t.TempDir(), filepath.Join("..", "..", "datasets")
	if err := os.WriteFile(filepath.Join(dir, "identity.key"), []byte(identityKeyText), 0o600); err != nil {
		t.Fatal(err)
	}
	ledger := "sqlite:" + filepath.Join(dir, "ledger.db")
	var out strings.Builder
	for _, words := range [][]string{
		{"ledger", "init", "--ledger", ledger},
		{"ledger", "account", "--ledger", ledger, "--epsilon", "8", "--delta", "1e-5", "--period", "364d", "--no-ceiling",
			"--policy", filepath.Join(data, "plans", "two-networks.policy.yaml"), "copenhagen"},
		{"build", filepath.Join(data, "plans", "two-networks.yaml"), "--data", data, "--date", "2024-01-28", "--ledger", ledger,
			"--out", filepath.Join(dir, "releases"), "--identity-key", filepath.Join(dir, "identity.key")},
	} {
		if exit := run(context.Background(), append([]string{"throng"}, words...), &out, &out); exit != 0 {
			t.Fatalf("exit %d: %s", exit, out.String())
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "releases", "two-networks", "date=2024-01-28", "release", "catalog.json"))
	if err != nil {
		t.Fatal(err)
	}
	var catalog struct {
		Segments []struct {
			ID    string
			Means []struct {
				Name                   string
				Estimate, Lower, Upper float64
			}
		}
	}
	if err := json.Unmarshal(text, &catalog); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"on-social match_rate_messenger": 575. / 800, "on-messenger match_rate_social": 575. / 608}
	for _, s := range catalog.Segments {
		for _, m := range s.Means {
			share, ok := want[s.ID+" "+m.Name]
			delete(want, s.ID+" "+m.Name)
			scale := 1.
			if m.Estimate > 1 { // in units of 10^-4
				scale = 1e4
			}
			bar := (m.Upper - m.Lower) / 2 / scale
			if got := m.Estimate / scale; !ok || bar <= 0 || bar > 0.2 || got < share-4*bar || got > share+4*bar {
				t.Errorf("%s of %s: %g ± %g, want %g", m.Name, s.ID, got, bar, share)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not released: %v", want)
	}
}
