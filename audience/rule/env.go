// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Fields that every event has beside its columns. A column of the same name is
// hidden by them.
const (
	DaysAgo = "days_ago"
	Date    = "date"
	Month   = "month"
	Weekday = "weekday"
)

var dayColumns = []Column{{Name: DaysAgo, Kind: Int}, {Name: Date, Kind: String}, {Name: Month, Kind: Int}, {Name: Weekday, Kind: Int}}

// columns are all fields of an event of the table.
func (t *Table) columns() []Column {
	all := slices.Clone(dayColumns)
	for _, c := range t.Columns {
		if !slices.ContainsFunc(dayColumns, func(d Column) bool { return d.Name == c.Name }) {
			all = append(all, c)
		}
	}
	return all
}

// A Runtime is what an interpreter gives to the checked rules: what functions
// do, and what fields hold.
type Runtime struct {
	// Call returns the function of an overload.
	Call func(overload string) func(args ...ref.Val) ref.Val
	// Field returns a field of an event or a person, the field "@time" of an
	// event included; unknown if it is null.
	Field func(record any, name string) ref.Val
}

// env returns the CEL environment of the rules of segments and lets, or, if row
// is not nil, of the where of a table.
func (s *Set) env(row *Table, rt *Runtime) (*cel.Env, error) {
	segments := map[string]bool{}
	for _, r := range s.Segments {
		segments[r.Segment] = true
	}
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{
		standardLibrary(),
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(&provider{Registry: registry, records: s.records(), rt: rt}),
		cel.EnableMacroCallTracking(),
		cel.CrossTypeNumericComparisons(true), // double < int literal; the walk refuses all others
		cel.EnableHiddenAccumulatorName(true),
		cel.ParserExpressionSizeLimit(64 << 10),
		cel.ClearMacros(), cel.Macros(macros(segments)...),
		cel.Variable(nameAsOf, cel.TimestampType),
	}
	opts = append(opts, functionOptions(rt)...)
	opts = append(opts, s.variables(row)...)
	return cel.NewCustomEnv(opts...)
}

func (s *Set) variables(row *Table) []cel.EnvOption {
	if row != nil {
		return []cel.EnvOption{cel.Variable(nameRow, cel.ObjectType(eventType(row.Name)))}
	}
	var vars []cel.EnvOption
	for _, t := range s.Schema.Tables {
		vars = append(vars, cel.Variable(t.Name, eventsType(t.Name)))
	}
	if s.Schema.HasPeople {
		vars = append(vars, cel.Variable(namePerson, cel.ObjectType(personType)))
	}
	for _, l := range s.Lets {
		t := celTypes[l.Type.Kind]
		if l.Type.Events != "" {
			t = eventsType(l.Type.Events)
		}
		vars = append(vars, cel.Variable(l.Name, t))
	}
	for _, r := range s.Segments {
		vars = append(vars, cel.Variable(segmentName(r.Segment), cel.BoolType))
	}
	return vars
}

func standardLibrary() cel.EnvOption {
	subset := env.NewLibrarySubset().SetDisableMacros(true)
	for _, name := range standard {
		subset.IncludeFunctions = append(subset.IncludeFunctions, env.NewFunction(name))
	}
	return cel.StdLib(cel.StdLibSubset(subset))
}

func functionOptions(rt *Runtime) []cel.EnvOption {
	byName := map[string][]cel.FunctionOpt{}
	for _, s := range signatures {
		var opts []cel.OverloadOpt
		if s.nonStrict {
			opts = append(opts, cel.OverloadIsNonStrict())
		}
		if rt != nil {
			opts = append(opts, binding(len(s.args), rt.Call(s.id)))
		}
		byName[s.fn] = append(byName[s.fn], cel.Overload(s.id, s.args, s.result, opts...))
	}
	var all []cel.EnvOption
	for name, overloads := range byName {
		all = append(all, cel.Function(name, overloads...))
	}
	return all
}

func binding(args int, call func(args ...ref.Val) ref.Val) cel.OverloadOpt {
	if args == 1 {
		return cel.UnaryBinding(func(x ref.Val) ref.Val { return call(x) })
	}
	return cel.BinaryBinding(func(x, y ref.Val) ref.Val { return call(x, y) })
}

var celTypes = map[Kind]*cel.Type{
	Bool: cel.BoolType, Int: cel.IntType, Double: cel.DoubleType, String: cel.StringType,
	Timestamp: cel.TimestampType, Duration: cel.DurationType,
}

// Names of types, which no author can write.
const personType = "@person"

func eventType(table string) string     { return "@event." + table }
func eventsType(table string) *cel.Type { return cel.ListType(cel.ObjectType(eventType(table))) }
func (s *Set) records() map[string]record {
	all := map[string]record{}
	for i := range s.Schema.Tables {
		r := record{timeField: cel.TimestampType}
		for _, c := range s.Schema.Tables[i].columns() {
			r[c.Name] = celTypes[c.Kind]
		}
		all[eventType(s.Schema.Tables[i].Name)] = r
	}
	person := record{}
	for _, c := range s.Schema.Person {
		person[c.Name] = celTypes[c.Kind]
	}
	all[personType] = person
	return all
}

// A record is the fields of an event or a person.
type record map[string]*cel.Type

// A provider tells CEL the fields of events and persons. Types are plain, not
// nullable: a null field is an unknown value.
type provider struct {
	*types.Registry
	records map[string]record
	rt      *Runtime
}

// FindStructType returns the type of events or persons.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.records[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames returns the fields of a type.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	r, ok := p.records[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(r))
	for field := range r {
		names = append(names, field)
	}
	slices.Sort(names)
	return names, true
}

// FindStructFieldType returns how a field is read.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	r, ok := p.records[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, field)
	}
	t, ok := r[field]
	if !ok {
		return nil, false
	}
	ft := &types.FieldType{Type: t}
	if p.rt != nil {
		ft.GetFrom = func(target any) (any, error) { return p.rt.Field(target, field), nil }
		ft.IsSet = func(target any) bool { return !types.IsUnknown(p.rt.Field(target, field)) }
	}
	return ft, true
}
