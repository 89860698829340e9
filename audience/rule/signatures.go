// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
)

// A signature is one overload of a function of rules' CEL. Helpers that only
// macros call have names that no author can write.
type signature struct {
	fn, id    string
	args      []*cel.Type
	result    *cel.Type
	nonStrict bool // is called with unknown values and errors too
}

var (
	anyType   = cel.TypeParamType("T")
	listOfAny = cel.ListType(anyType)
)

// signatures are the functions that rules may use and that standard CEL lacks
// or means otherwise: its doubles overflow to infinity, ours to null, and a
// standard function takes no further overloads.
var signatures = []signature{
	{fn: "@true", id: "@true", args: []*cel.Type{cel.BoolType}, result: cel.BoolType, nonStrict: true},
	{fn: "@known", id: "@known", args: []*cel.Type{anyType}, result: cel.BoolType, nonStrict: true},

	{fn: "@sum", id: "@sum_int", args: []*cel.Type{cel.ListType(cel.IntType)}, result: cel.IntType},
	{fn: "@sum", id: "@sum_double", args: []*cel.Type{cel.ListType(cel.DoubleType)}, result: cel.DoubleType},
	{fn: "@min", id: "@min_int", args: []*cel.Type{cel.ListType(cel.IntType)}, result: cel.IntType},
	{fn: "@min", id: "@min_double", args: []*cel.Type{cel.ListType(cel.DoubleType)}, result: cel.DoubleType},
	{fn: "@min", id: "@min_string", args: []*cel.Type{cel.ListType(cel.StringType)}, result: cel.StringType},
	{fn: "@min", id: "@min_timestamp", args: []*cel.Type{cel.ListType(cel.TimestampType)}, result: cel.TimestampType},
	{fn: "@max", id: "@max_int", args: []*cel.Type{cel.ListType(cel.IntType)}, result: cel.IntType},
	{fn: "@max", id: "@max_double", args: []*cel.Type{cel.ListType(cel.DoubleType)}, result: cel.DoubleType},
	{fn: "@max", id: "@max_string", args: []*cel.Type{cel.ListType(cel.StringType)}, result: cel.StringType},
	{fn: "@max", id: "@max_timestamp", args: []*cel.Type{cel.ListType(cel.TimestampType)}, result: cel.TimestampType},
	{fn: "@latest", id: "@latest", args: []*cel.Type{listOfAny, cel.ListType(cel.TimestampType)}, result: anyType},
	{fn: "@distinct", id: "@distinct", args: []*cel.Type{listOfAny}, result: cel.IntType},
	{fn: "@days_since", id: "@days_since", args: []*cel.Type{cel.ListType(cel.IntType)}, result: cel.IntType},

	{fn: operators.Add, id: "@add_list", args: []*cel.Type{listOfAny, listOfAny}, result: listOfAny},
	{fn: operators.Add, id: "@add_int", args: []*cel.Type{cel.IntType, cel.IntType}, result: cel.IntType},
	{fn: operators.Add, id: "@add_double", args: []*cel.Type{cel.DoubleType, cel.DoubleType}, result: cel.DoubleType},
	{fn: operators.Add, id: "@add_timestamp_duration", args: []*cel.Type{cel.TimestampType, cel.DurationType}, result: cel.TimestampType},
	{fn: operators.Add, id: "@add_duration_timestamp", args: []*cel.Type{cel.DurationType, cel.TimestampType}, result: cel.TimestampType},
	{fn: operators.Subtract, id: "@subtract_int", args: []*cel.Type{cel.IntType, cel.IntType}, result: cel.IntType},
	{fn: operators.Subtract, id: "@subtract_double", args: []*cel.Type{cel.DoubleType, cel.DoubleType}, result: cel.DoubleType},
	{fn: operators.Subtract, id: "@subtract_timestamp_duration", args: []*cel.Type{cel.TimestampType, cel.DurationType}, result: cel.TimestampType},
	{fn: operators.Multiply, id: "@multiply_int", args: []*cel.Type{cel.IntType, cel.IntType}, result: cel.IntType},
	{fn: operators.Multiply, id: "@multiply_double", args: []*cel.Type{cel.DoubleType, cel.DoubleType}, result: cel.DoubleType},
	{fn: operators.Multiply, id: "@multiply_int_double", args: []*cel.Type{cel.IntType, cel.DoubleType}, result: cel.DoubleType},
	{fn: operators.Multiply, id: "@multiply_double_int", args: []*cel.Type{cel.DoubleType, cel.IntType}, result: cel.DoubleType},
	{fn: operators.Divide, id: "@divide_double", args: []*cel.Type{cel.DoubleType, cel.DoubleType}, result: cel.DoubleType},
	{fn: operators.Modulo, id: "@modulo_int", args: []*cel.Type{cel.IntType, cel.IntType}, result: cel.IntType},
	{fn: operators.Negate, id: "@negate_int", args: []*cel.Type{cel.IntType}, result: cel.IntType},
	{fn: operators.Negate, id: "@negate_double", args: []*cel.Type{cel.DoubleType}, result: cel.DoubleType},
}

// standard are the functions of CEL's own library that rules use as they are.
var standard = []string{
	operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
	operators.In, "startsWith", "endsWith", "contains", "double", "duration", "timestamp", "size",
}
