// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/fault"
)

// maxLinks is how deep folders may lie below the root: a loop of links ends here.
const maxLinks = 64

// A File is a regular file below a root, found by a plan's paths.
type File struct {
	Path string // as messages show it: root and name
	Name string // relative to the root, with slashes
	Info fs.FileInfo
	Keys []Key // partitions: the folders of Name that are written key=value
}

// A Key is a Hive partition of a path. Null is the partition of rows without a
// value.
type Key struct {
	Name, Value string
	Null        bool
}

// A Root is the folder that a plan's paths are relative to. Nothing outside of
// it can be opened, through links neither.
type Root struct {
	dir string
	in  *os.Root
}

// OpenRoot opens the folder.
func OpenRoot(dir string) (*Root, error) {
	if dir == "" {
		dir = "."
	}
	in, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Input, Code: "input.root", Where: show(dir), Msg: "the data folder cannot be opened", Hint: "check --data"}
	}
	return &Root{dir: dir, in: in}, nil
}

// Close closes the folder.
func (r *Root) Close() error { return r.in.Close() }

// Find returns the files that patterns name, in order of their paths. ** stands
// for any folders; a folder stands for all files below it that have one of the
// extensions. Names that start with a dot or an underscore are only found when
// they are written out: writers keep their markers and half-written files there.
func (r *Root) Find(ctx context.Context, patterns []string, extensions ...string) ([]File, error) {
	if len(patterns) == 0 {
		return nil, &fault.Error{Kind: fault.Input, Code: "input.missing", Where: show(r.dir), Msg: "no files are named", Hint: "give the table files: in the plan"}
	}
	var found []File
	for _, pattern := range patterns {
		f := &finder{ctx: ctx, root: r, extensions: extensions}
		if err := f.find(pattern); err != nil {
			return nil, err
		}
		if len(f.found) == 0 {
			return nil, &fault.Error{Kind: fault.Input, Code: "input.missing", Where: show(pattern),
				Msg: "no file matches, below the folder " + show(r.dir), Hint: "check the path in the plan and --data"}
		}
		found = append(found, f.found...)
	}
	slices.SortFunc(found, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return found, unique(found)
}

// unique refuses a file that is named twice, also under two names: it would
// count everybody in it twice. Files are never compared by content.
func unique(files []File) error {
	bySize := slices.Clone(files)
	slices.SortStableFunc(bySize, func(a, b File) int {
		if c := a.Info.ModTime().Compare(b.Info.ModTime()); c != 0 {
			return c
		}
		return int(min(1, max(-1, a.Info.Size()-b.Info.Size())))
	})
	for i := range bySize {
		for j := i - 1; j >= 0 && alike(bySize[i], bySize[j]); j-- {
			if os.SameFile(bySize[i].Info, bySize[j].Info) {
				return &fault.Error{Kind: fault.Input, Code: "input.twice", Where: show(bySize[i].Path),
					Msg: "the same file is read twice, also as " + show(bySize[j].Path), Hint: "name every file once"}
			}
		}
	}
	return nil
}

func alike(a, b File) bool {
	return a.Info.Size() == b.Info.Size() && a.Info.ModTime().Equal(b.Info.ModTime())
}

type finder struct {
	ctx        context.Context
	root       *Root
	extensions []string
	found      []File
	seen       map[string]bool // folders that ** led to
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
	f.seen = map[string]bool{}
	return f.expand("", parts, 0)
}

func (f *finder) refuse(name, msg, hint string) error {
	return &fault.Error{Kind: fault.Input, Code: "input.path", Where: show(name), Msg: msg, Hint: hint}
}

// expand goes on with the rest of a pattern in the folder dir.
func (f *finder) expand(dir string, parts []string, depth int) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if depth > maxLinks {
		return f.refuse(f.show(dir), "folders lie too deep, or a link leads back to one above it", "name the folders")
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
	if f.seen[dir] {
		return nil
	}
	f.seen[dir] = true
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
	keys, err := partitions(name)
	if err != nil {
		return at(show(f.show(name)), err)
	}
	f.found = append(f.found, File{Path: f.show(name), Name: name, Info: info, Keys: keys})
	return nil
}

// below takes all files of a folder that have the right extension.
func (f *finder) below(dir string, depth int) error {
	if depth > maxLinks {
		return f.refuse(f.show(dir), "folders lie too deep, or a link leads back to one above it", "name the folders")
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
	pe, ok := err.(*fs.PathError)
	return ok && pe.Err == syscall.ENOTDIR
}

// leaves tells a link that leads out of the root from other troubles.
func (f *finder) leaves(name string, err error) error {
	if link, bad := f.root.in.Lstat(filepath.FromSlash(name)); bad == nil && link.Mode()&fs.ModeSymlink != 0 || strings.Contains(err.Error(), "escapes") {
		return f.refuse(f.show(name), "a link leads out of the data folder", "copy the file into the folder, or move --data up")
	}
	return at(show(f.show(name)), err)
}

// partitions returns the Hive keys of a path. Values are unescaped as their
// writers escaped them.
func partitions(name string) (keys []Key, err error) {
	folders := strings.Split(path.Dir(name), "/")
	for _, folder := range folders {
		key, value, ok := strings.Cut(folder, "=")
		if !ok || key == "" {
			continue
		}
		if slices.ContainsFunc(keys, func(k Key) bool { return strings.EqualFold(k.Name, key) }) {
			return nil, &trouble{"input.path", "a partition is in the path twice", "give every folder its own key"}
		}
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		keys = append(keys, Key{Name: key, Value: value, Null: value == "__HIVE_DEFAULT_PARTITION__" || !utf8.ValidString(value)})
	}
	return keys, nil
}

// Open opens a file without waiting for the other end of a pipe that took its
// place, and refuses it if it is not what was found.
func (r *Root) Open(f *File) (*os.File, error) {
	file, err := r.in.OpenFile(filepath.FromSlash(f.Name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, at(show(f.Path), err)
	}
	if err := Unchanged(file, f); err != nil {
		_ = file.Close() // the first error counts
		return nil, err
	}
	return file, nil
}

// Unchanged refuses a file that was replaced or changed since it was found.
func Unchanged(file *os.File, f *File) error {
	info, err := file.Stat()
	if err == nil && os.SameFile(info, f.Info) && info.Size() == f.Info.Size() && info.ModTime().Equal(f.Info.ModTime()) {
		return nil
	}
	return &fault.Error{Kind: fault.Input, Code: "input.changed", Where: show(f.Path), Msg: "the file changed while it was read",
		Hint: "write new files aside and rename them once they are whole; then build again"}
}
