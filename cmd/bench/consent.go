// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// choiceForms are the forms of opt-outs that builds are measured with: those of
// one person in ten.
var choiceForms = []struct{ name, file, about string }{
	{"none", "", "nobody can opt out"},
	{"parquet", "optout-tenth.parquet", "opt-outs in Parquet"},
	{"csv", "optout-tenth.csv", "opt-outs in CSV"},
	{"jsonl", "optout-tenth.jsonl", "opt-outs in JSON lines"},
}

// choices measures what it costs a build to leave out one person in ten.
func choices(ctx context.Context, args []string) error {
	return (&bench{}).do(ctx, "consent", args, (*bench).choiceForms, renderChoices)
}

func (b *bench) choiceForms() (all []contender) {
	for _, form := range choiceForms {
		plan := b.plan + "-" + form.name
		c := b.build(form.name, form.about, plan)
		open := c.prepare
		c.prepare = func(ctx context.Context, round int) error {
			if round == 0 {
				if err := b.writeChoices(plan, form.file); err != nil {
					return err
				}
			}
			return open(ctx, round)
		}
		all = append(all, c)
	}
	return all
}

// writeChoices writes a plan with other opt-outs, and their file.
func (b *bench) writeChoices(plan, file string) error {
	text, err := os.ReadFile(filepath.Join(b.dir, b.plan+".yaml"))
	if err != nil {
		return err
	}
	const was = "opt_outs: {files: optout.parquet, person: user_id}"
	is := "opt_outs: none"
	if file != "" {
		is = strings.Replace(was, "optout.parquet", file, 1)
	}
	if !bytes.Contains(text, []byte(was)) {
		return fmt.Errorf("%s.yaml has other opt-outs than bench plan writes", b.plan)
	}
	text = bytes.Replace(text, []byte(was), []byte(is), 1)
	if err := os.WriteFile(filepath.Join(b.dir, plan+".yaml"), text, 0o644); err != nil || file == "" {
		return err
	}
	keys, err := tenth(filepath.Join(b.dir, "users.parquet"))
	if err != nil {
		return err
	}
	path := filepath.Join(b.dir, file)
	if filepath.Ext(file) == ".parquet" {
		return parquet.WriteFile(path, keys, parquet.Compression(&parquet.Zstd))
	}
	var out bytes.Buffer
	if filepath.Ext(file) == ".csv" {
		out.WriteString("user_id\n")
	}
	for _, k := range keys {
		if filepath.Ext(file) == ".csv" {
			out.WriteString(k.User + "\n")
		} else {
			fmt.Fprintf(&out, "{\"user_id\": %q}\n", k.User)
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

type userKey struct {
	User string `parquet:"user_id"`
}

// tenth reads the key of every tenth person.
func tenth(users string) (keys []userKey, err error) {
	f, err := os.Open(users)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := parquet.NewGenericReader[userKey](f)
	defer r.Close()
	rows := make([]userKey, 10_000)
	for {
		n, err := r.Read(rows)
		for i := 0; i < n; i += 10 {
			keys = append(keys, userKey{strings.Clone(rows[i].User)})
		}
		if errors.Is(err, io.EOF) {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func renderChoices(b *bench, all samples, machine string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "`bench consent --rounds %d --workers %d`: %s; median of %d rounds (least–most).\n\n", b.rounds, b.workers, machine, b.rounds)
	t.WriteString("| the whole `throng build` | wall s | CPU s | wall ÷ without opt-outs | CPU ÷ without opt-outs |\n| --- | --- | --- | --- | --- |\n")
	for _, form := range choiceForms {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s |\n", form.about, all.of(form.name, wall), all.of(form.name, cpu),
			all.ratio(form.name, "none", wall), all.ratio(form.name, "none", cpu))
	}
	return t.String()
}
