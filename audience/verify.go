// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// Verify tells what is wrong with the numbers of a release: whether they fit
// each other as published ones do. It returns nothing if all is well.
func Verify(rel *release.Release) []string {
	var wrong []string
	if err := rel.Validate(); err != nil {
		return append(wrong, err.Error()) // the rest takes its shape for granted
	}
	people := together(rel)
	for i := range rel.Tables {
		t := &rel.Tables[i]
		for j := range t.Cells {
			if c := &t.Cells[j]; c.Estimate != nil && c.Upper != nil && *c.Estimate > *c.Upper {
				wrong = append(wrong, fmt.Sprintf("%s: an estimate above its range", tableName(t)))
			}
		}
		if t.Kind == release.Breakdown || t.Kind == release.Frequency {
			if !addsUp(rel, t) {
				wrong = append(wrong, tableName(t)+" does not add up to the size of its audience")
			}
		}
		if t.Kind == release.Quantiles && !rises(t) {
			wrong = append(wrong, tableName(t)+" falls, or leaves its grid")
		}
		if t.Kind == release.Overlap && t.Cells[0].Estimate != nil {
			if part := people.exceeded(t); part != "" {
				wrong = append(wrong, tableName(t)+" is larger than "+part)
			}
		}
	}
	return wrong
}

func addsUp(rel *release.Release, t *release.Table) bool {
	reach := rel.Reach(t.Segments[0])
	if reach == nil || reach.Estimate == nil {
		return true
	}
	var sum int64
	for i := range t.Cells {
		if t.Cells[i].Estimate == nil {
			return false
		}
		sum += *t.Cells[i].Estimate
	}
	return sum == *reach.Estimate
}

// rises tells whether quantiles are points of their grid that do not fall.
func rises(t *release.Table) bool {
	last := t.Clip.Min
	for i := range t.Cells {
		v := t.Cells[i].Estimate
		if v == nil {
			continue
		}
		if *v < last || *v > t.Clip.Max || (*v-t.Clip.Min)%t.Step != 0 {
			return false
		}
		last = *v
	}
	return true
}

// An overlapping holds the estimates of audiences, under an id twice, and of two
// of them together, in both orders.
type overlapping map[[2]string]int64

func together(rel *release.Release) overlapping {
	m := overlapping{}
	for i := range rel.Tables {
		t := &rel.Tables[i]
		if n := t.Cells[0].Estimate; n != nil && (t.Kind == release.Reach || t.Kind == release.Overlap && len(t.Segments) == 2) {
			a, b := t.Segments[0], t.Segments[len(t.Segments)-1]
			m[[2]string{a, b}], m[[2]string{b, a}] = *n, *n
		}
	}
	return m
}

// exceeded says what an overlap is larger than: an audience, or, if it is of three,
// an overlap of two of them.
func (m overlapping) exceeded(t *release.Table) string {
	n := *t.Cells[0].Estimate
	for i, id := range t.Segments {
		if most, ok := m[[2]string{id, id}]; ok && n > most {
			return "one of its audiences"
		}
		next := t.Segments[(i+1)%len(t.Segments)]
		if most, ok := m[[2]string{id, next}]; ok && n > most {
			return "the overlap of " + id + " and " + next
		}
	}
	return ""
}

func tableName(t *release.Table) string {
	of := t.Of
	if len(t.By) > 0 {
		of = strings.Join(t.By, release.Joint)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", t.Kind, strings.Join(t.Segments, " and "), of))
}

// Differ tells which files of a folder are not those of a release.
func Differ(folder string, rel *release.Release) ([]string, error) {
	files, err := Files(rel)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, f := range files {
		switch text, err := os.ReadFile(filepath.Join(folder, f.Name)); {
		case err != nil:
			wrong = append(wrong, f.Name+" is missing")
		case !bytes.Equal(text, f.Bytes):
			wrong = append(wrong, f.Name+" is not what was released")
		}
	}
	return wrong, nil
}
