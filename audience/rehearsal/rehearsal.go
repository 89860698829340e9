// SPDX-License-Identifier: Apache-2.0

// Package rehearsal invents the data that a plan reads, from nothing but the
// plan and the schemas of its files: whoever rehearses a build sees how it goes,
// and learns nothing of anybody (privacy R38). It reads no row.
package rehearsal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// People is how many people are invented.
const People = 2000

// ErrPath is of a plan that names files elsewhere than below its data's folder:
// they could not be invented beside the real ones.
var ErrPath = errors.New("paths below the data's folder only, with * as the only pattern, can be rehearsed")

// A Schema tells the columns of a table, by the names of its files.
type Schema func(s *plan.Source) ([]rule.Column, error)

// Data writes invented data for a plan into an empty folder: tables of events
// and of people, choices, links. Days end with the run's, day. Phone numbers that
// the plan reads as hashes are hashed under key, where its scheme takes one. It
// returns ErrPath, what schema returns, and errors of writing.
func Data(root string, p *plan.Plan, schema Schema, day time.Time, key []byte) error {
	w := &world{root: root, plan: p, day: day, key: key, words: p.Compared(), die: 20160825}
	for i := range p.Tables {
		columns, err := schema(&p.Tables[i])
		if err != nil {
			return err
		}
		if err := w.events(&p.Tables[i], columns); err != nil {
			return err
		}
	}
	if p.People != nil {
		columns, err := schema(p.People)
		if err != nil {
			return err
		}
		if err := w.people(p.People, columns); err != nil {
			return err
		}
	}
	for i := range p.OptOuts {
		if err := w.choices(&p.OptOuts[i]); err != nil {
			return err
		}
	}
	if p.Identity != nil && p.Identity.Links != nil {
		return w.links(p.Identity.Links)
	}
	return nil
}

// A world is the invented people and where they are written. Texts are those that
// the plan's rules ask for, so that somebody is in its audiences at all.
type world struct {
	root  string
	plan  *plan.Plan
	day   time.Time
	key   []byte
	words map[string][]string // that rules compare columns with
	die   die
}

func person(i int) string { return fmt.Sprintf("rehearsal-%05d", i) }

// drama are the beginnings of phone numbers that are given to nobody, a thousand
// each: Ofcom keeps them free for drama, mobile ones and those of London.
var drama = [People / 1000]string{"447700900", "442079460"}

// number is the phone number of a person, as a column holds it.
func (w *world) number(i int, holds string) string {
	digits := fmt.Sprintf("%s%03d", drama[i/1000], i%1000)
	switch holds {
	case "msisdn":
		return digits
	case "hash":
		return hex.EncodeToString(w.hash(digits))
	}
	return "+" + digits
}

// hash is what another network sends in the place of a number.
func (w *world) hash(digits string) []byte {
	var sum [sha256.Size]byte
	switch w.plan.Identity.Hash {
	case "sha256":
		sum = sha256.Sum256([]byte("+" + digits))
	case "sha256-digits":
		sum = sha256.Sum256([]byte(digits))
	default:
		h := hmac.New(sha256.New, w.key)
		h.Write([]byte("+" + digits)) //nolint:errcheck // a hash takes all
		h.Sum(sum[:0])
	}
	return sum[:]
}

// paths turns what a plan names into files to write.
func paths(files []string) (found []string, err error) {
	for _, f := range files {
		if !filepath.IsLocal(f) || strings.ContainsAny(f, `[]{}?\`) || strings.Contains(f, "://") {
			return nil, fmt.Errorf("%s: %w", f, ErrPath)
		}
		found = append(found, f)
	}
	return found, nil
}

// place turns a pattern into one file; of partitions of days, that of a day.
func place(pattern, days, day string) (file string, partitions []string) {
	steps := strings.Split(filepath.ToSlash(pattern), "/")
	for i, step := range steps {
		key, _, ok := strings.Cut(step, "=")
		switch {
		case ok && key == days && days != "":
			steps[i] = key + "=" + day
			partitions = append(partitions, key)
		case ok && i < len(steps)-1:
			steps[i] = strings.ReplaceAll(step, "*", "1")
			partitions = append(partitions, key)
		default:
			steps[i] = strings.ReplaceAll(step, "*", "1")
		}
	}
	return filepath.FromSlash(strings.Join(steps, "/")), partitions
}

// A die is a small generator (SplitMix64) for invented data, and for nothing
// else: noise comes from package dp alone.
type die uint64

func (d *die) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}
