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
		return nil, &fault.Error{Kind: fault.Input, Code: "input.root", Where: Show(dir), Msg: "the data folder cannot be opened", Hint: "check --data"}
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
		return nil, &fault.Error{Kind: fault.Input, Code: "input.missing", Where: Show(r.dir), Msg: "no files are named", Hint: "give the table files: in the plan"}
	}
	var found []File
	for _, pattern := range patterns {
		f := &finder{ctx: ctx, root: r, extensions: extensions}
		if err := f.find(pattern); err != nil {
			return nil, err
		}
		if len(f.found) == 0 {
			return nil, &fault.Error{Kind: fault.Input, Code: "input.missing", Where: Show(pattern),
				Msg: "no file matches, below the folder " + Show(r.dir), Hint: "check the path in the plan and --data"}
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
				return &fault.Error{Kind: fault.Input, Code: "input.twice", Where: Show(bySize[i].Path),
					Msg: "the same file is read twice, also as " + Show(bySize[j].Path), Hint: "name every file once"}
			}
		}
	}
	return nil
}

func alike(a, b File) bool {
	return a.Info.Size() == b.Info.Size() && a.Info.ModTime().Equal(b.Info.ModTime())
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
		return nil, at(Show(f.Path), err)
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
	return &fault.Error{Kind: fault.Input, Code: "input.changed", Where: Show(f.Path), Msg: "the file changed while it was read",
		Hint: "write new files aside and rename them once they are whole; then build again"}
}
