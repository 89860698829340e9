// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPutFile(t *testing.T) {
	dir := t.TempDir()
	old, link := filepath.Join(dir, "old"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(old, []byte("what everybody read before"), 0o644), os.Symlink(old, link)); err != nil {
		t.Fatal(err)
	}
	if err := putFile(link, []byte("rules"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(old)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "rules" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	err = putFile(filepath.Join(dir, "none", "new"), nil, 0o600)
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(cause(err).Error(), dir) {
		t.Errorf("no folder: %v", err)
	}
	if err := putFile(dir, []byte("rules"), 0o600); err == nil {
		t.Error("a folder was written over")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("%d files stay, %v", len(files), err)
	}
	if err := putFile(os.DevNull, []byte("rules"), 0o600); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s became %v, %v", os.DevNull, info.Mode(), err)
	}
}
