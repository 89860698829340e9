// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// A Schema is what may be said of a file before anything was paid: names and
// types, no value, no statistics, no number of rows.
type Schema struct {
	Columns []SchemaColumn // partitions of the path first, then as the file has them
}

// A SchemaColumn is one column. Its name is as the file has it: whoever prints
// it escapes it.
type SchemaColumn struct {
	Name      string    // levels of nested columns joined by dots
	Physical  string    // the format's name; "PATH" for a partition of the path
	Logical   string    // the format's name, with its parameters; may be empty
	Kind      rule.Kind // Invalid: rules cannot see it
	Optional  bool      // may be null
	Denied    bool      // holds messages' content by its name: it is never opened
	Codecs    []string  // in use, over all row groups
	Encodings []string
	Role      string // "person", "time" or "id", guessed by name and type; at most one of each
}

// Inspect reads a file's schema. It guards as Open does.
func Inspect(ctx context.Context, path string) (*Schema, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, at(Show(path), err)
	}
	if !info.Mode().IsRegular() {
		return nil, at(Show(path), &trouble{"input.path", "not a regular file", "name the files one by one"})
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, at(Show(path), err)
	}
	defer func() { _ = in.Close() }() // read only: nothing is lost
	var foot *footer
	err = guard(func() (err error) { foot, err = readFooter(in, info.Size()); return err })
	if err != nil {
		return nil, at(Show(path), err)
	}
	leaves, err := foot.leaves()
	if err != nil {
		return nil, at(Show(path), err)
	}
	keys, err := partitions(filepath.ToSlash(path))
	if err != nil {
		return nil, at(Show(path), err)
	}
	return schema(foot, leaves, keys), nil
}

func schema(foot *footer, leaves []leaf, keys []Key) *Schema {
	s := &Schema{}
	for _, k := range keys {
		s.Columns = append(s.Columns, SchemaColumn{Name: k.Name, Physical: "PATH", Kind: rule.String, Optional: k.Null, Denied: Denied(k.Name, nil)})
	}
	for i := range leaves {
		l := &leaves[i]
		c := SchemaColumn{Name: strings.ReplaceAll(l.path, "\x00", "."), Physical: l.physicalName(), Logical: l.logicalName(),
			Kind: l.kind(rule.Invalid), Optional: l.repetition != required, Denied: Denied(l.name, nil)}
		if c.Denied {
			c.Kind = rule.Invalid
		}
		var codecs, encodings uint32
		for _, g := range foot.groups {
			encodings |= g.chunks[i].encodings
			if k := g.chunks[i].codec; k < 32 {
				codecs |= 1 << k
			}
		}
		c.Codecs, c.Encodings = named(codecs, codecNames), named(encodings, encodingNames)
		s.Columns = append(s.Columns, c)
	}
	s.guess()
	return s
}

// named returns the names of the bits that are set.
func named(set uint32, names []string) (out []string) {
	for i, name := range names {
		if set>>i&1 == 1 && name != "" {
			out = append(out, name)
		}
	}
	return out
}

var physicalNames = []string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}

var convertedNames = []string{"STRING", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME(ms)", "TIME(us)", "TIMESTAMP(ms, UTC)",
	"TIMESTAMP(us, UTC)", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "JSON", "BSON", "INTERVAL"}

func (l *leaf) physicalName() string {
	name := physicalNames[l.physical]
	if l.physical == physFixed {
		return fmt.Sprintf("%s(%d)", name, l.length)
	}
	return name
}

func (l *leaf) logicalName() string {
	scale, precision := l.decimal()
	switch f := l.logical.field; {
	case l.means(logicalDecimal, 5):
		return fmt.Sprintf("DECIMAL(%d, %d)", precision, scale)
	case f == logicalTime, f == logicalTimestamp:
		name := map[int16]string{logicalTime: "TIME", logicalTimestamp: "TIMESTAMP"}[f]
		unit := map[int16]string{1: "ms", 2: "us", 3: "ns"}[l.logical.unit]
		if l.logical.utc {
			return name + "(" + unit + ", UTC)"
		}
		return name + "(" + unit + ", no zone)"
	case f == logicalInteger && l.logical.signed:
		return fmt.Sprintf("INT%d", l.logical.bits)
	case f == logicalInteger:
		return fmt.Sprintf("UINT%d", l.logical.bits)
	case f != 0:
		return map[int16]string{logicalString: "STRING", logicalMap: "MAP", logicalList: "LIST", logicalEnum: "ENUM", logicalDate: "DATE",
			logicalUnknown: "NULL", logicalJSON: "JSON", logicalBSON: "BSON", logicalUUID: "UUID", logicalFloat16: "FLOAT16"}[f]
	case l.converted >= 0 && int(l.converted) < len(convertedNames):
		return convertedNames[l.converted]
	}
	return ""
}

// roles are guessed by names alone, the likeliest first, and by types.
var roles = []struct {
	role  string
	kinds []rule.Kind
	names []string
}{
	{"person", []rule.Kind{rule.String, rule.Int}, []string{"user_id", "person_id", "customer_id", "member_id", "subscriber_id", "account_id", "client_id",
		"userid", "personid", "customerid", "memberid", "uid", "user", "person", "customer", "member", "user_key", "customer_key", "visitor_id"}},
	{"time", []rule.Kind{rule.Timestamp}, []string{"event_time", "event_timestamp", "event_ts", "occurred_at", "timestamp", "ts", "time", "created_at",
		"event_date", "order_date", "invoice_date", "datetime", "date"}},
	{"id", []rule.Kind{rule.String, rule.Int}, []string{"event_id", "line_id", "row_id", "record_id", "eventid", "event_uuid", "uuid", "id"}},
}

// spelled is a name as the lists above spell it: Customer ID is customer_id.
func spelled(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(strings.TrimSpace(name)))
}

func (s *Schema) guess() {
	for _, r := range roles {
		for _, name := range r.names {
			i := slices.IndexFunc(s.Columns, func(c SchemaColumn) bool {
				return spelled(c.Name) == name && slices.Contains(r.kinds, c.Kind) && c.Role == "" && c.Physical != "PATH"
			})
			if i >= 0 {
				s.Columns[i].Role = r.role
				break
			}
		}
	}
}
