// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Canonical returns the canonical text of a rule: the same for rules that differ
// in spelling alone, different for all others. Digests of plans and versions of
// segments are made of it. It is fully bracketed and no CEL.
func Canonical(e Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

// String returns the canonical text of a list of events.
func (e Events) String() string {
	var b strings.Builder
	writeEvents(&b, e)
	return b.String()
}

func write(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case nil:
		b.WriteString("none")
	case Const:
		writeValue(b, e.Value)
	case EventField:
		fmt.Fprintf(b, "(event %q %s)", e.Name, e.K)
	case PersonField:
		fmt.Fprintf(b, "(person %q %s)", e.Name, e.K)
	case LetRef:
		fmt.Fprintf(b, "(let %s %s)", e.Name, e.K)
	case AsOf:
		b.WriteString("as_of")
	case InSegment:
		fmt.Fprintf(b, "(in_segment %q)", e.Segment)
	case Unary:
		writeList(b, e.Op.String(), e.X)
	case Binary:
		writeList(b, e.Op.String(), e.X, e.Y)
	case Cond:
		writeList(b, "if", e.If, e.Then, e.Else)
	case Has:
		writeList(b, "has", e.X)
	case Text:
		writeList(b, e.Op.String(), e.X, Const{Value: e.Lit, K: String})
	case In:
		writeIn(b, e)
	case Aggregate:
		fmt.Fprintf(b, "(%s ", e.Fn)
		writeEvents(b, e.From)
		b.WriteByte(' ')
		write(b, e.Arg)
		b.WriteByte(')')
	}
}

func writeIn(b *strings.Builder, e In) {
	b.WriteString("(in ")
	write(b, e.X)
	for _, v := range e.Values {
		b.WriteByte(' ')
		writeValue(b, v)
	}
	b.WriteByte(')')
}

func writeList(b *strings.Builder, head string, exprs ...Expr) {
	b.WriteByte('(')
	b.WriteString(head)
	for _, e := range exprs {
		b.WriteByte(' ')
		write(b, e)
	}
	b.WriteByte(')')
}

func writeEvents(b *strings.Builder, e Events) {
	b.WriteString("(events ")
	b.WriteString(e.Table)
	for _, c := range e.Where {
		b.WriteByte(' ')
		write(b, c)
	}
	b.WriteByte(')')
}

// writeValue tells an int from a double by the point or exponent.
func writeValue(b *strings.Builder, v Value) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(strconv.FormatFloat(v, 'e', -1, 64))
	case string:
		b.WriteString(strconv.Quote(v))
	case time.Time:
		fmt.Fprintf(b, "(time %s)", v.UTC().Format(time.RFC3339Nano))
	case time.Duration:
		fmt.Fprintf(b, "(duration %d)", int64(v))
	}
}
