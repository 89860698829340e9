// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/dp/release"
)

func showCommand() *cli.Command {
	return command(&cli.Command{
		Name:        "show",
		Usage:       "the numbers of a release",
		ArgsUsage:   "RELEASE",
		Description: refHelp,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "segments", Usage: "everything released about these audiences, `A,B`"},
			&cli.Int64Flag{Name: "at-least", Usage: "how likely each audience has `N` people or more"},
			&cli.StringFlag{Name: "together", Usage: "how many people these audiences reach together, `A,B,C`, and in which order they add most"},
			&cli.BoolFlag{Name: "index", Usage: "how much likelier people of an audience are in another one, or have a value, than everyone"},
		),
	}, show)
}

func show(s *session) error {
	f, err := s.named()
	if err != nil {
		return err
	}
	if s.IsSet("together") {
		return s.showTogether(f.rel, split(s.String("together")))
	}
	ids, err := s.segments()
	if err != nil {
		return err
	}
	part, err := only(f.rel, ids)
	if err != nil {
		return err
	}
	if s.Bool("index") {
		return s.showIndex(f.rel, ids)
	}
	if s.IsSet("at-least") {
		if s.Int64("at-least") < 1 {
			return usage("--at-least is a number of people, 1 or more")
		}
		return s.showAtLeast(part, s.Int64("at-least"))
	}
	if s.json {
		var b bytes.Buffer
		if err := export.Write(&b, f.rel, "json", ids); err != nil {
			return err
		}
		_, err = b.WriteTo(s.out)
		return err
	}
	return s.print(nil, func(w io.Writer) {
		writeAudiences(w, part)
		for _, id := range ids {
			writeDetails(w, part, id)
		}
		writeOverlaps(w, f.rel, func(pair ...string) bool {
			return len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(pair, id) })
		})
	})
}

// only returns the part of a release that speaks of some audiences, or all of it.
func only(rel *release.Release, ids []string) (*release.Release, error) {
	if len(ids) == 0 {
		return rel, nil
	}
	if err := known("--segments", rel, ids); err != nil {
		return nil, err
	}
	part, err := rel.Only(ids)
	if err != nil {
		return nil, usage("--segments: %v", err)
	}
	return part, nil
}

// known refuses audiences that a release does not have.
func known(flag string, rel *release.Release, ids []string) error {
	var there []string
	for i := range rel.Segments {
		there = append(there, rel.Segments[i].ID)
	}
	for _, id := range ids {
		if !slices.Contains(there, id) {
			return notOne(flag, id, there, "unknown segment %s", quote(id))
		}
	}
	return nil
}

// A chanceJSON is how likely an audience is large enough.
type chanceJSON struct {
	Segment string   `json:"segment"`
	AtLeast int64    `json:"at_least"`
	Chance  *float64 `json:"chance"` // null where the audience is withheld
}

func (s *session) showAtLeast(rel *release.Release, n int64) error {
	chances := []chanceJSON{}
	var rows [][]string
	for i := range rel.Segments {
		seg := &rel.Segments[i]
		c := rel.Reach(seg.ID)
		if c == nil {
			continue
		}
		chance := rel.Privacy.AtLeast(c, n)
		chances = append(chances, chanceJSON{seg.ID, n, chance})
		said := "withheld"
		if chance != nil {
			said = percent(*chance)
		}
		rows = append(rows, []string{seg.ID, said, people(c), span(c)})
	}
	return s.print(chances, func(w io.Writer) {
		writeTable(w, []column{left("audience"), right(fmt.Sprintf("%s people or more", grouped(n))), right("people"), right("95 % sure")}, rows)
	})
}

// showTogether tells the range of a union and what each audience adds to it.
func (s *session) showTogether(rel *release.Release, ids []string) error {
	if s.IsSet("segments") || s.IsSet("at-least") || s.Bool("index") {
		return usage("--together stands alone")
	}
	if err := known("--together", rel, ids); err != nil {
		return err
	}
	t, err := rel.Together(ids)
	if err != nil {
		return usage("--together: %v", err)
	}
	var rows [][]string
	for _, step := range t.Order {
		rows = append(rows, []string{step.Segment, bounds(step.Adds), bounds(step.Together)})
	}
	return s.print(t, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s people together, 95 %% sure\n\n", strings.Join(t.Segments, ", "), bounds(release.Bounds{Lower: t.Lower, Upper: t.Upper}))
		writeTable(w, []column{left("audience"), right("adds"), right("all so far")}, rows)
		if rel.Bounded() {
			fmt.Fprintf(w, "\nPeople are counted in some of their audiences only: these are ranges of what was counted.\n")
		}
	})
}

func bounds(b release.Bounds) string { return grouped(b.Lower) + "\u2013" + grouped(b.Upper) }

// segments reads the audiences that are asked for; none: all are.
func (s *session) segments() ([]string, error) {
	ids := split(s.String("segments"))
	if s.IsSet("segments") && len(ids) == 0 {
		return nil, usage("--segments names no audience")
	}
	return ids, nil
}

// split reads a list of ids: a,b.
func split(list string) []string {
	var ids []string
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
