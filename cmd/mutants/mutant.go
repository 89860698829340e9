// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one bug, and the test that is there to find it.
type mutant struct {
	name string // the bug, in words
	pkg  string // folder of the test's package
	test string // that must fail
	edit []edit
}

// An edit replaces text that stands exactly once in a file.
type edit struct{ file, old, new string }

func (m *mutant) killer() string { return m.pkg + " " + m.test }

// all returns every mutant, grouped by the package that is compiled for it.
func all() []mutant {
	return slices.Concat(noiseMutants, countMutants, ledgerMutants, verifyMutants, peopleMutants, postgresMutants, roomMutants, releaseMutants, activationMutants)
}

// apply returns the mutated files by their paths below root.
func (m *mutant) apply(root string) (map[string]string, error) {
	files := map[string]string{}
	for _, e := range m.edit {
		text, ok := files[e.file]
		if !ok {
			raw, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return nil, fmt.Errorf("%s has these words %d times, want once:\n%s", e.file, n, e.old)
		}
		files[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return files, nil
}
