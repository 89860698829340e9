// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/throng-dp/throng/dp/ledger"
)

// OneName refuses a database that can be reached in two ways: SQLite keeps its
// log beside the name by which a file was opened, so whoever opens it by another
// name does not see what was charged last, and answers again
// (sqlite.org/howtocorrupt.html, 2.4). That is a second hard link, and a file
// that is mounted by itself, as into a container, where the log stays behind.
func OneName(path string) error {
	// What is not there, whoever opens it says.
	if info, err := os.Stat(path); err == nil && names(info) > 1+left(path, info) {
		return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: path + ": the file has a second name, and what is opened under one does not see what is written under the other",
			Hint: "keep one of them: find -samefile shows the hard links; a backup is a copy, never a link"}
	}
	full, err := filepath.Abs(path)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err == nil && mountedAlone(mounts(), full) {
		return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: path + ": the file is mounted by itself, and the log beside it, which holds what was charged last, is not",
			Hint: "mount the folder that holds the ledger"}
	}
	return nil
}

// left returns how many names a run has that makes the file, or was killed as it
// did: nobody opens it by those.
func left(path string, file os.FileInfo) (n uint64) {
	beside, _ := os.ReadDir(filepath.Dir(path))
	for _, f := range beside {
		rest, ok := strings.CutPrefix(f.Name(), filepath.Base(path))
		if info, err := f.Info(); ok && asides.MatchString(rest) && err == nil && os.SameFile(info, file) {
			n++
		}
	}
	return n
}

// escaped is how mountinfo writes what would end a field (proc(5)).
var escaped = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// mountedAlone tells whether a path is a mount point, by a text as of
// /proc/self/mountinfo, whose fifth field it is.
func mountedAlone(mountinfo, path string) bool {
	for line := range strings.Lines(mountinfo) {
		if f := strings.Fields(line); len(f) > 4 && escaped.Replace(f[4]) == path {
			return true
		}
	}
	return false
}
