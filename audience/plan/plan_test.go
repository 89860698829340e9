// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// shop is what the files of the tests' tables hold.
func shop(s *plan.Source) ([]rule.Column, error) {
	switch s.Name {
	case "orders":
		return []rule.Column{
			{Name: "user_id", Kind: rule.String}, {Name: "event_time", Kind: rule.Timestamp}, {Name: "event_type", Kind: rule.String},
			{Name: "line_id", Kind: rule.Int}, {Name: "Invoice No", Kind: rule.String}, {Name: "order_type", Kind: rule.String},
			{Name: "category", Kind: rule.String}, {Name: "country", Kind: rule.String}, {Name: "quantity", Kind: rule.Int},
			{Name: "amount", Kind: rule.Double}, {Name: "gift", Kind: rule.Bool}, {Name: "message_text", Kind: rule.String},
			{Name: "date", Kind: rule.String}, {Name: "device_id", Kind: rule.String},
		}, nil
	case "people":
		return []rule.Column{{Name: "user_id", Kind: rule.String}, {Name: "age", Kind: rule.Int}, {Name: "tier", Kind: rule.String}}, nil
	}
	return nil, errors.New("no files of " + s.Name)
}

// compile parses and compiles a text.
func compile(name string, text []byte) (*plan.Plan, error) {
	f, err := plan.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return f.Compile(shop)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n got: %s\nwant: %s", file, got, want)
	}
}

// TestFaults compares what authors are told of their faults with golden files.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		folder string
		read   func(name string, text []byte) error
	}{
		{"faults", func(name string, text []byte) error { _, err := compile(name, text); return err }},
		{"policies", func(name string, text []byte) error { _, err := plan.ParsePolicy(name, text); return err }},
	} {
		files, err := filepath.Glob(filepath.Join("testdata", tt.folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no test plans in %s: %v", tt.folder, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				err = tt.read(filepath.Base(file), text)
				if err == nil {
					t.Fatal("no fault")
				}
				var es plan.Errors
				if !errors.As(err, &es) {
					t.Fatalf("an error without places: %v", err)
				}
				golden(t, strings.TrimSuffix(file, ".yaml")+".want", err.Error()+"\n")
			})
		}
	}
}

// TestGoodPlans compiles plans that are right, and runs their tests.
func TestGoodPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test plans: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := compile(filepath.Base(file), text)
			if err != nil {
				t.Fatal(err)
			}
			if es := p.RunTests(); len(es) > 0 {
				t.Error(es)
			}
		})
	}
}

// FuzzParse holds Parse to two promises: it never panics, and every fault it
// reports has a place in the file and a message.
func FuzzParse(f *testing.F) {
	f.Add([]byte("throng: 1\nname: gift-shop\n"))
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, read := range []func() error{
			func() error { _, err := plan.Parse("fuzz.yaml", text); return err },
			func() error { _, err := plan.ParsePolicy("fuzz.yaml", text); return err },
		} {
			err := read()
			if err == nil {
				continue
			}
			var errs plan.Errors
			if !errors.As(err, &errs) || len(errs) == 0 {
				t.Fatalf("error without a place: %v", err)
			}
			for _, e := range errs {
				if e.Line < 1 || e.Column < 1 || e.Msg == "" {
					t.Errorf("incomplete: %+v", e)
				}
			}
		}
	})
}
