// SPDX-License-Identifier: Apache-2.0

// Package ramdisk keeps the temporary files of tests in memory, where a sync
// costs nothing. It is for tests of what a program does, not of what a disk keeps:
// those make disks of their own, and benchmarks and long forms (THRONG_SOAK)
// stay on the real one.
package ramdisk

import (
	"flag"
	"os"
)

// room is what a memory file system must have free, in bytes: containers often
// have one of 64 MiB, which tests fill.
const room = 2 << 30

// Run runs the tests of a package with $TMPDIR in memory, if this machine has a
// file system there. For TestMain: os.Exit(ramdisk.Run(m.Run)).
func Run(tests func() int) int {
	flag.Parse()
	if b := flag.Lookup("test.bench"); os.Getenv("THRONG_SOAK") != "" || b != nil && b.Value.String() != "" || free(home) < room {
		return tests()
	}
	folder, err := os.MkdirTemp(home, "throng-test-")
	if err != nil {
		return tests()
	}
	defer func() { _ = os.RemoveAll(folder) }()
	// Servers and commands that run as another user pass through it.
	if os.Chmod(folder, 0o711) == nil {
		_ = os.Setenv("TMPDIR", folder)
	}
	return tests()
}
