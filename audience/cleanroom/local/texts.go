// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// textTies are the files of a table of ties that are CSV or JSON lines.
type textTies struct {
	root     *event.Root
	files    []rows.File
	networks []int // of the columns; -1: phone numbers
	holds    string
}

// openTextTies checks that files of ties can be read, and takes over their root.
func openTextTies(ctx context.Context, root *event.Root, files []rows.File, l *plan.Links, neverRead []string) (*textTies, error) {
	t := &textTies{root: root, files: files, holds: l.Phone.Holds}
	var columns []string
	for network, name := range slices.Concat(l.Person, []string{l.Phone.Column}) {
		if name == "" {
			continue
		}
		if event.Denied(name, neverRead) {
			return t, &fault.Error{Kind: fault.Plan, Code: "plan.never-read", Where: "links: column " + event.Show(name), Msg: "this column may not be read",
				Hint: "columns with messages' content are never opened, nor those in the policy's never_read"}
		}
		if network == len(l.Person) {
			network = -1
		}
		columns, t.networks = append(columns, name), append(t.networks, network)
	}
	for i := range t.files {
		t.files[i].Columns = columns
		if err := t.files[i].Check(ctx); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (t *textTies) close() {
	if t != nil {
		_ = t.root.Close() // read only
	}
}

// bytes returns the size of the files.
func (t *textTies) bytes() (n int64) {
	if t == nil {
		return 0
	}
	for i := range t.files {
		n += t.files[i].File.Info.Size()
	}
	return n
}

// leastTie is how many bytes a row is taken to have at the least: two keys of six
// letters, and what stands behind each. Fewer letters do not tell many people
// apart.
const leastTie = 14

// need is what ties and spellings of the files take in memory.
func (t *textTies) need() int64 {
	if t == nil {
		return 0
	}
	return t.bytes() / leastTie * (int64(len(t.networks)+1)*perTied + perSpelt)
}

// textBatch is how many rows are tied at a time.
const textBatch = 4096

// tie ties the keys of each row of a file.
func (t *textTies) tie(ctx context.Context, file int, columns *identity.Columns, ties *identity.Ties) error {
	batch := make([]*event.Vector, len(t.networks))
	for i := range batch {
		batch[i] = &event.Vector{Kind: rule.String, Texts: &event.Texts{}}
	}
	n := 0
	flush := func() {
		for _, v := range batch {
			v.Texts.Bytes = append(v.Texts.Bytes, make([]byte, event.TextPadding)...)
		}
		columns.Tie(ties, n, batch)
		for _, v := range batch {
			v.Texts.Bytes, v.Texts.Spans = v.Texts.Bytes[:0], v.Texts.Spans[:0]
		}
		n = 0
	}
	err := t.files[file].Each(ctx, func(fields [][]byte) error {
		for i, f := range fields {
			if len(f) > identity.MaxBytes {
				f = nil // nobody's
			}
			to := batch[i].Texts
			to.Spans = append(to.Spans, event.Span{At: uint32(len(to.Bytes)), Len: uint32(len(f))})
			to.Bytes = append(to.Bytes, f...)
		}
		if n++; n == textBatch {
			flush()
		}
		return nil
	})
	if err == nil {
		flush()
	}
	return err
}
