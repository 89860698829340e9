// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/attack"
	"github.com/throng-dp/throng/audience/fault"
)

func attackCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "attack",
		Usage: "attack this program, as published attacks do, on invented people",
		Description: `Invents people, counts, charges and releases them with the code that builds use, and
tries to learn more than what was charged allows. No ledger and no data of yours
are touched. Each attack is also told without noise, to show that it works.`,
		Flags: []cli.Flag{&cli.IntFlag{Name: "runs", Value: 1000, Usage: "releases of each of two data sets in the statistical attacks, `N`: more prove more"}},
	}, attackSelf)
}

func attackSelf(s *session) error {
	if _, err := s.arguments(0, "nothing"); err != nil {
		return err
	}
	runs := s.Int("runs")
	if runs < 50 || runs > 1_000_000 {
		return s.usage("--runs %d: between 50 and 1000000", runs)
	}
	dir, err := os.MkdirTemp("", "throng-attack-")
	if err != nil {
		return cannotWrite(os.TempDir(), err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	found, err := attack.Run(s.ctx, attack.Options{Dir: dir, Runs: runs, Step: func(what string) { s.talk.say("trying: %s", what) }})
	if err != nil {
		return err
	}
	if err := s.print(found, func(w io.Writer) { writeVerdicts(w, found) }); err != nil {
		return err
	}
	var broken []string
	for _, v := range found {
		if !v.Failed {
			broken = append(broken, v.Attack)
		}
	}
	if len(broken) > 0 {
		return &fault.Error{Kind: fault.Internal, Code: "attack", Msg: "attacks succeed: " + strings.Join(broken, ", "),
			Hint: "do not release anything with this program, and tell its authors; a sound one is accused so once in a hundred thousand times"}
	}
	return nil
}

func writeVerdicts(w io.Writer, found []attack.Verdict) {
	var rows [][]string
	for _, v := range found {
		says := "fails"
		if !v.Failed {
			says = "SUCCEEDS"
		}
		rows = append(rows, []string{v.Attack, says, figures(v.Seen), figures(v.Proven), figures(v.Allowed), figures(v.Without), v.Of})
	}
	writeTable(w, []column{left("attack"), left(""), right("seen"), right("proven"), right("allowed"), right("without noise"), left("of")}, rows)
	fmt.Fprintf(w, "\nproven: at least so much, with %.4f %%; allowed: by what was charged; an attack succeeds where more is proven than allowed\n", 100*attack.Confidence)
}

// figures writes a number of an attack.
func figures(x float64) string {
	if x > 1e300 {
		return "no bound"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
