// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/release"
)

// FolderOf returns the folder of a release's files: the one that was named, or
// the release that stands below a day's.
func FolderOf(folder string) string {
	below := filepath.Join(folder, current)
	if _, err := os.Stat(filepath.Join(folder, "catalog.json")); err == nil {
		return folder
	}
	if info, err := os.Stat(below); err == nil && info.IsDir() {
		return below
	}
	return folder
}

// ReadFolder reads a release back from its files, without a ledger. A folder
// that has no catalogue is none of a release; one that has, and does not tell a
// whole release, is damaged.
func ReadFolder(folder string) (*release.Release, error) {
	var texts [3][]byte
	for i, name := range []string{"catalog.json", "catalog.csv", "manifest.json"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case i > 0 && errors.Is(err, fs.ErrNotExist):
			return nil, damagedRelease(folder, errors.New(name+" is missing"))
		case err != nil:
			return nil, notRelease(folder, err)
		}
		texts[i] = text
	}
	rel, err := export.Read(texts[0], texts[1], texts[2])
	if err != nil {
		return nil, damagedRelease(folder, err)
	}
	return rel, nil
}

func damagedRelease(folder string, err error) error {
	return &fault.Error{Kind: fault.Output, Code: "output.not-the-release", Where: folder, Msg: "not what was released", Err: err,
		Hint: "do not use these files; `throng build` of the same plan and day writes them again, free of charge"}
}

func notRelease(folder string, err error) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage.no-release", Where: folder, Msg: "not the folder of a release", Err: cause(err),
		Hint: "name the folder that holds catalog.json and manifest.json"}
}

// cause returns what the file system said, without the path it said it of.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
