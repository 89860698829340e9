// SPDX-License-Identifier: Apache-2.0

//go:build linux

package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// mounts tells whether this user may make small disks in a name space of its
// own. Where tests must run (CI) it is a fault if not.
func mounts(t *testing.T) {
	t.Helper()
	out, err := exec.Command("unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", t.TempDir()).CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no disk can be mounted: %v, %s", err, out)
	}
	t.Skipf("NOT TESTED: no disk can be mounted here: %v, %s", err, out)
}

// onDisk runs a command with a folder on a disk of so many KiB, and copies back
// what is on the disk in the end.
func (h home) onDisk(kib int, folder string, args ...string) ending {
	script := fmt.Sprintf(`set -e
mkdir -p %[1]s && cp -a %[1]s %[1]s.full
mount -t tmpfs -o size=%[2]dk none %[1]s
cp -a %[1]s.full/. %[1]s/ || exit 99
set +e; "$0" "$@"; code=$?
rm -rf %[1]s.back && cp -a %[1]s %[1]s.back
exit $code`, folder, kib)
	inner := h
	inner.wrap = []string{"unshare", "-Urm", "sh", "-c", script}
	e := inner.run(nil, args...)
	full := filepath.Join(h.dir, folder)
	_ = os.RemoveAll(full + ".full")
	if _, err := os.Stat(full + ".back"); err == nil {
		_ = os.RemoveAll(full)
		_ = os.Rename(full+".back", full)
	}
	return e
}

// TestDiskFull builds on disks of twenty sizes (four in short), which hold the
// releases, the ledger, or both: the build ends well or with 15; what it then
// says is charged has been released; nothing half-written is visible; on a disk
// with room the same command ends it, with one post and one charge.
func TestDiskFull(t *testing.T) {
	together(t)
	mounts(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	needed := regexp.MustCompile(`has no room for the \d+ bytes`)
	codes := map[string]map[int]int{}
	for _, where := range []string{"releases", "ledger", "both"} {
		codes[where] = map[int]int{}
		sizes := disks(where)
		if !long {
			sizes = []int{sizes[1], sizes[7], sizes[12], sizes[19]}
		}
		for _, kib := range sizes {
			h := newHome(t)
			args := buildArgs()
			disk := filepath.Join(h.dir, "disk")
			if err := os.Mkdir(disk, 0o755); err != nil {
				t.Fatal(err)
			}
			if where != "ledger" {
				args = append(args, "--out", "disk/releases")
			}
			if where != "releases" {
				args = append(args, "--ledger", "sqlite:disk/ledger.db")
				for _, name := range []string{"ledger.db", "ledger.key"} {
					if err := os.Rename(filepath.Join(h.dir, name), filepath.Join(disk, name)); err != nil {
						t.Fatal(err)
					}
				}
			}
			e := h.onDisk(kib, "disk", args...)
			if e.code == 99 {
				continue // not even the ledger fits
			}
			codes[where][e.code]++
			for name, home := range map[string]string{"ledger.db": "releases", "ledger.key": "releases", "releases": "ledger", "operator": "ledger"} {
				if where != home {
					_ = os.RemoveAll(filepath.Join(h.dir, name))
					if err := os.Rename(filepath.Join(disk, name), filepath.Join(h.dir, name)); err != nil && !os.IsNotExist(err) {
						t.Fatal(err)
					}
				}
			}
			_ = os.RemoveAll(disk)
			after := h.state(t)
			shown, err := h.visible(after)
			if err != nil {
				t.Errorf("%s on %d KiB: %v", where, kib, err)
			}
			switch {
			case e.code != 0 && e.code != 15:
				t.Errorf("%s on %d KiB: ended with %d: %s", where, kib, e.code, e.talk)
			case e.code == 0 && shown == nil:
				t.Errorf("%s on %d KiB: it ends as if it had written the release: %s", where, kib, e.talk)
			case e.code == 15 && where == "releases" && (after.spent != (free) || after.held != (free)):
				t.Errorf("%s on %d KiB: not released, and spent %+v, held %+v", where, kib, after.spent, after.held)
			case e.code == 15 && where == "releases" && !needed.MatchString(e.talk):
				t.Errorf("%s on %d KiB: it does not say how many bytes are needed: %s", where, kib, e.talk)
			}
			must(t, h.run(nil, buildArgs()...), 0)
			c.settled(t, h, after, price)
		}
	}
	for where, n := range codes {
		if n[15] == 0 || n[0] == 0 {
			t.Errorf("%s: exit codes %v, want both kinds", where, n)
		}
	}
	t.Logf("exit codes: %v", codes)
}

// disks are twenty sizes in KiB, some too small and some not.
func disks(where string) []int {
	var all []int
	for i := range 20 {
		switch where {
		case "releases":
			all = append(all, 4+i*i*2)
		case "ledger":
			all = append(all, 144+i*24)
		default:
			all = append(all, 160+i*60)
		}
	}
	return all
}

// TestNotWritable: folders that cannot be written are found before anything is
// reserved.
func TestNotWritable(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	for name, prepare := range map[string]func(t *testing.T, h *home) func(){
		"a read-only disk for the releases": func(t *testing.T, h *home) func() {
			mounts(t)
			h.wrap = []string{"unshare", "-Urm", "sh", "-c", `mount --bind releases releases && mount -o remount,ro,bind releases && exec "$0" "$@"`}
			return func() { h.wrap = nil }
		},
		"a read-only disk for the ledger": func(t *testing.T, h *home) func() {
			mounts(t)
			h.wrap = []string{"unshare", "-Urm", "sh", "-c", `mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$0" "$@"`}
			return func() { h.wrap = nil }
		},
		"a folder without permission": func(t *testing.T, h *home) func() {
			h.as = nobody(t, h, "ledger.db", "ledger.key", ".")
			if err := os.Chmod(filepath.Join(h.dir, "releases"), 0o555); err != nil {
				t.Fatal(err)
			}
			return func() {
				h.as = nil
				_ = os.Chmod(filepath.Join(h.dir, "releases"), 0o755)
			}
		},
		"somebody else's folder": func(t *testing.T, h *home) func() {
			h.as = nobody(t, h, "ledger.db", "ledger.key", ".")
			if err := os.Chown(filepath.Join(h.dir, "releases"), 0, 0); err != nil {
				t.Fatal(err)
			}
			return func() { h.as = nil }
		},
		"a folder that may not be changed": func(t *testing.T, h *home) func() {
			folder := filepath.Join(h.dir, "releases")
			if out, err := exec.Command("chattr", "+i", folder).CombinedOutput(); err != nil {
				t.Skipf("NOT TESTED: chattr +i: %v, %s", err, out)
			}
			undo := func() { _ = exec.Command("chattr", "-i", folder).Run() }
			t.Cleanup(undo)
			return undo
		},
		"a file in the folder's place": func(t *testing.T, h *home) func() {
			folder := filepath.Join(h.dir, "releases")
			if err := os.Remove(folder); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(folder, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			return func() { _ = os.Remove(folder) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			if err := os.Mkdir(filepath.Join(h.dir, "releases"), 0o755); err != nil {
				t.Fatal(err)
			}
			undo := prepare(t, &h)
			e := h.run(nil, buildArgs()...)
			undo()
			if e.code != 15 {
				t.Errorf("ended with %d: %s", e.code, e.talk)
			}
			history := h.run(nil, "ledger", "history", "--json")
			must(t, history, 0)
			if strings.Contains(history.out, "reserve") {
				t.Errorf("something was reserved: %s", history.out)
			}
			after := h.state(t)
			must(t, h.run(nil, buildArgs()...), 0)
			c.settled(t, h, after, price)
		})
	}
}

// nobody gives files to another user, as whom a command then runs.
func nobody(t *testing.T, h *home, files ...string) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can run a command as another user")
	}
	const uid = 65534
	for _, name := range files {
		if err := os.Chown(filepath.Join(h.dir, name), uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	// The way to the project and to the program is open to everybody.
	for _, path := range []string{h.dir, h.throng} {
		for dir := filepath.Dir(path); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &syscall.Credential{Uid: uid, Gid: uid}
}

// TestLimits: with few file descriptors, little memory to map, or files of a few
// kilobytes only, a build ends well or with an exit code that says why, without
// a panic; and with the limits gone it ends with one post and one charge.
func TestLimits(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	limits := []string{"ulimit -n 64", "ulimit -n 10", "ulimit -v 2097152", "ulimit -f 8"}
	if long {
		limits = append(limits, "ulimit -n 32", "ulimit -n 16", "ulimit -n 12", "ulimit -n 8", "ulimit -v 1048576", "ulimit -f 64", "ulimit -f 256", "ulimit -f 600", "ulimit -f 1")
	}
	for _, limit := range limits {
		t.Run(limit, func(t *testing.T) {
			h := newHome(t)
			h.wrap = []string{"sh", "-c", limit + `; exec "$0" "$@"`}
			e := h.run(nil, buildArgs()...)
			h.wrap = nil
			switch {
			case strings.Contains(e.talk, "panic") || strings.Contains(e.talk, "internal error") || strings.Contains(e.talk, "fatal error"):
				t.Errorf("it panics: %s", e.talk)
			case (limit == "ulimit -n 64" || limit == "ulimit -v 2097152") && e.code != 0:
				t.Errorf("ended with %d: %s", e.code, e.talk)
			case e.code != 0 && e.code != 11 && e.code != 14 && e.code != 15 && e.code != 16:
				t.Errorf("ended with %d: %s", e.code, e.talk)
			}
			after := h.state(t)
			if _, err := h.visible(after); err != nil {
				t.Error(err)
			}
			if e.code != 0 && len(after.releases) == 0 && (after.held != free) {
				t.Logf("%s: held for the next try", limit)
			}
			must(t, h.run(nil, buildArgs()...), 0)
			c.settled(t, h, after, price)
		})
	}
}
