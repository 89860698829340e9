// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/failpoint"
)

// readPlan reads and parses the plan that is a command's argument.
func (s *session) readPlan() (*plan.File, string, error) {
	path, err := s.argument("PLAN")
	if err != nil {
		return nil, "", err
	}
	failpoint.At("plan.open")
	file, err := planAt(path)
	return file, path, err
}

// planAt reads and parses a plan.
func planAt(path string) (*plan.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		f := &fault.Error{Kind: fault.Plan, Code: "plan.file", Where: path, Msg: "cannot be read", Err: cause(err)}
		info, statErr := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.Msg, f.Err, f.Hint = "no such plan", nil, "`throng init DIR` makes a project with one"
		case statErr == nil && info.IsDir():
			f.Msg, f.Err, f.Hint = "a folder, not a plan", nil, "name the plan in it, such as "+shell(filepath.Join(path, "plan.yaml"))
		}
		return nil, f
	}
	if bytes.HasPrefix(text, []byte("PAR1")) {
		return nil, &fault.Error{Kind: fault.Plan, Code: "plan.file", Where: path, Msg: "a Parquet file, not a plan",
			Hint: "a plan is YAML; `throng init DIR " + shell(path) + "` writes one for this file"}
	}
	return plan.ParseUsing(path, text, os.ReadFile)
}

// dataRoot is the folder that the paths of a plan's data are relative to; home
// is the plan's own.
func (s *session) dataRoot(home string) string {
	if root := s.Path("data"); root != "" {
		return root
	}
	return home
}

// cause returns what the file system said, without the path it said it of.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
