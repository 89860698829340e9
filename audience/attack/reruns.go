// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// Of the account that is asked again and again: it holds a few builds.
const (
	asked     = "asked-again"
	askedMany = 20
	askedEps  = 2.5
)

// reruns asks the same question again and again to average the noise away: of
// the same day, which is answered with what stands there; and as a restatement,
// which is charged until the account is empty.
func reruns(ctx context.Context, l *lab, _ int) ([]Verdict, error) {
	w, err := l.world(ctx, "reruns", membershipPlan, crowd(1))
	if err != nil {
		return nil, err
	}
	lines := ledger.Lines{Epsilon: askedEps, Delta: 1e-8}
	if err := l.ledger.OpenAccount(ctx, ledger.Account{Name: asked, Lineage: asked, Lines: lines, Period: 364}); err != nil {
		return nil, err
	}
	text := strings.Replace(membershipPlan, "account: "+account, "account: "+asked, 1)
	f, err := plan.Parse(filepath.Join(w.root, "plan.yaml"), []byte(text))
	if err != nil {
		return nil, err
	}
	job := audience.Job{Plan: f, Date: date, Engine: local.Engine{}, Ledger: l.ledger, Root: w.root, Out: filepath.Join(l.dir, "releases")}
	answers, charges := map[string]bool{}, 0
	for range askedMany {
		r, err := audience.Build(ctx, job)
		if err != nil {
			return nil, err
		}
		answers[fmt.Sprint(r.Release.ID, l.numbers(r.Release))] = true
		if !r.Existing {
			charges++
		}
	}
	restated := 0
	job.Restate = true
	for range askedMany {
		_, err := audience.Build(ctx, job)
		var f *fault.Error
		if errors.As(err, &f) && f.Kind == fault.Refused {
			break
		}
		if err != nil {
			return nil, err
		}
		restated++
	}
	s, err := l.ledger.Status(ctx, asked, time.Now())
	if err != nil {
		return nil, err
	}
	// What the answers told is what they were drawn with, whatever the ledger says.
	told := math.Sqrt(float64(charges+restated)) * w.mu()
	if s.Builds != charges+restated {
		return nil, errors.New("the ledger has counted other releases than were made")
	}
	return []Verdict{
		Verdict{Attack: "averaging re-runs", Of: "different answers for one charge", Source: "Asghar and Kaafar 2020", Releases: askedMany,
			Seen: float64(len(answers)), Proven: float64(len(answers)), Allowed: float64(charges), Without: askedMany}.judged(),
		Verdict{Attack: "averaging restatements", Of: "μ of all answers together", Source: "Dwork and Roth 2014", Releases: 1 + restated,
			Seen: told, Proven: told, Allowed: accountant.Mu(askedEps, 1e-8), Without: math.Sqrt(1+askedMany) * w.mu()}.judged(),
	}, nil
}
