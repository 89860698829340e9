// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// TestTree compares the root that a frontier gives, after every leaf, with the
// one that tlog computes from all hashes it stores.
func TestTree(t *testing.T) {
	var m Meta
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) (found []tlog.Hash, err error) {
		for _, i := range at {
			found = append(found, stored[i])
		}
		return found, nil
	})
	for i := range int64(300) {
		r := Record{Entry: Entry{Type: typePost, Release: fmt.Sprint(i), At: time.Unix(i, 0)}}
		m.Link(&r)
		more, err := tlog.StoredHashes(i, r.Hash[:], read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		want, err := tlog.TreeHash(i+1, read)
		if err != nil || m.Root() != want || m.Leaves != i+1 {
			t.Fatalf("root of %d leaves = %x, want %x, %v", m.Leaves, m.Root(), want, err)
		}
	}
}

// TestTreeOfFailures: what a failed try leaves is in the chain, and leaves the
// tree's size alone; the next leaf speaks for it.
func TestTreeOfFailures(t *testing.T) {
	link := func(kinds ...Record) Meta {
		var m Meta
		for _, r := range kinds {
			m.Link(&r)
		}
		return m
	}
	reserve, post := Record{Entry: Entry{Type: typeReserve}}, Record{Entry: Entry{Type: typePost}}
	keep, retry := Record{Entry: Entry{Type: typeKeep}}, Record{Entry: Entry{Type: typeReserve, Reason: again}}
	plain, failed := link(reserve, post), link(reserve, keep, retry, post)
	if plain.Leaves != 2 || failed.Leaves != 2 || failed.Size != 4 {
		t.Errorf("%d and %d leaves, want 2 and 2", plain.Leaves, failed.Leaves)
	}
	if plain.Root() == failed.Root() {
		t.Error("the tree does not speak for what a failed try left")
	}
}

// TestHashCovers changes every field of a record: each has another hash.
func TestHashCovers(t *testing.T) {
	base := Record{Entry: Entry{Seq: 1, Type: "post", Account: "a", Plan: "p", Date: "d", Release: "r", Reason: "x", Actor: "k"}, Reservation: "v", Text: []byte("t")}
	seen := map[[32]byte]string{base.digest(): "the record itself"}
	for what, change := range map[string]func(r *Record){
		"seq": func(r *Record) { r.Seq++ }, "type": func(r *Record) { r.Type = "void" }, "at": func(r *Record) { r.At = r.At.Add(1) },
		"account": func(r *Record) { r.Account = "b" }, "plan": func(r *Record) { r.Plan = "" }, "date": func(r *Record) { r.Date = "e" },
		"release": func(r *Record) { r.Release = "s" }, "reason": func(r *Record) { r.Reason = "y" }, "actor": func(r *Record) { r.Actor = "l" },
		"reservation": func(r *Record) { r.Reservation = "w" }, "period": func(r *Record) { r.Period = -1 }, "text": func(r *Record) { r.Text = nil },
		"mu2": func(r *Record) { r.Cost.MuSquared = 1 }, "epsilon": func(r *Record) { r.Cost.Epsilon = 1 },
		"delta": func(r *Record) { r.Cost.Delta = 1 }, "tail": func(r *Record) { r.Cost.Tail = 1 },
		"sum": func(r *Record) { r.Sum[31] = 1 }, "prev": func(r *Record) { r.Prev[0] = 1 },
		"where a field ends": func(r *Record) { r.Account, r.Plan = "ap", "" },
	} {
		r := base
		change(&r)
		if other, ok := seen[r.digest()]; ok {
			t.Errorf("%s: the hash is that of %s", what, other)
		}
		seen[r.digest()] = what
	}
}
