// SPDX-License-Identifier: Apache-2.0

// Command datagen writes invented analytics events, profiles and opt-outs as
// Parquet, of any size, to measure and to test with. Nobody in them exists.
//
//	datagen --out data/S --size S
//	datagen --out data/x --events 20000000 --people 200000 --layout person --ids hex
//
// The same seed, events and people make the same events whatever the layout,
// the keys, the codec and the number of jobs are, so exact counts agree across
// them. datasets/synth/README.md says what is in the files.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// A spec says what to write.
type spec struct {
	out    string
	events int
	people int
	layout string // one of layouts
	ids    string // one of idKinds
	codec  string // one of codecs
	seed   uint64
	jobs   int // days written at once
}

type size struct{ events, people int }

var sizes = map[string]size{
	"S": {2_000_000, 200_000},
	"M": {20_000_000, 2_000_000},
	"L": {100_000_000, 8_000_000},
}

var (
	layouts = []string{"time", "person"}
	idKinds = []string{"e164", "hex", "int", "wide"}
	codecs  = map[string]compress.Codec{"zstd": &parquet.Zstd, "snappy": &parquet.Snappy, "none": &parquet.Uncompressed}
)

func main() {
	s, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "datagen:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err = generate(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "datagen:", err)
		os.Exit(1)
	}
}

func parse(args []string) (*spec, error) {
	f := flag.NewFlagSet("datagen", flag.ExitOnError)
	s := &spec{}
	f.StringVar(&s.out, "out", "", "the `DIR` to write to")
	named := f.String("size", "S", "S (2 million events), M (20 million) or L (100 million)")
	f.IntVar(&s.events, "events", 0, "`N` events, in place of the size's")
	f.IntVar(&s.people, "people", 0, "`N` people, in place of the size's")
	f.StringVar(&s.layout, "layout", "time", "order of rows: "+strings.Join(layouts, " or "))
	f.StringVar(&s.ids, "ids", "e164", "keys of people: "+strings.Join(idKinds, ", "))
	f.StringVar(&s.codec, "codec", "zstd", "zstd, snappy or none")
	f.Uint64Var(&s.seed, "seed", 1, "another seed makes other people and events")
	f.IntVar(&s.jobs, "jobs", 2, "days written at once")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	z, ok := sizes[*named]
	if s.events == 0 {
		s.events = z.events
	}
	if s.people == 0 {
		s.people = z.people
	}
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("takes flags only, not %q", f.Arg(0))
	case !ok:
		return nil, fmt.Errorf("--size is S, M or L")
	case s.out == "":
		return nil, fmt.Errorf("--out DIR is missing")
	}
	return s, s.validate()
}

// maxPeople keeps every national number at ten digits and different.
const maxPeople = 1 << 32

func (s *spec) validate() error {
	switch {
	case s.events < 1, s.events > 1<<33:
		return fmt.Errorf("--events is a number from 1 to %d", 1<<33)
	case s.people < 1, s.people >= maxPeople:
		return fmt.Errorf("--people is a number from 1 to %d", maxPeople-1)
	case s.jobs < 1:
		return fmt.Errorf("--jobs is a number above 0")
	case !slices.Contains(layouts, s.layout):
		return fmt.Errorf("--layout is %s", strings.Join(layouts, " or "))
	case !slices.Contains(idKinds, s.ids):
		return fmt.Errorf("--ids is %s", strings.Join(idKinds, ", "))
	case codecs[s.codec] == nil:
		return fmt.Errorf("--codec is zstd, snappy or none")
	}
	return nil
}
