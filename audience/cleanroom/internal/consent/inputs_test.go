// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// TestInputs are bad inputs that people and exports really send. What is wrong
// with one person's string or key stops nothing and is no consent; what is wrong
// with the source stops the build.
func TestInputs(t *testing.T) {
	const (
		tcf  = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA" // consent to nothing
		head = "person,purpose,from,until\n"
	)
	signals := plan.OptOuts{Files: []string{"o.csv"}, Person: "person", Signals: plan.Signals{TCF: "tcf", GPP: "gpp", USPrivacy: "usp", GPC: "gpc"}}
	choices := plan.OptOuts{Files: []string{"o.csv"}, Person: "person", Purpose: "purpose", From: "from", Until: "until"}
	both := choices
	both.Choice = "choice"
	strings1MB := strings.Repeat("C", 1<<20)
	for _, c := range []struct {
		name string
		o    plan.OptOuts
		text string
		out  []string // who is not counted for ads
		in   []string // who is
		code string   // of the fault of the source
	}{
		{"48: an e-mail address is a key like any other: no spelling of it is guessed", choices, head + "ma.ry@gmail.com,,,\nxn--mller-kva@example.com,,,\n",
			[]string{"ma.ry@gmail.com", "xn--mller-kva@example.com"}, []string{"mary@gmail.com", "Ma.ry@gmail.com", "müller@example.com"}, ""},
		{"49: a TC string cut off", signals, "person,tcf,gpp,usp,gpc\nanna," + tcf[:17] + ",,,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert"}, ""},
		{"50: a TC string of 1 MB", signals, "person,tcf,gpp,usp,gpc\nanna," + strings1MB + ",,,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert"}, ""},
		{"51: a GPP header that names an absent section", signals, "person,tcf,gpp,usp,gpc\nanna,,DBACNY~" + tcf + ",,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert"}, ""},
		{"52: GPP with section 99", signals, "person,tcf,gpp,usp,gpc\nanna,,DBABJD~BAAAAABA,,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert"}, ""},
		{"53: a US Privacy string with a letter that is none", signals, "person,tcf,gpp,usp,gpc\nanna,,,1Y-X,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert"}, ""},
		{"no string at all", signals, "person,tcf,gpp,usp,gpc\nanna,,,,\nbert,,,1YNN,\n", []string{"anna"}, []string{"bert", "nobody of the source"}, ""},
		{"54: an opt-out that ends with the run's date", choices, head + "anna,ads,,2011-12-09T23:00:00Z\nbert,ads,,2011-12-09T22:59:59Z\n", []string{"anna"}, []string{"bert"}, ""},
		{"55: an opt-in of the same second", both, "person,purpose,from,until,choice\nanna,ads,2011-01-01T10:00:00Z,,out\nanna,ads,2011-01-01T10:00:00Z,,in\nbert,ads,2011-01-01T10:00:00Z,,out\nbert,ads,2011-01-01T10:00:01Z,,in\n",
			[]string{"anna"}, []string{"bert"}, ""},
		{"56: an opt-out of somebody nobody knows", choices, head + "who is that,ads,,\n", []string{"who is that"}, []string{"anna"}, ""},
		{"57: an opt-out of the future", choices, head + "anna,ads,2031-01-01,\n", []string{"anna"}, []string{"bert"}, ""},
		{"58: a purpose misspelt", choices, head + "anna,add,,\n", nil, nil, "consent.purpose"},
		{"a choice misspelt", both, "person,purpose,from,until,choice\nanna,ads,2011-01-01,,opt-out\n", nil, nil, "consent.choice"},
		{"59: a header that names a column twice", choices, "person,purpose,from,until,purpose\nanna,ads,,,\n", nil, nil, "consent.header"},
		{"60: a byte order mark", choices, "\xef\xbb\xbf" + head + "anna,ads,,\n", []string{"anna"}, []string{"bert"}, ""},
		{"60: lines ended as on Windows", choices, strings.ReplaceAll(head+"anna,ads,,\n", "\n", "\r\n"), []string{"anna"}, []string{"bert"}, ""},
		{"60: UTF-16", choices, "\xff\xfep\x00e\x00r\x00s\x00o\x00n\x00", nil, nil, "consent.utf16"},
		{"60: NUL", choices, head + "an\x00na,ads,,\n", nil, nil, "consent.nul"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "o.csv", []byte(c.text))
			r, err := consent.Read(t.Context(), dir, []plan.OptOuts{c.o}, &consent.Question{Purposes: []string{"ads", "friend_suggestions"}, AsOf: asOf, Zone: berlin(t)})
			if c.code != "" {
				wants(t, err)
				var f *fault.Error
				if errors.As(err, &f); f.Code != c.code {
					t.Errorf("code %s, want %s", f.Code, c.code)
				}
				if strings.Contains(err.Error(), "anna") {
					t.Error("the fault names a person")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			const ads = 1
			for _, who := range c.out {
				if r.Of(who)&ads == 0 {
					t.Errorf("%.40q is counted", who)
				}
			}
			for _, who := range c.in {
				if r.Of(who)&ads != 0 {
					t.Errorf("%.40q is not counted", who)
				}
			}
			if c.o.Signals != (plan.Signals{}) && r.Of("anna")&^ads != 0 {
				t.Error("signals of ads leave a person out of friend suggestions")
			}
		})
	}
}

// TestLongStringsStopNothing: a string of 1 MB in a line of JSON is one person's.
func TestLongStringsStopNothing(t *testing.T) {
	dir := t.TempDir()
	line, err := json.Marshal(map[string]any{"person": "anna", "tcf": strings.Repeat("C", 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "o.jsonl", append(line, '\n'))
	o := []plan.OptOuts{{Files: []string{"o.jsonl"}, Person: "person", Signals: plan.Signals{TCF: "tcf"}}}
	r, err := consent.Read(t.Context(), dir, o, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf})
	if err != nil || !r.OptedOut("anna") {
		t.Errorf("%v", err)
	}
}

// TestControlInJSON: Global Privacy Control is true or false in JSON, as in other
// forms; no other field may be.
func TestControlInJSON(t *testing.T) {
	o := plan.OptOuts{Files: []string{"o.jsonl"}, Person: "person", Purpose: "purpose", Signals: plan.Signals{GPC: "gpc"}}
	read := func(text string) (*consent.Register, error) {
		dir := t.TempDir()
		put(t, dir, "o.jsonl", []byte(text))
		return consent.Read(t.Context(), dir, []plan.OptOuts{o}, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf})
	}
	// With an escape the line is read another way.
	for _, anna := range []string{`"anna"`, `"\u0061nna"`} {
		r, err := read(`{"person":` + anna + `,"purpose":null,"gpc":true}` + "\n" + `{"person":"bert","purpose":null,"gpc":false}` + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if !r.OptedOut("anna") || r.OptedOut("bert") {
			t.Errorf("anna is out: %v; bert is out: %v", r.OptedOut("anna"), r.OptedOut("bert"))
		}
	}
	for _, bad := range []string{`{"person":true,"purpose":null,"gpc":true}`, `{"person":"anna","purpose":false,"gpc":true}`, `{"person":"anna","purpose":null,"gpc":[true]}`} {
		if _, err := read(bad + "\n"); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
	// No text of a person is taken for what it is not.
	if r, err := read(`{"person":"\u0000nested","purpose":null,"gpc":true}` + "\n"); err != nil || !r.OptedOut("\x00nested") {
		t.Errorf("a key with NUL: %v", err)
	}
}
