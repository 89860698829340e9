// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/throng-dp/throng/dp/ledger"
)

var checkpointTests = []test{
	{"a post is certified, and a re-run gets the same note", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		first := b.release(r)
		second := b.release(ask("shop", "q", "2026-03-13", weekly))
		if b.size(first) != "3" || b.size(second) != "5" { // open, reserve, post; reserve, post
			b.Errorf("the checkpoints are of %s and %s leaves, want 3 and 5", b.size(first), b.size(second))
		}
		again := b.exists(b.again(), r)
		if again.Checkpoint != first.Checkpoint || again.Verifier != first.Verifier {
			b.Errorf("again: %q, %q", again.Checkpoint, again.Verifier)
		}
		found, err := b.again().Find(b.Context(), "shop", "q", "2026-03-13")
		if err != nil || found.Checkpoint != second.Checkpoint || found.Verifier != second.Verifier {
			b.Errorf("found %+v, %v", found, err)
		}
		now, err := b.l.Checkpoint(b.Context())
		if err != nil || now != second.Checkpoint {
			b.Errorf("the ledger's own is %q, %v; want that of its newest post", now, err)
		}
	}},
	{"a restatement is certified with its entry", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		b.release(r)
		r.Restate = true
		if p := b.release(r); b.size(p) != "6" { // open, reserve, post; reserve, post, supersede
			b.Errorf("the checkpoint is of %s leaves, want 6", b.size(p))
		}
	}},
	{"a checkpoint does not tell that a try failed", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		before := b.checkpoint()
		res := b.reserve(b.l, r)
		reserved := b.checkpoint()
		b.touch(res)
		for range 5 {
			b.void(res, false)
			if b.checkpoint() != reserved {
				b.Error("a failed try has another checkpoint")
			}
			res = b.reserve(b.again(), r)
			b.touch(res)
		}
		if p := b.post(res, r); before == reserved || b.size(p) != "3" {
			b.Errorf("the checkpoint is of %s leaves, want 3 as without failures", b.size(p))
		}
	}},
}

func (b *bench) checkpoint() string {
	b.Helper()
	text, err := b.l.Checkpoint(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// size verifies the checkpoint of a release as somebody else would, who has the
// line of its key, and returns the size of the tree.
func (b *bench) size(p *ledger.Posted) string {
	b.Helper()
	v, err := note.NewVerifier(p.Verifier)
	if err != nil {
		b.Fatal(err)
	}
	n, err := note.Open([]byte(p.Checkpoint), note.VerifierList(v))
	if err != nil {
		b.Fatal(err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != v.Name() || len(lines[2]) != 44 || len(lines[3]) != 44 {
		b.Fatalf("the checkpoint says %q", n.Text)
	}
	return lines[1]
}
