// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"io/fs"
	"testing"
)

// TestKeyIsOpen: a key is its owner's alone, or root's and one group's to read.
func TestKeyIsOpen(t *testing.T) {
	const root, nobody = 0, 65532
	for _, c := range []struct {
		mode  fs.FileMode
		roots bool
		user  int
		want  bool
	}{
		{0o600, false, nobody, false}, {0o400, true, nobody, false}, {0o600, true, root, false},
		{0o440, true, nobody, false}, {0o640, true, nobody, false}, // how Kubernetes hands over a secret
		{0o440, false, nobody, true}, // the owner could have closed it
		{0o440, true, root, true},    // root needs no group to read it
		{0o460, true, nobody, true}, {0o444, true, nobody, true}, {0o604, true, nobody, true}, {0o450, true, nobody, true}, {0o644, false, nobody, true},
	} {
		if got := keyIsOpen(c.mode, c.roots, c.user); got != c.want {
			t.Errorf("%04o, root's %v, read by %d: open %v, want %v", c.mode, c.roots, c.user, got, c.want)
		}
	}
}
