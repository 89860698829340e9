// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"slices"

	"github.com/throng-dp/throng/audience/consent/signal"
	"github.com/throng-dp/throng/audience/plan"
)

// simple tells whether the rows of a source are opt-outs and nothing else, which
// need not be compared with anything.
func (j *judge) simple(o *plan.OptOuts) bool { return !j.tracking && o.Signals == (plan.Signals{}) }

// row judges one row, whose fields are text; none is empty.
func (j *judge) row(o *plan.OptOuts, field func(string) string) error {
	text := func(column string) string {
		if column == "" {
			return ""
		}
		return field(column)
	}
	if j.simple(o) {
		until, ends := j.end(text(o.Until))
		return j.choice(text(o.Person), text(o.Phone.Column), text(o.Purpose), until, ends)
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
