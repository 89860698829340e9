// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"sync"
)

// A Register knows who opted out of which of a run's purposes at one time.
type Register struct {
	list   []refusals // as they were read, or, where choices are compared with others, none
	out    map[string]Set
	index  sync.Once // makes out of list
	all    Set
	absent Set // what people are refused whom no source names
}

// Refusals are what the people of some names are refused; of one name there may
// be several. The names stand behind one another: so many of them would take
// longer to allocate one by one, and to collect, than to read.
type refusals struct {
	names string
	marks []mark
}

// A mark is where a name ends, and what its person is refused.
type mark struct {
	end uint32
	of  Set
}

func (all *refusals) each(yield func(string, Set) bool) bool {
	from := uint32(0)
	for _, m := range all.marks {
		if !yield(all.names[from:m.end], m.of) {
			return false
		}
		from = m.end
	}
	return true
}

// A Set has a bit for each of a run's purposes, in their order.
type Set uint8

const hidden = "consent.Register(hidden)"

// Format prints nothing of the register: it holds people's keys.
func (*Register) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue logs nothing of the register.
func (*Register) LogValue() slog.Value { return slog.StringValue(hidden) }

// OptedOut tells whether the person of this name may not be counted for some
// purpose.
func (r *Register) OptedOut(name string) bool { return r.Of(name) != 0 }

// Of returns the purposes that the person of this name may not be counted for.
func (r *Register) Of(name string) Set {
	r.index.Do(func() {
		if r.out != nil {
			return
		}
		n := 0
		for i := range r.list {
			n += len(r.list[i].marks)
		}
		out := make(map[string]Set, n)
		for name, of := range r.All() {
			out[name] |= of
		}
		r.out = out
	})
	if of, ok := r.out[name]; ok {
		return of
	}
	return r.absent
}

// Absent returns the purposes that people may not be counted for whom no source
// names: none, unless there are windows in which they could choose.
func (r *Register) Absent() Set { return r.absent }

// Every returns the set of all of the run's purposes: who opted out of those is
// not there at all.
func (r *Register) Every() Set { return r.all }

// All returns the names of those who opted out, and of what, in no order; a name
// may come more than once.
func (r *Register) All() iter.Seq2[string, Set] {
	if r.list == nil {
		return maps.All(r.out)
	}
	return func(yield func(string, Set) bool) {
		for i := range r.list {
			if !r.list[i].each(yield) {
				return
			}
		}
	}
}
