// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A field is where mutants are hunted: the module, and room for files.
type field struct {
	root, work string
	out        sync.Mutex
}

// sound makes sure that every named test exists and passes without a bug.
func (f *field) sound(ctx context.Context, mutants []mutant, workers int) error {
	tests := map[string][]string{}
	for _, m := range mutants {
		if !slices.Contains(tests[m.pkg], m.test) {
			tests[m.pkg] = append(tests[m.pkg], m.test)
		}
	}
	var packages []string
	for pkg := range tests {
		packages = append(packages, pkg)
	}
	slices.Sort(packages)
	faults := make([]error, len(packages))
	each(workers, len(packages), func(_, i int) {
		pkg := packages[i]
		binary := filepath.Join(f.work, fmt.Sprint("sound-", i))
		if text, err := f.compile(ctx, pkg, binary, ""); err != nil {
			faults[i] = fmt.Errorf("%s does not compile: %w\n%s", pkg, err, text)
			return
		}
		defer func() { _ = os.Remove(binary) }()
		// One after the other: the top-level names differ in their subtests.
		for _, test := range tests[pkg] {
			text, err := f.try(ctx, binary, filepath.Join(f.root, pkg), test)
			if err != nil || !strings.Contains(text, "--- PASS: "+test+" ") {
				faults[i] = fmt.Errorf("%s %s does not pass without a bug: %w\n%s", pkg, test, err, text)
				return
			}
		}
	})
	return errors.Join(faults...)
}

// hunt tries all mutants and returns how many were killed.
func (f *field) hunt(ctx context.Context, mutants []mutant, workers int) int {
	trees := make([]string, workers)
	killed := make([]bool, len(mutants))
	each(workers, len(mutants), func(worker, i int) {
		if trees[worker] == "" {
			trees[worker] = filepath.Join(f.work, fmt.Sprint("tree-", worker))
			if err := copyTree(trees[worker], f.root); err != nil {
				f.tell("broken", &mutants[i], 0, err.Error())
				trees[worker] = ""
				return
			}
		}
		if ctx.Err() == nil {
			killed[i] = f.one(ctx, &mutants[i], trees[worker])
		}
	})
	n := 0
	for _, k := range killed {
		if k {
			n++
		}
	}
	return n
}

// one tries a mutant in a tree that it leaves as it was.
func (f *field) one(ctx context.Context, m *mutant, tree string) bool {
	begun := time.Now()
	files, err := m.apply(f.root)
	if err != nil {
		f.tell("stale", m, 0, err.Error())
		return false
	}
	replace := map[string]string{}
	for name, text := range files {
		copied := filepath.Join(tree, name)
		was, err := os.ReadFile(copied)
		if err == nil {
			err = os.WriteFile(copied, []byte(text), 0o600)
		}
		if err != nil {
			f.tell("broken", m, 0, err.Error())
			return false
		}
		defer func() { _ = os.WriteFile(copied, was, 0o600) }()
		replace[filepath.Join(f.root, name)] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(tree+".json", overlay, 0o600)
	}
	if err != nil {
		f.tell("broken", m, 0, err.Error())
		return false
	}
	binary := tree + ".test"
	if text, err := f.compile(ctx, m.pkg, binary, tree+".json"); err != nil {
		f.tell("does not compile", m, time.Since(begun), text)
		return false
	}
	text, err := f.try(ctx, binary, filepath.Join(tree, m.pkg), m.test)
	took := time.Since(begun)
	switch {
	case err == nil:
		f.tell("SURVIVED", m, took, text)
	case failed(text, m.test):
		f.tell("killed", m, took, "")
		return true
	default:
		f.tell("no verdict", m, took, text)
	}
	return false
}

// failed tells whether a test failed by itself: it was not merely running when
// the process died or when its time was over.
func failed(text, test string) bool {
	return strings.Contains(text, "--- FAIL: "+test+" ") && !strings.Contains(text, "panic: test timed out")
}

func (f *field) compile(ctx context.Context, pkg, binary, overlay string) (string, error) {
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+pkg)...)
	cmd.Dir = f.root
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// try runs one test of a compiled package.
func (f *field) try(ctx context.Context, binary, dir, test string) (string, error) {
	var parts []string
	for _, part := range strings.Split(test, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	cmd := exec.CommandContext(ctx, binary, "-test.v", "-test.timeout=5m", "-test.run", strings.Join(parts, "/"))
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// tell prints what became of a mutant, and why if it lives.
func (f *field) tell(verdict string, m *mutant, took time.Duration, why string) {
	f.out.Lock()
	defer f.out.Unlock()
	fmt.Printf("%-8s %-58s %s (%.1fs)\n", verdict, m.name, m.killer(), took.Seconds())
	if why != "" {
		const most = 3000
		fmt.Println(strings.TrimSpace(why[max(0, len(why)-most):]))
	}
}

// each calls do for 0 to n-1, by so many workers.
func each(workers, n int, do func(worker, i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for w := range max(1, workers) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				do(w, i)
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// copyTree copies the module, but for what begins with a dot and for bin.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if rel != "." && (strings.HasPrefix(d.Name(), ".") || rel == "bin") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o600)
	})
}
