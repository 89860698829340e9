// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// resolve says who there is: first whose every key is, then, with that, whom
// people's choices leave out. In the other order a choice made under one key
// would miss the rows under the others (privacy R10).
func (r *run) resolve(ctx context.Context) (err error) {
	if r.in.Plan.Identity != nil {
		if r.keys, err = tie(ctx, r.in, r.data.tying(len(r.in.PhoneKeys)), r.data.texts, r.progress.add); err != nil {
			return err
		}
	}
	var choices *consent.Register
	if r.in.Plan.OptOuts != nil {
		// Held to the policy again: what is read is what was accepted, be it that
		// another snapshot came since.
		seen, err := consent.Accept(ctx, r.in.Root, r.in.Plan.OptOuts, &r.in.Choices)
		if err != nil {
			return err
		}
		if r.in.Choices.Seen != nil {
			r.in.Choices.Seen(seen)
		}
		if choices, err = readChoices(ctx, r.in, r.in.Plan.Purposes(), r.keys); err != nil {
			return err
		}
	}
	r.people = newPeople(r.data, shardsFor(r.workers), choices, r.keys)
	return nil
}

// readChoices reads who opted out of the purposes. Without k, keys are people.
func readChoices(ctx context.Context, in *cleanroom.Input, purposes []string, k *keys) (*consent.Register, error) {
	from := in.Plan.OptOuts
	q := &consent.Question{Purposes: purposes, AsOf: in.Calendar.AsOf, Zone: in.Calendar.Zone, NeverRead: in.NeverRead, IgnoreLate: in.Choices.IgnoreLate}
	if k != nil {
		q.Names = func(i int) func([]string, string, string) []string {
			return k.reader(from[i].Network, from[i].Phone.Holds).Names
		}
	}
	return consent.Read(ctx, in.Root, from, q)
}

// keys say whose every key is.
type keys struct {
	in        *cleanroom.Input
	spellings *identity.Spellings
	whose     *identity.Map // nil while ties are read
}

// reader returns a reader of the keys of a table.
func (k *keys) reader(network int, holds string) *identity.Reader {
	return identity.NewReader(k.in.Plan.Identity, k.in.PhoneKeys, network, holds, k.spellings, k.whose)
}

// tie reads every table that ties keys, whole: what counts of it, by time or by
// a rule, says nothing of whose its keys are (privacy R14).
func tie(ctx context.Context, in *cleanroom.Input, sources []*source, texts *textTies, done func(bytes int64)) (*keys, error) {
	k := &keys{in: in, spellings: identity.NewSpellings(len(in.PhoneKeys))}
	ties := identity.NewTies()
	parts := partsOf(sources, func(*source) bool { return true })
	err := each(ctx, workersOf(in.Workers), len(parts), "reading which keys are one person's", func() func(context.Context, int) error {
		columns := make([]*identity.Columns, len(sources))
		return func(ctx context.Context, i int) error {
			at, s := parts[i].source, sources[parts[i].source]
			names, networks := s.keyColumns()
			if columns[at] == nil {
				columns[at] = k.reader(0, s.spec.Phone.Holds).NewColumns(networks)
			}
			err := parts[i].unit.Read(ctx, names, func(b *event.Batch) error {
				columns[at].Tie(ties, b.Rows, b.Columns)
				return ctx.Err()
			})
			done(parts[i].unit.Bytes)
			return err
		}
	})
	if err == nil && texts != nil {
		err = each(ctx, workersOf(in.Workers), len(texts.files), "reading which keys are one person's", func() func(context.Context, int) error {
			columns := k.reader(0, texts.holds).NewColumns(texts.networks)
			return func(ctx context.Context, i int) error {
				err := texts.tie(ctx, i, columns, ties)
				done(texts.files[i].File.Info.Size())
				return err
			}
		})
	}
	if err != nil {
		return nil, err
	}
	k.whose = ties.Freeze(in.Plan.Identity.MostKeys, in.Plan.Identity.Networks)
	return k, nil
}

// readerOf returns what says whose the rows of a source are; nil where keys are
// people.
func (r *run) readerOf(s *source) *identity.Reader {
	if r.keys == nil {
		return nil
	}
	return r.keys.reader(s.spec.Network, s.spec.Phone.Holds)
}

// tying returns the sources whose rows have several keys, or a number that has
// several ids.
func (d *data) tying(epochs int) []*source {
	return slices.DeleteFunc(append(slices.Clone(d.events), d.people, d.links), func(s *source) bool { return s == nil || !s.ties(epochs) })
}

func (s *source) ties(epochs int) bool {
	names, _ := s.keyColumns()
	return len(names) > 1 || epochs > 1 && s.phone >= 0
}

// keyColumns returns the columns that hold keys, and whose keys they are: a
// network's, or -1 for phone numbers.
func (s *source) keyColumns() (names []string, networks []int) {
	for i, c := range s.links {
		if c != "" {
			names, networks = append(names, c), append(networks, i)
		}
	}
	if s.person >= 0 {
		names, networks = append(names, s.read[s.person]), append(networks, s.spec.Network)
	}
	if s.phone >= 0 {
		names, networks = append(names, s.read[s.phone]), append(networks, -1)
	}
	return names, networks
}

// openLinks opens the table of ties, if the plan has one: its files of Parquet as
// a table, others as they are. What it returns beside an error is to be closed.
func openLinks(ctx context.Context, in *cleanroom.Input) (*source, *textTies, error) {
	if in.Plan.NeedsKey() && len(in.PhoneKeys) == 0 {
		return nil, nil, &fault.Error{Kind: fault.Key, Code: "key.identity", Msg: "the plan has phone numbers, and no key to hash them under is given",
			Hint: "name the file that holds it: --identity-key FILE, or put it in $THRONG_IDENTITY_KEY"}
	}
	if in.Plan.Identity == nil || in.Plan.Identity.Links == nil {
		return nil, nil, nil
	}
	l := in.Plan.Identity.Links
	root, err := event.OpenRoot(in.Root)
	if err != nil {
		return nil, nil, err
	}
	texts, tables, err := rows.Find(ctx, root, l.Files)
	if err != nil || len(texts) == 0 {
		_ = root.Close() // read only
	}
	if err != nil {
		return nil, nil, err
	}
	var ties *textTies
	if len(texts) > 0 {
		if ties, err = openTextTies(ctx, root, texts, l, in.NeverRead); err != nil || len(tables) == 0 {
			return nil, ties, err
		}
	}
	s, err := openTies(ctx, in, l, tables)
	return s, ties, err
}

// openTies opens the files of ties that are Parquet.
func openTies(ctx context.Context, in *cleanroom.Input, l *plan.Links, files []event.File) (*source, error) {
	root, err := event.OpenRoot(in.Root)
	if err != nil {
		return nil, err
	}
	spec := &plan.Source{Name: "links", Files: l.Files, Phone: l.Phone}
	o := event.Options{NeverRead: in.NeverRead, Zone: in.Calendar.Zone}
	t, err := event.OpenFiles(ctx, root, files, spec, o)
	if err != nil {
		_ = root.Close() // read only
		return nil, err
	}
	s := newSource(t, spec, o)
	s.links = l.Person
	for _, c := range l.Person {
		if c == "" {
			continue
		}
		if err := s.table.RequireKey(c); err != nil {
			s.table.Close() //nolint:errcheck // read only
			return nil, err
		}
		s.add(c)
	}
	return s, nil
}
