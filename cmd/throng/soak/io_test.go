// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFilesFail fails each call that writes a build's files, at each of its
// hits, in each way. Whoever asked hears of it (15), but for the operator's own
// record, which stops nothing; nothing half-written is visible; the next build
// ends with one post and one charge. The calls that SQLite makes are failed in
// dp/ledger/sqlite/powerloss.
func TestFilesFail(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	paid := regexp.MustCompile(`hint: the ledger has the release: once the folder can be written, build again`)
	bytes := regexp.MustCompile(`has no room for the \d+ bytes of this release`)
	tries := 0
	for name, n := range c.hits {
		if !fails(t, name) || name == "store.commit" {
			continue
		}
		for _, how := range []string{"eio", "enospc", "eacces", "short"} {
			if !long && (how == "eacces" || how == "short" && name != "file.write") {
				continue
			}
			for hit := 1; hit <= n; hit++ {
				if !long && hit != 1+n/2 {
					continue
				}
				tries++
				t.Run(fmt.Sprintf("%s:%d=%s", name, hit, how), func(t *testing.T) {
					t.Parallel()
					h := newHome(t)
					e := h.run(at(fmt.Sprintf("%s:%d=%s", name, hit, how)), buildArgs()...)
					after := h.state(t)
					shown, err := h.visible(after)
					if err != nil {
						t.Error(err)
					}
					switch {
					case e.code == 0 && shown == nil:
						t.Errorf("it ends as if it had written the release: %s", e.talk)
					case e.code != 0 && e.code != 15:
						t.Errorf("ended with %d: %s", e.code, e.talk)
					case e.code == 15 && len(after.releases) == 1 && !paid.MatchString(e.talk):
						t.Errorf("it does not say that the release is paid: %s", e.talk)
					case e.code == 15 && len(after.releases) == 1 && how == "enospc" && !bytes.MatchString(e.talk):
						t.Errorf("it does not say how many bytes are needed: %s", e.talk)
					}
					must(t, h.run(nil, buildArgs()...), 0)
					c.settled(t, h, after, price)
				})
			}
		}
	}
	t.Logf("%d failures", tries)
}

// fails tells whether a failpoint stands for a call that can fail.
func fails(t *testing.T, name string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir("../../../audience", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		found = found || strings.Contains(string(text), `failpoint.Do("`+name+`"`) || strings.Contains(string(text), `failpoint.Write("`+name+`"`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
