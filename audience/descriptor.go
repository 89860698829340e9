// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// Lineage holds a plan to the descriptors that lie beside its data: every one
// that is found must name the account's lineage and this ledger, and where the
// account's policy says `production: true` no table is without one. They are
// looked for in the folders of the plan's tables and in all folders above, so
// that no choice of --data passes one by. It reads no data.
func Lineage(ctx context.Context, p *plan.Plan, l *ledger.Ledger, a *ledger.Account, root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	tables := slices.Clone(p.Tables)
	if p.People != nil {
		tables = append(tables, *p.People)
	}
	seen := map[string]bool{} // folders, and whether one was there
	for i := range tables {
		for _, pattern := range tables[i].Files {
			described, err := seek(root, pattern, seen, func(path string) error { return agrees(ctx, l, a, path) })
			if err != nil {
				return err
			}
			if !described && a.Policy.Production {
				return &fault.Error{Kind: fault.Refused, Code: "refused.descriptor", Where: tables[i].Name,
					Msg:  "the policy says production: true, and nothing beside these files says whose data they are",
					Hint: "the owner of the data writes a descriptor beside them: throng ledger descriptor " + a.Whole() + " FOLDER"}
			}
		}
	}
	return nil
}

// seek looks for descriptors in the folder of a pattern's files, above it and
// below it. It reports whether one describes them all.
func seek(root, pattern string, seen map[string]bool, judge func(path string) error) (described bool, err error) {
	at := func(dir string) error {
		if _, ok := seen[dir]; ok {
			return nil
		}
		path := filepath.Join(dir, ledger.DescriptorFile)
		_, err := os.Lstat(path)
		if seen[dir] = err == nil; err == nil {
			return judge(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return unreadable(path, err)
	}
	top := filepath.Join(root, fixed(pattern))
	if info, err := os.Stat(top); err != nil || !info.IsDir() { // a file, or nothing: the engine says so
		top = filepath.Dir(top)
	}
	for dir := top; ; dir = filepath.Dir(dir) {
		if err := at(dir); err != nil {
			return false, err
		}
		if described = described || seen[dir]; dir == filepath.Dir(dir) {
			break
		}
	}
	if fixed(pattern) == "." || !strings.ContainsAny(pattern, globbing) && top != filepath.Join(root, pattern) {
		return described, nil // one file, or files beside each other
	}
	err = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // the engine says what it cannot read
		case d.IsDir():
			return at(path)
		}
		return nil
	})
	return described, err
}

const globbing = `*?[{\`

// fixed returns the beginning of a pattern, folders without a wild card.
func fixed(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.ContainsAny(part, globbing) {
			return filepath.FromSlash(strings.Join(append([]string{"."}, parts[:i]...), "/"))
		}
	}
	return filepath.FromSlash(pattern)
}

// largestDescriptor is far above any.
const largestDescriptor = 64 << 10

// agrees holds the account to one descriptor.
func agrees(ctx context.Context, l *ledger.Ledger, a *ledger.Account, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer f.Close()
	note, err := io.ReadAll(io.LimitReader(f, largestDescriptor))
	if err != nil {
		return unreadable(path, err)
	}
	err = Fault(l.Described(ctx, a.Name, note))
	var refused *fault.Error
	if errors.As(err, &refused) {
		if refused.Where = path; refused.Kind == fault.Usage {
			refused.Kind, refused.Code, refused.Hint = fault.Refused, "refused.descriptor", "the owner of the data writes it: throng ledger descriptor ACCOUNT FOLDER"
		}
	}
	return err
}

func unreadable(path string, err error) error {
	return &fault.Error{Kind: fault.Input, Code: "input.descriptor", Where: path, Msg: "cannot be read", Err: errors.Unwrap(err)}
}
