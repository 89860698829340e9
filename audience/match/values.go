// SPDX-License-Identifier: Apache-2.0

package match

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

var kinds = map[string]rule.Kind{"bool": rule.Bool, "int": rule.Int, "double": rule.Double, "string": rule.String, "timestamp": rule.Timestamp}

// TypeName returns how a document calls a kind.
func TypeName(k rule.Kind) string {
	for name, kind := range kinds {
		if kind == k {
			return name
		}
	}
	return ""
}

// Plain returns a value as JSON has it: times as RFC 3339.
func Plain(v rule.Value) any {
	if at, ok := v.(time.Time); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	return v
}

// valueOf reads a value of a kind from JSON that was decoded with UseNumber.
func valueOf(v any, k rule.Kind) (rule.Value, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if k == rule.Bool {
			return v, nil
		}
	case json.Number:
		switch k {
		case rule.Int:
			return v.Int64()
		case rule.Double:
			return v.Float64()
		}
	case string:
		switch k {
		case rule.String:
			return v, nil
		case rule.Timestamp:
			at, err := time.Parse(time.RFC3339Nano, v)
			return at.UTC(), err
		}
	}
	return nil, fmt.Errorf("not a value of type %s", TypeName(k))
}

// ReadFields reads the fields of a row or a person from JSON that was decoded with
// UseNumber. Fields that no column has are refused.
func ReadFields(fields map[string]any, columns []Column) (map[string]rule.Value, error) {
	known := map[string]rule.Kind{}
	for _, c := range columns {
		known[c.Name] = kinds[c.Type]
	}
	out := map[string]rule.Value{}
	for name, v := range fields {
		kind, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("there is no column %q", name)
		}
		value, err := valueOf(v, kind)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		if value != nil {
			out[name] = value
		}
	}
	return out, nil
}

// Constant returns a constant of a rule as JSON has it: a double always has a point
// or an exponent, an int never.
func Constant(v rule.Value) any {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return json.Number(text)
}

// eachOf reads the constants of a rule.
func eachOf(each map[string]any) (map[string]rule.Value, error) {
	out := map[string]rule.Value{}
	for name, v := range each {
		n, ok := v.(json.Number)
		if !ok {
			out[name] = v
			continue
		}
		var err error
		if strings.ContainsAny(n.String(), ".eE") {
			out[name], err = n.Float64()
		} else {
			out[name], err = n.Int64()
		}
		if err != nil {
			return nil, fmt.Errorf("each.%s: %w", name, err)
		}
	}
	return out, nil
}
