// SPDX-License-Identifier: Apache-2.0

package event

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"github.com/throng-dp/throng/audience/fault"
)

// A trouble is a reason to refuse a file, before it is known where.
type trouble struct{ code, msg, hint string }

func (t *trouble) Error() string { return t.msg }

const rewrite = "write the file again from its source"

// damaged is the reason for a file that does not hold what it says.
func damaged(why string) error {
	return &trouble{"input.damaged", "file damaged: " + why, rewrite}
}

// unsupported is the reason for a file that may be whole but is not read here.
func unsupported(msg, hint string) error {
	return &trouble{"input.unsupported", msg, hint}
}

// at turns a reason into a fault of the input at a place. What the library
// underneath or the system says is kept only where it cannot hold a value of
// the file.
func at(where string, err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	var t *trouble
	if errors.As(err, &t) {
		f := &fault.Error{Kind: fault.Input, Code: t.code, Where: where, Msg: t.msg, Hint: t.hint}
		if isText := textFile.FindStringSubmatch(where); isText != nil && t.code == "input.not-parquet" {
			f.Hint = fmt.Sprintf(`make Parquet of it, for example with DuckDB: duckdb -c "COPY (FROM '%s') TO '%s.parquet'"`, where, isText[1])
		}
		return f
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &fault.Error{Kind: fault.Input, Code: "input.missing", Where: where, Msg: "file does not exist", Hint: "check the path in the plan and --data"}
	}
	if errors.Is(err, fs.ErrPermission) {
		return &fault.Error{Kind: fault.Input, Code: "input.unreadable", Where: where, Msg: "file may not be read", Hint: "give the user that runs throng the right to read it"}
	}
	return &fault.Error{Kind: fault.Input, Code: "input.unreadable", Where: where, Msg: "file cannot be read", Err: err}
}

// textFile are names of tables in text, which DuckDB reads by their endings.
var textFile = regexp.MustCompile(`^([^'"]+)\.(?:csv|tsv|jsonl|ndjson|json)$`)

// guard runs a step on a file's bytes and turns a panic into "file damaged":
// codecs are not written for input that lies to them. The panic's own text may
// hold bytes of the file, so it is dropped.
func guard(step func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = damaged("its pages cannot be decoded")
		}
	}()
	return step()
}

// Show returns a name as it may be printed: what could move a cursor, hide text
// or end a line is escaped.
func Show(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

func column(file, name string) string {
	return fmt.Sprintf("%s: column %s", Show(file), Show(name))
}
