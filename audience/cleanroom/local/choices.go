// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
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
		_, err := readChoices(ctx, in, in.Plan.Purpose)
		return err
	})
	return forms, taken, classified(err)
}

// LookUp tells for each purpose whether the person of a key may not be counted.
// It is for the owner's own terminal: the answer is about one person.
func (Engine) LookUp(ctx context.Context, in *cleanroom.Input, key string, purposes []string) (out []bool, err error) {
	err = safely("reading the choices", func() error {
		for _, p := range purposes {
			r, err := readChoices(ctx, in, p)
			if err != nil {
				return err
			}
			out = append(out, r.OptedOut(identity.Text(key)))
		}
		return nil
	})
	return out, classified(err)
}

func readChoices(ctx context.Context, in *cleanroom.Input, purpose string) (*consent.Register, error) {
	return consent.Read(ctx, in.Root, in.Plan.OptOuts, purpose, in.Calendar.AsOf, in.Calendar.Zone, in.NeverRead)
}
