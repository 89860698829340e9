// SPDX-License-Identifier: Apache-2.0

package rule

import "time"

var kindNames = [...]string{Invalid: "invalid", Bool: "bool", Int: "int", Double: "double", String: "string", Timestamp: "timestamp", Duration: "duration"}

// String returns the kind's name in the rule language.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Invalid]
}

// withArticle is the kind in a sentence.
func (k Kind) withArticle() string {
	if k == Int {
		return "an int"
	}
	return "a " + k.String()
}

// holds tells whether a value that is not null is of Go's type for the kind.
func (k Kind) holds(v Value) bool {
	var ok bool
	switch k {
	case Bool:
		_, ok = v.(bool)
	case Int:
		_, ok = v.(int64)
	case Double:
		_, ok = v.(float64)
	case String:
		_, ok = v.(string)
	case Timestamp:
		_, ok = v.(time.Time)
	case Duration:
		_, ok = v.(time.Duration)
	}
	return ok
}
