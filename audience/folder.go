// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/release"
)

// The folders of one plan and day, below OUT/PLAN/date=D.
const (
	current    = "release"    // the one that stands: may leave
	superseded = "superseded" // ID/ of those that a restatement replaced
	retracted  = "retracted"  // ID/ of those that were taken back

	aside = ".tmp-" // begins the names of what a run is still writing
)

// writeRelease writes the files of a release into folder and returns where. It
// writes them aside, syncs them, and renames them into place whole; what stood
// there before is moved aside, or left where it is the same already.
func writeRelease(folder string, rel *release.Release) (string, error) {
	files, err := Files(rel)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, current)
	if err := place(folder, path, rel, files); err != nil {
		return "", paidFault(folder, files, err)
	}
	return path, nil
}

// paidFault says of files that cannot be written that nothing is lost.
func paidFault(folder string, files []File, err error) error {
	f := outputFault(folder, err)
	if full(err) {
		size := 0
		for _, file := range files {
			size += len(file.Bytes)
		}
		f.Msg = fmt.Sprintf("has no room for the %d bytes of this release", size)
	}
	f.Hint = "the ledger has the release: once the folder can be written, build again without --restate; nothing more is charged"
	return f
}

// full tells whether a disk or a quota is used up.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

func place(folder, path string, rel *release.Release, files []File) error {
	if err := failpoint.Do("release.folder", func() error { return os.MkdirAll(folder, 0o755) }); err != nil {
		return err
	}
	unlock, alone, err := lockFolder(folder)
	if err != nil {
		return err
	}
	defer unlock()
	failpoint.At("release.locked")
	sweep(folder, alone)
	if sameFiles(path, files) {
		return nil
	}
	// A folder of its own: runs of the same day may write the same release.
	temp, err := os.MkdirTemp(folder, aside+rel.ID+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) // not there any more, if all went well
	failpoint.At("release.aside")
	if err := writeFiles(temp, files, rel.Issued); err != nil {
		return err
	}
	if sameFiles(path, files) { // another run of the same day was faster
		return nil
	}
	failpoint.At("release.complete")
	if err := clear(folder, path, rel); err != nil {
		return err
	}
	if err := failpoint.Do("release.rename", func() error { return os.Rename(temp, path) }); err != nil {
		if sameFiles(path, files) {
			return nil
		}
		return err
	}
	failpoint.At("release.renamed")
	// It stands again, if a slower run had moved it away.
	return errors.Join(os.RemoveAll(filepath.Join(folder, superseded, rel.ID)), syncFolder(folder))
}

// sweep removes what killed runs left aside, as far as it can: nothing of it is
// needed. Whoever is alone in the folder knows that nobody lives who wrote it;
// elsewhere a run that lives has written within the hour.
func sweep(folder string, alone bool) {
	left, _ := filepath.Glob(filepath.Join(folder, aside+"*"))
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && (alone || time.Since(info.ModTime()) > time.Hour) {
			_ = os.RemoveAll(path)
		}
	}
}

// tidy sweeps a folder that runs write in at other times than this.
func tidy(folder string) {
	if unlock, alone, err := lockFolder(folder); err == nil {
		sweep(folder, alone)
		unlock()
	}
}

// clear makes room for a release: another one that stands there was restated
// or taken back, and is kept; an incomplete copy of this one is not. What does
// not say which release it is is kept too, for it must not stand in the way of
// one that is paid.
func clear(folder, path string, rel *release.Release) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := headIn(path)
	switch {
	case err == nil && old.ID == rel.ID:
		return os.RemoveAll(path)
	case err != nil || old.ID == "" || filepath.Base(old.ID) != old.ID || old.ID == "..":
		return moveAside(folder, superseded, "damaged-before-"+rel.ID)
	}
	return moveAside(folder, superseded, old.ID)
}

// moveAside moves the release that stands in folder to a kept folder of its own.
func moveAside(folder, kept, id string) error {
	if err := failpoint.Do("aside.folder", func() error { return os.MkdirAll(filepath.Join(folder, kept), 0o700) }); err != nil {
		return err
	}
	to := filepath.Join(folder, kept, id)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := failpoint.Do("aside.rename", func() error { return os.Rename(filepath.Join(folder, current), to) }); err != nil {
		return err
	}
	failpoint.At("aside.renamed")
	return errors.Join(syncFolder(filepath.Join(folder, kept)), syncFolder(folder))
}

// takeAway moves a release that was taken back out of sight, if it stands, and
// returns where to.
func takeAway(folder, id string) (moved string, err error) {
	if there, _ := headIn(filepath.Join(folder, current)); there.ID != id {
		return "", nil
	}
	if err := moveAside(folder, retracted, id); err != nil {
		return "", outputFault(folder, err)
	}
	return filepath.Join(folder, retracted, id), nil
}

// writeFiles writes a release's files into an empty folder. Their times travel
// with a copied folder, so they say when the release was issued, to the minute,
// and nothing finer.
func writeFiles(folder string, files []File, issued string) error {
	at, err := time.Parse(time.RFC3339, issued)
	if err != nil {
		return err
	}
	var g errgroup.Group // a disk syncs several files about as fast as one
	for _, f := range files {
		g.Go(func() error {
			path := filepath.Join(folder, f.Name)
			if err := writeSynced(path, f.Bytes, 0o644); err != nil {
				return err
			}
			return failpoint.Do("file.times", func() error { return os.Chtimes(path, at, at) })
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	// The release may be read by everybody, whatever the umask of the run is.
	return errors.Join(os.Chmod(folder, 0o755), syncFolder(folder))
}

func writeSynced(path string, text []byte, mode os.FileMode) error {
	failpoint.At("file.create")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = failpoint.Write("file.write", f, text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = failpoint.Do("file.sync", f.Sync)
	}
	return errors.Join(err, failpoint.Do("file.close", f.Close))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(failpoint.Do("folder.sync", f.Sync), f.Close())
}

// sameFiles tells whether a folder holds exactly these files.
func sameFiles(folder string, files []File) bool {
	there, err := os.ReadDir(folder)
	if err != nil || len(there) != len(files) {
		return false
	}
	return !slices.ContainsFunc(files, func(f File) bool {
		text, err := os.ReadFile(filepath.Join(folder, f.Name))
		return err != nil || !bytes.Equal(text, f.Bytes)
	})
}

// bytesPerCell is more than all files together need for one number.
const bytesPerCell = 2 << 10

// foundCells is how many values are allowed for where nobody declared any. How
// many there are is not known beforehand, nor may it be.
const foundCells = 100

// checkFolder proves that the files of a release can be written: it takes as
// many bytes as they need, and gives them back. It refuses a folder that
// holds a release of another account.
func checkFolder(folder string, w dp.Workload, account string) error {
	size := 256 << 10
	for t := range w.Tables {
		size += w.Cells(t) * bytesPerCell
		if by := w.Tables[t].By; len(by) == 1 && w.Attributes[by[0]] == dp.Unknown {
			size += foundCells * bytesPerCell
		}
	}
	if err := tryWrite(folder, size); err != nil {
		f := outputFault(folder, err)
		if full(err) {
			f.Msg = fmt.Sprintf("has no room for the %d bytes that this release may need", size)
		}
		return f
	}
	other, err := headIn(filepath.Join(folder, current))
	if err == nil && other.Account != account {
		return &fault.Error{Kind: fault.Output, Code: "output.other-account", Where: folder,
			Msg: "holds a release of account " + other.Account, Hint: "write to another folder: --out DIR"}
	}
	return nil
}

// tryWrite writes in the nearest folder above that exists, so that a build
// that is refused leaves nothing behind.
func tryWrite(folder string, size int) error {
	for {
		info, err := os.Stat(folder)
		if err == nil && !info.IsDir() {
			return &fs.PathError{Op: "write", Path: folder, Err: errors.New("is no folder")}
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || folder == filepath.Dir(folder) {
			return err
		}
		folder = filepath.Dir(folder)
	}
	f, err := nameless(folder)
	if err != nil {
		return err
	}
	failpoint.At("preflight.space")
	err = reserve(f, size)
	if errors.Is(err, errors.ErrUnsupported) {
		_, err = f.Write(make([]byte, size))
	}
	if err == nil {
		_, err = f.WriteAt([]byte{0}, int64(size))
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if left := os.Remove(f.Name()); !errors.Is(left, fs.ErrNotExist) {
		err = errors.Join(err, left)
	}
	return err
}

// unnamed makes a file in a folder and takes its name away at once, where the
// system lets it: whatever becomes of the run, nothing of it stays.
func unnamed(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, aside+"space-")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

func outputFault(folder string, err error) *fault.Error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &fault.Error{Kind: fault.Output, Code: "output.write", Where: folder, Msg: "cannot be written", Err: err,
		Hint: "check its owner and the free space, or write elsewhere: --out DIR"}
}
