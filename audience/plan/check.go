// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/rule"
	"go.yaml.in/yaml/v4"
)

var (
	idPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	wordPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	schemePrefix = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):(//|[^\\/])`)
)

const (
	idHint      = "a-z, 0-9, _ and -, at most 64, no _ or - at its start"
	maxLookback = 3660 // ten years of days: each is an instant in memory
	maxEpsilon  = 100
	maxDelta    = 1e-3
	// most segments that a plan may have: an owner's policy may allow fewer.
	maxSegmentsOfAPlan = 1000
	// segments up to which a person is counted in all by default (privacy R17).
	uncapped = 32
)

// computed are the fields that every event has beside its columns.
var computed = []string{"days_ago", "date", "month", "weekday"}

// checkForms checks what can be checked without a look at the data. Whatever
// the decoder has reported already is zero here, and left alone.
func (f *File) checkForms() {
	d, doc := f.places, &f.doc
	if n := d.nodes[&doc.Throng]; n != nil && doc.Throng != 1 && intPattern.MatchString(n.Value) {
		d.add(d.at(&doc.Throng), "unknown version of the plan's format", "write throng: 1")
	}
	f.checkID(&doc.Name, "name")
	f.checkAccount(&doc.Privacy.Account)
	f.checkTimes()
	f.checkData()
	f.checkPrivacy()
	f.checkLets()
	f.expand()
	f.checkCap()
	f.checkReleases()
	f.checkTests()
	f.lint()
}

func (f *File) checkID(s *string, what string) {
	if *s != "" && !idPattern.MatchString(*s) {
		f.places.add(f.places.at(s), fmt.Sprintf("%s %q", what, *s), idHint)
	}
}

// checkAccount takes the name of an account, or of a part of one: shop/acme.
func (f *File) checkAccount(s *string) {
	whole, part, sub := strings.Cut(*s, "/")
	if *s != "" && (!idPattern.MatchString(whole) || sub && !idPattern.MatchString(part)) {
		f.places.add(f.places.at(s), fmt.Sprintf("account %q", *s), idHint+"; a sub-account is written account/name")
	}
}

func (f *File) checkTimes() {
	d, doc := f.places, &f.doc
	if doc.Every == "" {
		doc.Every = "once"
	}
	if doc.Lookback > maxLookback {
		d.add(d.at(&doc.Lookback), "lookback is longer than ten years", fmt.Sprintf("at most %dd", maxLookback))
	}
	name := doc.Data.TimeZone
	if d.nodes[&doc.Data.TimeZone] == nil {
		name = "UTC"
	}
	zone, err := time.LoadLocation(name)
	switch {
	case name == "":
	case err != nil || name == "Local":
		d.add(d.at(&doc.Data.TimeZone), fmt.Sprintf("unknown time zone %q", name), "a name of the IANA database, such as Europe/London")
	default:
		f.zone = zone
	}
}

func (f *File) checkData() {
	d, data := f.places, &f.doc.Data
	if d.nodes[&data.Events] != nil && len(data.Events) == 0 && f.doc.Use == "" {
		d.add(d.at(&data.Events), "events has no table", "")
	}
	for i := range data.Events {
		e := &data.Events[i]
		f.checkWord(&e.Key, "table")
		if e.Key == "people" {
			d.add(d.at(&e.Key), `a table of events named "people"`, "people go under data.people")
		}
		f.checkFiles(e.Value.Files)
		f.checkKey(&e.Value, &e.Value.Person, &e.Value.Phone, &e.Value.Network, e.Key)
		f.checkColumns(e.Value.Columns, e.Value.Person, e.Value.ID)
		if id := &e.Value.ID; *id != "" && *id == e.Value.Person {
			d.add(d.at(id), fmt.Sprintf("id names %q, the column that holds the person's key", *id),
				"the column that tells one event of a person from another; without one, leave id out")
		}
	}
	if p := data.People; p != nil {
		f.checkFiles(p.Files)
		f.checkKey(p, &p.Person, &p.Phone, &p.Network, "people")
		f.checkColumns(p.Columns, p.Person, "")
		if name, ok := strings.CutPrefix(p.Age, "person."); p.Age != "" && (!ok || !wordPattern.MatchString(name)) {
			d.add(d.at(&p.Age), "age must be a field of person", "write person.age")
		}
	}
	for i := range data.OptOuts.Sources {
		c := &data.OptOuts.Sources[i]
		f.checkChoices(c)
		f.checkFiles(c.Files)
		f.checkKey(c, &c.Person, &c.Phone, &c.Network, "opt_outs")
	}
	f.checkIdentities()
}

func (f *File) checkWord(s *string, what string) {
	if why := rule.CheckName(*s); why != "" {
		f.places.add(f.places.at(s), what+": "+why, "choose another name")
	}
}

func (f *File) checkFiles(files words) {
	d, seen := f.places, map[string]bool{}
	for i := range files {
		file := files[i]
		m := schemePrefix.FindStringSubmatch(file)
		switch {
		case file == "":
		case strings.ContainsAny(file, "\x00\n\r"):
			d.add(d.at(&files[i]), "a path with control characters", "")
		case m != nil && len(m[1]) > 1 && !slices.Contains(objectStores, m[1]):
			d.add(d.at(&files[i]), fmt.Sprintf("files cannot be read from %s:", m[1]), "paths and globs, relative to the data root")
		case seen[file]:
			d.add(d.at(&files[i]), "the same path twice", "each file is read once")
		case m == nil && !validGlob(file):
			d.add(d.at(&files[i]), "a malformed pattern of files", "")
		}
		seen[file] = true
	}
}

// objectStores are schemes that later versions read.
var objectStores = []string{"s3", "gs", "azblob"}

func validGlob(pattern string) bool {
	_, err := filepath.Match(pattern, "x")
	return err == nil
}

// checkColumns checks the columns that a plan renames, types or clears.
func (f *File) checkColumns(cs entries[column], person, id string) {
	d := f.places
	files := map[string]bool{}
	for i := range cs {
		c := &cs[i]
		is := c.Value.Is
		if is == "" {
			is = c.Key
		}
		at := d.at(&c.Key)
		switch {
		case slices.Contains(computed, c.Key):
			d.add(at, fmt.Sprintf("every event has %q already", c.Key), "choose another name, and give the file's with `is`")
		case is == person:
			d.add(at, fmt.Sprintf("column %q holds the person's key, which is no field of any row", c.Key), "leave it out")
		case is == id && c.Value.Role != "":
			d.add(d.at(&c.Value.Role), "an event's id is always a key", "leave out the role")
		case f.whyDenied(c.Key) != "" || f.whyDenied(is) != "":
			d.add(at, fmt.Sprintf("column %q: content is never read", is), "Throng reads who and when, not what was said")
		case files[is]:
			d.add(at, fmt.Sprintf("column %q of the files is given twice", is), "")
		}
		files[is] = true
	}
}

func (f *File) checkPrivacy() {
	d, p := f.places, &f.doc.Privacy
	if d.nodes[&p.Epsilon] != nil && (p.Epsilon <= 0 || p.Epsilon > maxEpsilon) && f.isNumber(&p.Epsilon) {
		d.add(d.at(&p.Epsilon), fmt.Sprintf("epsilon must be above 0 and at most %d", maxEpsilon), "1 is a usual price of one build")
	}
	if d.nodes[&p.Delta] != nil && (p.Delta <= 0 || p.Delta > maxDelta) && f.isNumber(&p.Delta) {
		d.add(d.at(&p.Delta), "delta must be above 0 and at most 0.001", "well below 1 in the number of people: 1e-8")
	}
	if d.nodes[&p.PureEpsilon] != nil && (p.PureEpsilon <= 0 || p.PureEpsilon > maxEpsilon) && f.isNumber(&p.PureEpsilon) {
		d.add(d.at(&p.PureEpsilon), fmt.Sprintf("pure_epsilon must be above 0 and at most %d", maxEpsilon), "leave it out for the share that the build takes of the other line")
	}
	if d.nodes[&p.PureDelta] != nil && (p.PureDelta <= 0 || p.PureDelta > maxDelta) && f.isNumber(&p.PureDelta) {
		d.add(d.at(&p.PureDelta), "pure_delta must be above 0 and at most 0.001", "well below 1 in the number of people: 1e-9")
	}
	if p.MinReach < 0 {
		d.add(d.at(&p.MinReach), "min_reach is below 0", "")
	}
	if p.MaxSegments != nil && *p.MaxSegments < 1 && intPattern.MatchString(d.nodes[p.MaxSegments].Value) {
		d.add(d.at(p.MaxSegments), "max_segments must be at least 1", "")
	}
}

// isNumber tells whether a field was decoded: a zero may be the decoder's.
func (f *File) isNumber(v *float64) bool {
	_, ok := plainFloat(f.places.nodes[v])
	return ok
}

// checkCap demands a cap where counting people in all segments is too dear.
func (f *File) checkCap() {
	d, n := f.places, len(f.segments)
	switch {
	case n > maxSegmentsOfAPlan:
		d.add(d.at(&f.doc.Segments), fmt.Sprintf("%d segments: a plan has at most %d", n, maxSegmentsOfAPlan), "every segment has its price: split the plan, or leave some out")
	case n > uncapped && f.doc.Privacy.MaxSegments == nil:
		d.add(d.at(&f.doc.Privacy), fmt.Sprintf("%d segments need max_segments", n),
			fmt.Sprintf("up to %d, a person is counted in all; above, say in how many: max_segments: 12", uncapped))
	}
}

func (f *File) checkLets() {
	d := f.places
	for i := range f.doc.Let {
		l := &f.doc.Let[i]
		f.checkWord(&l.Key, "let")
		if f.doc.Data.Events.at(l.Key) >= 0 {
			d.add(d.at(&l.Key), fmt.Sprintf("%q is a table and a let", l.Key), "choose another name")
		}
		if n := d.nodes[&l.Value.Domain]; n != nil && n.Kind == yaml.SequenceNode && !l.Value.Domain.given() {
			d.add(placeOf(n), "domain is empty", "")
		}
		f.checkBins(&l.Value.Bins)
	}
}

// checkBins demands lower edges that rise.
func (f *File) checkBins(bins *[]number) {
	d := f.places
	if n := d.nodes[bins]; n != nil && len(*bins) == 0 {
		d.add(placeOf(n), "bins is empty", "write lower edges: [0, 1, 10]")
	}
	last := math.Inf(-1)
	for i := range *bins {
		b := (*bins)[i]
		if b == "" {
			return
		}
		switch x := b.float(); {
		case x <= last:
			d.add(d.at(&(*bins)[i]), "bins must rise", "write lower edges, smallest first, each once")
			return
		case math.Abs(x) > 1<<53:
			d.add(d.at(&(*bins)[i]), "a bin beyond 2^53", "")
			return
		default:
			last = x
		}
	}
}
