// SPDX-License-Identifier: Apache-2.0

package rule

// An Expr is a checked rule in the form that kernels and SQL compile from. It
// is made from the macro calls of the checked CEL AST, never from their
// expansion. Evaluation is total and three-valued: see docs/rules.md.
type Expr interface{ Kind() Kind }

// Op is an operator of Unary or Binary, or a test on a string.
type Op uint8

// Operators. Comparisons have operands of equal kinds; arithmetic too, but for
// Timestamp ± Duration. A result that its kind cannot hold is null: an int beyond
// 64 bits, a double that is not finite, a time outside the years 1 to 9999. A
// double is never -0.
const (
	Not      Op = iota + 1 // bool
	Neg                    // int, double
	ToDouble               // int to double

	And
	Or
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Add
	Sub
	Mul
	Div // double by a double literal
	Mod // int by an int literal; the sign is the left one's; the least int by -1 is null

	StartsWith
	EndsWith
	Contains
)

// A Fn is an aggregate over events.
type Fn uint8

// Aggregates. Their meaning for nulls and for no events at all is in
// docs/rules.md.
const (
	Exists    Fn = iota + 1 // bool; Arg is the condition
	All                     // bool; Arg is the condition
	Count                   // int; Arg is the condition, nil for size()
	Sum                     // int or double
	Min                     // int, double, string, timestamp
	Max                     // as Min
	Latest                  // any kind
	Distinct                // int
	DaysSince               // int; Arg is nil
)

type (
	// Const is a literal or each.x. Value is never nil.
	Const struct {
		Value Value
		K     Kind
	}
	// EventField is a column of the event at hand (or of the row, in where).
	EventField struct {
		Name string // a column, or days_ago, date, month, weekday
		K    Kind
	}
	// PersonField is a column of data.people.
	PersonField struct {
		Name string
		K    Kind
	}
	// LetRef is the value of a let of one value a person.
	LetRef struct {
		Name string
		K    Kind
	}
	// AsOf is the midnight that ends the run's date.
	AsOf struct{}
	// InSegment is the answer of another segment's rule before any cap, null
	// included.
	InSegment struct{ Segment string }
	// Unary is Not, Neg or ToDouble.
	Unary struct {
		Op Op
		X  Expr
	}
	// Binary is And, Or, a comparison or arithmetic.
	Binary struct {
		Op   Op
		X, Y Expr
		K    Kind
	}
	// Cond is If ? Then : Else.
	Cond struct {
		If, Then, Else Expr
		K              Kind
	}
	// In is X in [Values]; all of X's kind.
	In struct {
		X      Expr
		Values []Value
	}
	// Has tells whether X, an EventField or PersonField, is not null.
	Has struct{ X Expr }
	// Text is StartsWith, EndsWith or Contains.
	Text struct {
		Op  Op
		X   Expr
		Lit string
	}
	// Aggregate is Fn over the events of From; Arg is evaluated per event.
	Aggregate struct {
		Fn   Fn
		From Events
		Arg  Expr
		K    Kind
	}
	// Events are the visible events of a table for which every condition is
	// true, in turn: a chain of filters, lets resolved.
	Events struct {
		Table string
		Where []Expr
	}
)

// Kind returns the kind of the expression's value.
func (e Const) Kind() Kind       { return e.K }
func (e EventField) Kind() Kind  { return e.K }
func (e PersonField) Kind() Kind { return e.K }
func (e LetRef) Kind() Kind      { return e.K }
func (AsOf) Kind() Kind          { return Timestamp }
func (InSegment) Kind() Kind     { return Bool }
func (e Unary) Kind() Kind {
	switch e.Op {
	case Not:
		return Bool
	case ToDouble:
		return Double
	}
	return e.X.Kind()
}
func (e Binary) Kind() Kind    { return e.K }
func (e Cond) Kind() Kind      { return e.K }
func (In) Kind() Kind          { return Bool }
func (Has) Kind() Kind         { return Bool }
func (Text) Kind() Kind        { return Bool }
func (e Aggregate) Kind() Kind { return e.K }
