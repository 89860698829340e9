// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
)

func doctorCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "doctor",
		Usage: "is everything here that a build needs?",
		Description: `Looks at this program, this machine and the ledger in reach: which it is, whose keys
count on it, its witness copy and its backups. Changes nothing.`,
		Flags: ledgerFlags(),
	}, doctor)
}

// A finding is one thing that doctor looked at.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
}

const noiseModule = "github.com/google/differential-privacy/go/v3"

func doctor(s *session) error {
	if _, err := s.arguments(0, "nothing"); err != nil {
		return err
	}
	found := []finding{
		{"program", true, fmt.Sprintf("throng %s, %s on %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)},
		noiseLibrary(), zones(), temporary(),
	}
	of, failed := s.ledgerFindings()
	found = append(found, of...)
	if err := s.print(found, func(w io.Writer) {
		for _, f := range found {
			mark := "ok "
			if !f.OK {
				mark = "BAD"
			}
			fmt.Fprintf(w, "%s  %-12s %s\n", mark, f.What, clean(f.Says))
		}
	}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	for _, f := range found {
		if !f.OK {
			return &fault.Error{Kind: fault.Output, Code: "doctor", Where: f.What, Msg: f.Says}
		}
	}
	return nil
}

// noiseLibrary tells which library draws the noise: one version, and no other.
func noiseLibrary() finding {
	f := finding{What: "noise", Says: "the library's version is not recorded in this binary", OK: true}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == noiseModule {
				f.Says, f.OK = m.Path+" "+m.Version, m.Version == "v3.0.0"
			}
		}
	}
	return f
}

func zones() finding {
	if _, err := time.LoadLocation("Europe/London"); err != nil {
		return finding{"time zones", false, "cannot be loaded"}
	}
	return finding{"time zones", true, "built in; it is " + now().UTC().Format("2006-01-02 15:04") + " UTC: is that right?"}
}

func temporary() finding {
	f, err := os.CreateTemp("", "throng-doctor-")
	if err != nil {
		return finding{"temporary", false, os.TempDir() + " cannot be written"}
	}
	f.Close()
	os.Remove(f.Name())
	return finding{"temporary", true, os.TempDir() + " can be written"}
}
