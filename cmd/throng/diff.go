// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/release"
)

func diffCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "diff",
		Usage:     "what changed from one release to another, and whether noise alone explains it",
		ArgsUsage: "BEFORE AFTER",
		Description: refHelp + `

A difference that is smaller than the noise of both releases says nothing.`,
		Flags: append(ledgerFlags(), &cli.BoolFlag{Name: "all", Usage: "also numbers other than the size of audiences, and what noise explains"}),
	}, diff)
}

func diff(s *session) error {
	refs, err := s.arguments(2, "two releases: BEFORE AFTER")
	if err != nil {
		return err
	}
	before, err := s.find(refs[0])
	if err != nil {
		return err
	}
	after, err := s.find(refs[1])
	if err != nil {
		return err
	}
	d := release.Diff(before.rel, after.rel)
	return s.print(d, func(w io.Writer) { writeDiff(w, d, s.Bool("all")) })
}

func writeDiff(w io.Writer, d *release.Difference, all bool) {
	fmt.Fprintf(w, "%s@%s -> %s@%s\n", d.Before.Plan, d.Before.Date, d.After.Plan, d.After.Date)
	for _, x := range []struct {
		what string
		ids  []string
	}{
		{"new audiences", d.Added}, {"other rules under the same id", d.Changed},
		{"no longer in the plan", d.Removed}, {"released before, withheld now: stop serving them", d.Retracted},
	} {
		if len(x.ids) > 0 {
			fmt.Fprintf(w, "%s: %s\n", x.what, strings.Join(x.ids, ", "))
		}
	}
	fmt.Fprintln(w)
	var rows [][]string
	for i := range d.Numbers {
		n := &d.Numbers[i]
		if all || n.Kind == release.Reach || n.Kind == release.Population {
			rows = append(rows, []string{nameOf(n), figure(n.Before, n), figure(n.After, n), change(n), verdict(n)})
		}
	}
	writeTable(w, []column{left("number"), right("before"), right("after"), right("change"), left("which is")}, rows)
}

func nameOf(n *release.Delta) string {
	parts := []string{n.Segment}
	switch {
	case n.Kind == release.Population:
		return "everybody"
	case n.Second != "":
		parts = append(parts, "and", strings.ReplaceAll(n.Second, release.Joint, " and "))
	case n.Kind == release.Quantiles:
		parts = append(parts, "quantile", n.Key, "of", n.By)
	case n.Kind == release.Sum || n.Kind == release.Mean:
		parts = append(parts, n.Kind, "of", n.By)
	case n.Kind == release.FrequencyAtLeast:
		parts = append(parts, n.By, "at least", strings.TrimSuffix(n.Key, "+"))
	case n.Key != "":
		parts = append(parts, n.By+":", n.Key)
	}
	return strings.Join(parts, " ")
}

func figure(v *int64, n *release.Delta) string {
	switch {
	case v != nil:
		return units(*v, n.Decimals, n.Unit)
	case n.Status == release.Withheld:
		return "withheld"
	}
	return "-"
}

// change is the difference of the two figures that stand before it; whether it
// is more than noise is judged by the unbiased numbers.
func change(n *release.Delta) string {
	if n.Difference == nil || n.Before == nil || n.After == nil {
		return ""
	}
	d := release.Units(*n.After-*n.Before, n.Decimals)
	if *n.After < *n.Before {
		return d
	}
	return "+" + d
}

func verdict(n *release.Delta) string {
	switch {
	case n.Within == nil:
		return ""
	case *n.Within:
		return "within the noise"
	}
	return "more than noise"
}
