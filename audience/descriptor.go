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
	"syscall"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
)

// lineage holds the plan to the descriptors that lie beside its data: every one
// that is found must name the account's lineage and this ledger, and where the
// account's policy says `production: true` no file is without one. They are
// looked for in the folders of the files that are read and in all folders above,
// as they are named and as they are once links are followed, so that neither
// --data nor a link passes one by. It reads no data.
func (r *run) lineage(ctx context.Context) error {
	root, err := filepath.Abs(r.Root)
	if err != nil {
		return err
	}
	d := descriptors{seen: map[string]bool{}, judge: func(path string) error { return agrees(ctx, r.Ledger, r.account, path) }}
	tables := slices.Clone(r.plan.Tables)
	if r.plan.People != nil {
		tables = append(tables, *r.plan.People)
	}
	for i := range tables {
		files, err := r.Engine.Files(ctx, r.Root, &tables[i])
		if err != nil {
			return err
		}
		for _, name := range files {
			described, err := d.describe(filepath.Join(root, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			if !described && r.account.Policy.Production {
				return &fault.Error{Kind: fault.Refused, Code: "refused.descriptor", Where: tables[i].Name,
					Msg:  "the policy says production: true, and nothing beside these files says whose data they are",
					Hint: "the owner of the data writes a descriptor beside them: throng ledger descriptor " + r.account.Whole() + " FOLDER"}
			}
		}
	}
	return nil
}

// descriptors are those that lie beside files, each judged once.
type descriptors struct {
	seen  map[string]bool // folders, and whether there is one in them or above
	judge func(path string) error
}

// describe judges all descriptors of a file, and reports whether there is one.
func (d *descriptors) describe(file string) (found bool, err error) {
	found, err = d.from(filepath.Dir(file))
	if err != nil {
		return found, err
	}
	followed, err := filepath.EvalSymlinks(file)
	if err != nil {
		return found, unreadable(file, err)
	}
	also, err := d.from(filepath.Dir(followed))
	return found || also, err
}

// from judges the descriptors in a folder and above it.
func (d *descriptors) from(dir string) (found bool, err error) {
	if found, known := d.seen[dir]; known {
		return found, nil
	}
	path := filepath.Join(dir, ledger.DescriptorFile)
	switch _, err := os.Lstat(path); {
	case err == nil:
		if err := d.judge(path); err != nil {
			return false, err
		}
		found = true
	case !errors.Is(err, fs.ErrNotExist):
		return false, unreadable(path, err)
	}
	if above := filepath.Dir(dir); above != dir {
		higher, err := d.from(above)
		if err != nil {
			return false, err
		}
		found = found || higher
	}
	d.seen[dir] = found
	return found, nil
}

// largestDescriptor is far above any.
const largestDescriptor = 64 << 10

// agrees holds the account to one descriptor.
func agrees(ctx context.Context, l *ledger.Ledger, a *ledger.Account, path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would be waited for
	if err != nil {
		return unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return unreadable(path, err)
	}
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
