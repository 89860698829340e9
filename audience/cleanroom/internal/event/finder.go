// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/throng-dp/throng/audience/fault"
)

// A finder expands one pattern.
type finder struct {
	ctx        context.Context
	root       *Root
	extensions []string
	found      []File
	taken      map[string]bool  // names that were found: ** may lead to one in two ways
	seen       map[visited]bool // folders that ** led to
}

// visited is a folder at which that many parts of the pattern were left.
type visited struct {
	dir  string
	left int
}

func (f *finder) find(pattern string) error {
	clean := filepath.ToSlash(pattern)
	parts := strings.Split(clean, "/")
	switch {
	case strings.Contains(clean, "://"):
		return f.refuse(pattern, "object stores are not read yet", "copy the files to a folder")
	case path.IsAbs(clean), filepath.IsAbs(pattern), slices.Contains(parts, ".."), strings.Contains(clean, "\x00"):
		return f.refuse(pattern, "the path leaves the data folder", "write it relative to --data, without ..")
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" || s == "." })
	if _, err := path.Match(path.Join(parts...), ""); err != nil {
		return f.refuse(pattern, "the pattern is not a valid one", "close its brackets")
	}
	f.seen, f.taken = map[visited]bool{}, map[string]bool{}
	return f.expand("", parts, 0)
}

func (f *finder) refuse(name, msg, hint string) error {
	return &fault.Error{Kind: fault.Input, Code: "input.path", Where: Show(name), Msg: msg, Hint: hint}
}

func (f *finder) tooDeep(dir string) error {
	return f.refuse(f.show(dir), "folders lie too deep, or a link leads back to one above it", "name the folders")
}

// expand goes on with the rest of a pattern in the folder dir.
func (f *finder) expand(dir string, parts []string, depth int) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if depth > maxLinks {
		return f.tooDeep(dir)
	}
	switch {
	case len(parts) == 0:
		return f.end(dir, depth)
	case parts[0] == "**":
		return f.anywhere(dir, parts, depth)
	case !strings.ContainsAny(parts[0], `*?[\`):
		return f.expand(path.Join(dir, parts[0]), parts[1:], depth+1)
	}
	names, err := f.list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if hidden(name) && !hidden(parts[0]) {
			continue
		}
		if ok, _ := path.Match(parts[0], name); ok && f.leads(path.Join(dir, name), parts[1:]) {
			if err := f.expand(path.Join(dir, name), parts[1:], depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// anywhere expands ** to this folder and every one below it.
func (f *finder) anywhere(dir string, parts []string, depth int) error {
	rest := parts[1:]
	if len(rest) == 0 {
		return f.end(dir, depth)
	}
	at := visited{dir, len(parts)}
	if f.seen[at] {
		return nil
	}
	f.seen[at] = true
	if err := f.expand(dir, rest, depth); err != nil {
		return err
	}
	names, err := f.list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		below := path.Join(dir, name)
		if hidden(name) {
			continue
		}
		info, err := f.stat(below)
		if err != nil {
			return err
		}
		if info != nil && info.IsDir() {
			if err := f.expand(below, parts, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// leads tells whether a match can lead on: the rest of a pattern asks for a
// folder.
func (f *finder) leads(name string, rest []string) bool {
	if len(rest) == 0 {
		return true
	}
	info, err := f.stat(name)
	return err != nil || info != nil && info.IsDir() // an error shows again, and is told then
}

// end takes what a whole pattern led to: a file, or a folder of them.
func (f *finder) end(name string, depth int) error {
	info, err := f.stat(name)
	switch {
	case err != nil || info == nil:
		return err
	case info.IsDir():
		return f.below(name, depth)
	case !info.Mode().IsRegular():
		return f.refuse(f.show(name), "not a regular file", "name files or folders, no pipes or devices")
	}
	if f.taken[name] {
		return nil
	}
	f.taken[name] = true
	keys, err := partitions(name)
	if err != nil {
		return at(Show(f.show(name)), err)
	}
	f.found = append(f.found, File{Path: f.show(name), Name: name, Info: info, Keys: keys})
	return nil
}

// below takes all files of a folder that have the right extension.
func (f *finder) below(dir string, depth int) error {
	if depth > maxLinks {
		return f.tooDeep(dir)
	}
	names, err := f.list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		full := path.Join(dir, name)
		if hidden(name) {
			continue
		}
		info, err := f.stat(full)
		if err != nil {
			return err
		}
		if info == nil || !info.IsDir() && !slices.Contains(f.extensions, strings.ToLower(path.Ext(name))) {
			continue
		}
		if err := f.end(full, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

func (f *finder) show(name string) string { return filepath.Join(f.root.dir, filepath.FromSlash(name)) }

// list returns a folder's names in order. A folder that is not there has none.
func (f *finder) list(dir string) ([]string, error) {
	if dir == "" {
		dir = "."
	}
	entries, err := fs.ReadDir(f.root.in.FS(), dir)
	if err != nil {
		if info, bad := f.stat(dir); bad == nil && (info == nil || !info.IsDir()) {
			return nil, nil
		}
		return nil, f.leaves(dir, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// stat follows links inside the root. What is not there is nil without an error.
func (f *finder) stat(name string) (fs.FileInfo, error) {
	if name == "" {
		name = "."
	}
	info, err := f.root.in.Stat(filepath.FromSlash(name))
	if err == nil {
		return info, nil
	}
	if os.IsNotExist(err) || isNotDir(err) {
		return nil, nil
	}
	return nil, f.leaves(name, err)
}

func isNotDir(err error) bool {
	return errors.Is(err, syscall.ENOTDIR)
}

// leaves tells a link that leads out of the root from other troubles.
func (f *finder) leaves(name string, err error) error {
	if errors.Is(err, syscall.ELOOP) {
		return f.tooDeep(name)
	}
	if link, bad := f.root.in.Lstat(filepath.FromSlash(name)); bad == nil && link.Mode()&fs.ModeSymlink != 0 || strings.Contains(err.Error(), "escapes") {
		return f.refuse(f.show(name), "a link leads out of the data folder", "copy the file into the folder, or move --data up")
	}
	return at(Show(f.show(name)), err)
}
