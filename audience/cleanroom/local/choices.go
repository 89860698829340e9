// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
)

// Choices reads the whole source of people's choices, as a build would, holds it
// to what the policy demands, and tells what may be told of it: nothing about
// anybody, no count, no digest (R6, R36).
func (Engine) Choices(ctx context.Context, in *cleanroom.Input) (forms []string, taken cleanroom.Snapshot, err error) {
	err = safely("reading the choices", func() error {
		if forms, err = consent.Forms(ctx, in.Root, in.Plan.OptOuts, in.NeverRead); err != nil {
			return err
		}
		if taken, err = consent.Accept(ctx, in.Root, in.Plan.OptOuts, &in.Choices); err != nil {
			return err
		}
		_, err := readChoices(ctx, in, []string{in.Plan.Purpose}, nil)
		return err
	})
	return forms, taken, classified(err)
}

// LookUp tells for each purpose whether the person of a key may not be counted.
// It is for the owner's own terminal: the answer is about one person. Where people
// have several keys, it is one of any network, or a phone number, and all of the
// person's keys are looked at.
func (Engine) LookUp(ctx context.Context, in *cleanroom.Input, key string, purposes []string) (out []bool, err error) {
	err = safely("reading the choices", func() error {
		k, err := keysFor(ctx, in)
		if err != nil {
			return err
		}
		r, err := readChoices(ctx, in, purposes, k)
		if err != nil {
			return err
		}
		var of consent.Set
		for _, name := range k.names(key) {
			of |= r.Of(name)
		}
		for i := range purposes {
			out = append(out, of>>i&1 == 1)
		}
		return nil
	})
	return out, classified(err)
}

// names returns what a register may call the person of a key.
func (k *keys) names(key string) (names []string) {
	if k == nil {
		return []string{identity.Text(key)}
	}
	for network := range k.in.Plan.Identity.Networks {
		names = k.reader(network, "text").Names(names, key, "")
	}
	return k.reader(0, "text").Names(names, "", key)
}

// keysFor reads whose every key is, of the tables that tell: for a look at
// choices without a count.
func keysFor(ctx context.Context, in *cleanroom.Input) (*keys, error) {
	if in.Plan.Identity == nil {
		return nil, nil
	}
	links, texts, err := openLinks(ctx, in)
	defer func() { texts.close() }()
	if err != nil {
		return nil, err
	}
	all := []*source{links}
	defer func() {
		for _, s := range all {
			if s != nil {
				s.table.Close() //nolint:errcheck // read only
			}
		}
	}()
	specs := slices.Clone(in.Plan.Tables)
	if in.Plan.People != nil {
		specs = append(specs, *in.Plan.People)
	}
	for i := range specs {
		s, err := openSource(ctx, in.Root, &specs[i], event.Options{NeverRead: in.NeverRead, Zone: in.Calendar.Zone})
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	tying := slices.DeleteFunc(slices.Clone(all), func(s *source) bool { return s == nil || !s.ties(len(in.PhoneKeys)) })
	return tie(ctx, in, tying, texts, func(int64) {})
}
