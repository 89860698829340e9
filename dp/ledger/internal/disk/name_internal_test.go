// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

func TestMountedAlone(t *testing.T) {
	const info = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 8:1 /srv/my\040ledger.db /mnt/my\040ledger.db rw,relatime - ext4 /dev/sda1 rw
41 22 8:1 /srv /data rw,relatime - ext4 /dev/sda1 rw
`
	for path, want := range map[string]bool{"/mnt/my ledger.db": true, "/data/ledger.db": false, "/work": false, "/data": true, "8:1": false} {
		if got := mountedAlone(info, path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// TestOneName: a hard link is refused, but for one that a killed run left aside.
func TestOneName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, Aside(path)); err != nil {
		t.Skip(err) // a file system without hard links
	}
	if err := OneName(path); err != nil {
		t.Error(err)
	}
	second := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.Link(path, second); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, second} {
		if err := OneName(name); !errors.Is(err, ledger.ErrStorage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
