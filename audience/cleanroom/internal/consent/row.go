// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/consent/signal"
	"github.com/throng-dp/throng/audience/plan"
)

// simple tells whether the rows of a source are opt-outs and nothing else, which
// need not be compared with anything.
func (j *judge) simple(o *plan.OptOuts) bool { return !j.tracking && o.Signals == (plan.Signals{}) }

// A row is one row of a source whose values are text. Its fields are those of
// columns, in their order, and need not outlast the row.
type row struct {
	j      *judge
	o      *plan.OptOuts
	names  []string
	fields [][]byte
	text   func(column string) string

	// Of simple sources: where each column is, -1 for none, and what the words and
	// times that were seen mean, for most rows have the same.
	person, phone, purpose, until int
	purposes                      map[string]Set
	untils                        map[string]ending
}

// An ending is what an until says.
type ending struct {
	at   time.Time
	ends bool
}

// mostSeen is how many different texts a row remembers.
const mostSeen = 1 << 12

func (j *judge) newRow(o *plan.OptOuts) *row {
	r := &row{j: j, o: o, names: columns(o), purposes: map[string]Set{}, untils: map[string]ending{}}
	r.text = func(column string) string { return string(r.field(r.place(column))) }
	r.person, r.phone, r.purpose, r.until = r.place(o.Person), r.place(o.Phone.Column), r.place(o.Purpose), r.place(o.Until)
	return r
}

func (r *row) place(column string) int {
	if column == "" {
		return -1
	}
	return slices.Index(r.names, column)
}

func (r *row) field(at int) []byte {
	if at < 0 {
		return nil
	}
	return r.fields[at]
}

// judge judges the row.
func (r *row) judge() error {
	j := r.j
	if !j.simple(r.o) {
		return j.row(r.o, r.text)
	}
	of, err := r.set(r.field(r.purpose))
	if err != nil || of == 0 || r.ended(r.field(r.until)) {
		return err
	}
	if j.Names == nil {
		if key := r.field(r.person); identity.Valid(key) {
			j.note(key, of)
		}
		return nil
	}
	j.refuseAll(string(r.field(r.person)), string(r.field(r.phone)), of)
	return nil
}

func (r *row) set(word []byte) (Set, error) {
	if len(word) == 0 {
		return r.j.every, nil
	}
	of, seen := r.purposes[string(word)]
	if seen {
		return of, nil
	}
	of, err := r.j.set(string(word))
	if err == nil { // there are few purposes
		r.purposes[string(word)] = of
	}
	return of, err
}

// ended tells whether a choice with this until ended before the run's date did.
func (r *row) ended(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	e, seen := r.untils[string(text)]
	if !seen {
		e.at, e.ends = r.j.end(string(text))
		if len(r.untils) < mostSeen && len(text) < len(time.RFC3339Nano) {
			r.untils[string(text)] = e
		}
	}
	return e.ends && e.at.Before(r.j.AsOf)
}

// row judges one row that says more than who is out. field returns the text of a
// column.
func (j *judge) row(o *plan.OptOuts, field func(string) string) error {
	text := func(column string) string {
		if column == "" {
			return ""
		}
		return field(column)
	}
	purpose := text(o.Purpose)
	if o.Purpose == "" {
		purpose = "all"
	}
	of, err := j.set(purpose)
	if err != nil {
		return err
	}
	j.people = j.names(j.people[:0], text(o.Person), text(o.Phone.Column))
	if o.Signals != (plan.Signals{}) {
		j.signals(o, text)
	}
	if len(o.Windows) > 0 {
		if _, all := j.forEveryone(o); !all {
			w := j.windowOf(o, field)
			for _, name := range j.people {
				j.noteWindow(name, w)
			}
		}
	}
	choice := text(o.Choice)
	switch {
	case choice == "in":
		return j.agrees(j.people, purpose, text(o.From), text(o.Until))
	case choice != "" && !slices.Contains(choiceWords, choice):
		return unknownChoice()
	case choice == "" && speaksOtherwise(o):
		return nil // silence
	}
	if until, ends := j.end(text(o.Until)); of == 0 || ends && until.Before(j.AsOf) {
		return nil
	}
	from := unknown
	if s, ok := j.span(text(o.From)); ok {
		from = s
	}
	for _, name := range j.people {
		if j.tracking {
			j.noteOut(name, of, from)
		} else {
			j.refuse(name, of)
		}
	}
	return nil
}

// speaksOtherwise tells whether a row of the source may be there for another
// reason than an opt-out: its window, or what its person's devices sent.
func speaksOtherwise(o *plan.OptOuts) bool {
	return len(o.Windows) > 0 || o.Signals != (plan.Signals{})
}

// signals holds what a person's devices sent against the run's purposes. No
// opt-in lifts what they refuse.
func (j *judge) signals(o *plan.OptOuts, text func(string) string) {
	s := signal.Strings{TCF: text(o.Signals.TCF), GPP: text(o.Signals.GPP), USPrivacy: text(o.Signals.USPrivacy), GPC: text(o.Signals.GPC)}
	var refused Set
	for p, purpose := range j.Purposes {
		if !signal.Allows(&s, purpose, o.Signals.Vendor) {
			refused |= 1 << p
		}
	}
	if refused == 0 {
		return
	}
	for _, name := range j.people {
		j.refuse(name, refused)
	}
}
