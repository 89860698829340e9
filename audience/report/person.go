// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// A remark is one paragraph of the last box.
type remark struct{ Head, Body string }

// person says what the release means for one of the people in it.
func person(x *index) []remark {
	return []remark{
		{"What can be learnt about me?", guess(&x.r.Privacy)},
		{"For how long?", howLong(x.r)},
		{"Who is not in it?", absent(x.r)},
		{"What was withheld?", heldBack(x)},
		{"What is not covered?", sentence(coverage(&x.r.Privacy))},
	}
}

// guess puts ε into the odds of a guess. For Gaussian noise the best test of
// "in or out" is right with probability Φ(μ/2); for any mechanism it is at most
// (e^ε + δ) / (1 + e^ε).
func guess(p *release.Privacy) string {
	best := (math.Exp(p.Epsilon) + p.Delta) / (1 + math.Exp(p.Epsilon))
	if p.Mu > 0 && p.PureEpsilon == 0 {
		best = math.Min(best, 0.5*math.Erfc(-p.Mu/2/math.Sqrt2))
	}
	return fmt.Sprintf("Almost nothing that could not be learnt without your data. Somebody who knows everybody else here, and guesses "+
		"from this release whether you are in it, is right at most %.0f times in 100; a coin is right 50 times. "+
		"That is ε%s%s at δ%s%s, for everything you supplied, under all your keys.",
		math.Ceil(100*best), thin, release.Real(p.Epsilon), thin, release.Real(p.Delta))
}

func howLong(r *release.Release) string {
	p, l := &r.Privacy, &r.Privacy.Lifetime
	total := "All " + count(l.Builds, "release") + " about these people so far add up to"
	if l.Builds == 1 {
		total = "This is the only release about these people so far; it comes to"
	}
	say := []string{fmt.Sprintf("%s ε%s%s at δ%s%s, and that total is never forgotten.", total, thin, release.Real(l.Epsilon), thin, release.Real(l.Delta))}
	if p.Period != nil {
		say = append(say, fmt.Sprintf("Within %s no more than ε%s%s (δ%s%s) may be spent.",
			p.Period.Within(), thin, release.Real(p.Period.Epsilon), thin, release.Real(p.Period.Delta)))
	}
	if l.Ceiling > 0 {
		say = append(say, fmt.Sprintf("The total may never pass ε%s%s.", thin, release.Real(l.Ceiling)))
	} else {
		say = append(say, "No ceiling was set for the total.")
	}
	if r.ValidUntil != "" {
		say = append(say, "The audiences expire on "+release.Day(r.ValidUntil)+".")
	}
	return strings.Join(say, " ")
}

func absent(r *release.Release) string {
	var say []string
	if r.Who != "" {
		say = append(say, "Everyone here: "+sentence(release.Plain(r.Who)))
	}
	if r.Privacy.OptOuts == "none" {
		say = append(say, "The plan says that nobody can opt out.")
	} else {
		say = append(say, "Who opted out was removed before anything was counted, under all keys.")
	}
	if r.Privacy.MinAge > 0 {
		say = append(say, fmt.Sprintf("So was whoever is not known to be %d or older.", r.Privacy.MinAge))
	} else {
		say = append(say, "No minimum age was applied.")
	}
	return strings.Join(say, " ")
}

// heldBackMost is how many audiences are named; the table names them all.
const heldBackMost = 12

func heldBack(x *index) string {
	var names []string
	more := 0
	for _, s := range x.order {
		if c := x.reach[s.ID]; c == nil || released(c) {
			continue
		}
		if len(names) == heldBackMost {
			more++
			continue
		}
		names = append(names, "\u201c"+x.name[s.ID]+"\u201d")
	}
	why := fmt.Sprintf("An audience whose released size stays below %s is withheld, with everything about it.", release.Number(x.r.MinReach))
	if len(names) == 0 {
		return "Nothing. " + why
	}
	list := strings.Join(names, ", ")
	if more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list + ". " + why + " That is for usefulness: blurred numbers so small say little."
}

func coverage(p *release.Privacy) string {
	if p.Covers == "" {
		return "These numbers are covered; delivery reports of campaigns that use the audiences are not"
	}
	return "Covered are " + release.Plain(p.Covers)
}

// sentence ends a clause.
func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }
