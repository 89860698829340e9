// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// A posting is what entries tell of a release.
type posting struct {
	seq                 int64
	release             string
	account, plan, date string
	cost                Cost
	at                  time.Time
	sum                 [32]byte
	supersedes          string
	leaves              int64
	frontier            [][32]byte // is never written to again
	entry               [32]byte
}

// post notes a record of a post, and how the ledger stands with it.
func (v *verifier) post(r *Record) {
	v.posts = append(v.posts, *postingOf(r))
	v.stands()
}

func postingOf(r *Record) *posting {
	return &posting{seq: r.Seq, release: r.Release, account: r.Account, plan: r.Plan, date: r.Date,
		cost: r.Cost, at: r.At, sum: r.Sum, entry: r.Hash}
}

// supersede notes what the newest post takes the place of: its record follows
// that of the post.
func (v *verifier) supersede(r *Record) (wrong string) {
	n := len(v.posts)
	if n == 0 || v.posts[n-1].seq != r.Seq-1 || v.posts[n-1].release != r.Reason || v.posts[n-1].account != r.Account {
		return "it does not follow the post that it is about"
	}
	v.posts[n-1].supersedes = r.Release
	v.stands()
	return ""
}

func (v *verifier) stands() {
	p := &v.posts[len(v.posts)-1]
	p.leaves, p.frontier, p.entry = v.meta.Leaves, v.meta.Frontier, v.meta.Head
}

func (p *posting) checkpoint() checkpoint {
	m := Meta{Leaves: p.leaves, Frontier: p.frontier}
	return m.checkpoint(p.entry)
}

// damaged names a post, and says what is wrong with its release.
func (p *posting) damaged(format string, args ...any) error {
	return damaged("%s: %s", nameOf(&Record{Entry: Entry{Seq: p.seq, Type: typePost, Release: p.release}}), fmt.Sprintf(format, args...))
}

func (p *posting) missing() error { return p.damaged("its release is missing") }

// planDigest is how a release names its plan.
var planDigest = []byte(`"plan_digest":"`)

// is compares a stored release with its post.
func (p *posting) is(r *Posted) error {
	switch {
	case r.ID != p.release, r.Account != p.account, r.Plan != p.plan, r.Date != p.date, r.Cost != p.cost, !r.At.Equal(p.at):
		return p.damaged("its release is not what was posted")
	case r.Supersedes != p.supersedes && p.supersedes != "":
		return p.damaged("its release does not supersede what its entry says")
	case sha256.Sum256(r.Bytes) != p.sum:
		return p.damaged("the bytes of its release are not those that were posted")
	}
	// No entry holds the digest of the plan; the bytes do.
	if _, told, ok := bytes.Cut(r.Bytes, planDigest); ok && !bytes.HasPrefix(told, []byte(hex.EncodeToString(r.Digest[:])+`"`)) {
		return p.damaged("its release is kept as that of another plan than its bytes name")
	}
	return nil
}

// A comparison holds stored releases to their records, in order. Checkpoints are
// judged beside it, on all processors.
type comparison struct {
	tx     Tx
	notary *notary
	upTo   int64 // number of the last record whose release was compared

	// Of the entry that took the ledger from schema 1: what was released before
	// has no checkpoint, and no entry that says what it supersedes. It is looked
	// for when such a release is met: -1 before that, 0 if there is none.
	upgraded  int64
	certified int64 // number of the first post with a checkpoint; 0 before that

	work   chan signatures
	judges sync.WaitGroup
	mu     sync.Mutex
	bad    int64 // number of the first entry with a signature that does not hold
	why    error
}

// Signatures are those of one page.
type signatures struct {
	all  []certificate
	of   []*posting // whose they are
	runs []seal
}

func newComparison(tx Tx, n *notary) *comparison {
	c := &comparison{tx: tx, notary: n, upgraded: -1, work: make(chan signatures, runtime.GOMAXPROCS(0))}
	for range runtime.GOMAXPROCS(0) {
		c.judges.Go(func() {
			for page := range c.work {
				c.judge(page)
			}
		})
	}
	return c
}

func (c *comparison) judge(page signatures) {
	if i, err := c.notary.judge(page.all); i >= 0 {
		c.condemn(page.of[i].seq, page.of[i].damaged("%v", err))
	}
	if s := firstForged(page.runs); s != nil {
		c.condemn(s.seq, damaged("%s: %s did not sign it",
			nameOf(&Record{Entry: Entry{Seq: s.seq, Type: typeReserve}, Reservation: s.reservation}), s.key.Name))
	}
}

func (c *comparison) condemn(seq int64, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil || seq < c.bad {
		c.bad, c.why = seq, why
	}
}

// judged waits for the judges, and returns what is wrong with the first signature
// that does not hold.
func (c *comparison) judged() error {
	close(c.work)
	c.judges.Wait()
	return c.why
}

// page compares the releases of the postings up to a record.
func (c *comparison) page(v *verifier, upTo int64) error {
	n, _ := slices.BinarySearchFunc(v.posts, upTo+1, func(p posting, seq int64) int { return cmp.Compare(p.seq, seq) })
	ready, retracts := v.posts[:n], v.retracts
	v.posts, v.retracts = slices.Clone(v.posts[n:]), nil
	var page signatures
	runs, _ := slices.BinarySearchFunc(v.seals, upTo+1, func(s seal, seq int64) int { return cmp.Compare(s.seq, seq) })
	page.runs, v.seals = v.seals[:runs], slices.Clone(v.seals[runs:])
	var asked []question
	i := 0
	err := c.tx.Posts(c.upTo+1, upTo, func(seq int64, p Posted) error {
		if i == len(ready) || ready[i].seq > seq {
			return damaged("entry %d posted nothing, and release %s says so", seq, printable(p.ID))
		}
		o := &ready[i]
		if o.seq < seq {
			return o.missing()
		}
		if err := o.is(&p); err != nil {
			return err
		}
		i++
		asked = append(asked, c.questions(o, &p)...)
		if c.notary != nil && p.Checkpoint != "" {
			page.all, page.of = append(page.all, certificate{p.Checkpoint, o.checkpoint()}), append(page.of, o)
		}
		return nil
	})
	if err == nil && i < len(ready) {
		err = ready[i].missing()
	}
	c.upTo = upTo
	if len(page.of) > 0 || len(page.runs) > 0 {
		c.work <- page
	}
	for _, r := range retracts {
		asked = append(asked, question{r.Seq, func() error { return c.refers(nameOf(&r), r.Seq, r.Release, &r.Entry) }})
	}
	if earlier := answered(asked, ready, i); earlier != nil {
		return earlier
	}
	return err
}

// A question is what to ask a transaction about a record once it has handed out
// the page.
type question struct {
	seq int64
	ask func() error
}

// answered asks about all records before the first of ready that was not found
// sound.
func answered(asked []question, ready []posting, sound int) error {
	slices.SortStableFunc(asked, func(a, b question) int { return cmp.Compare(a.seq, b.seq) })
	for _, q := range asked {
		if sound < len(ready) && q.seq > ready[sound].seq {
			return nil
		}
		if err := q.ask(); err != nil {
			return err
		}
	}
	return nil
}

// questions returns what is to be asked about a release that is as its entries
// say.
func (c *comparison) questions(o *posting, p *Posted) (asked []question) {
	unsaid := p.Supersedes != o.supersedes
	if unsaid || p.Checkpoint == "" {
		asked = append(asked, question{o.seq, func() error {
			switch early, err := c.early(o.seq); {
			case err != nil || early:
				return err
			case unsaid:
				return o.damaged("no entry says that its release supersedes another")
			}
			return o.damaged("its release has no checkpoint")
		}})
	}
	if p.Checkpoint != "" && c.certified == 0 {
		c.certified = o.seq
	}
	if p.Checkpoint != "" && c.upgraded > o.seq {
		asked = append(asked, question{o.seq, func() error { return o.damaged("its checkpoint is older than checkpoints are") }})
	}
	if p.Supersedes != "" {
		asked = append(asked, question{o.seq, func() error {
			return c.refers(nameOf(&Record{Entry: Entry{Seq: o.seq, Type: typePost, Release: o.release}}), o.seq, p.Supersedes,
				&Entry{Account: o.account, Plan: o.plan, Date: o.date})
		}})
	}
	return asked
}

// refers makes sure that what is retracted or superseded was posted before, for
// the same question.
func (c *comparison) refers(who string, seq int64, id string, to *Entry) error {
	old, p, err := c.tx.Post(id)
	if errors.Is(err, ErrNotFound) || err == nil && (old >= seq || wholeOf(p.Account) != wholeOf(to.Account) || p.Plan != to.Plan || p.Date != to.Date) {
		return damaged("%s: it is about what was not posted before", who)
	}
	return err
}

// early reports whether a record is of schema 1.
func (c *comparison) early(seq int64) (bool, error) {
	if c.upgraded < 0 {
		c.upgraded = 0
		found := errors.New("found")
		err := c.tx.Between(seq, math.MaxInt64, func(r Record) error {
			if r.Type == typeUpgrade && strings.HasPrefix(r.Reason, "schema 1 ") {
				c.upgraded = r.Seq
				return found
			}
			return nil
		})
		if err != nil && !errors.Is(err, found) {
			return false, err
		}
		if c.certified > 0 && c.certified < c.upgraded { // nothing of schema 1 has a checkpoint
			c.upgraded = 0
		}
	}
	return seq < c.upgraded, nil
}

// strays refuses releases of no record. Those of records were compared.
func (c *comparison) strays(size int64) error {
	stray := func(seq int64, p Posted) error {
		return damaged("release %s is of entry %d, which is not there", printable(p.ID), seq)
	}
	if err := c.tx.Posts(math.MinInt64, 0, stray); err != nil {
		return err
	}
	return c.tx.Posts(size+1, math.MaxInt64, stray)
}
